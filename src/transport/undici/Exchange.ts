import type * as Undici from "@effect/platform-node/Undici"
import { joinBytes, Pieces } from "../Pieces.ts"
import { SizeLimit, TimeLimit } from "../TransportFailure.ts"

type Controller = Undici.Dispatcher.DispatchController
type Headers = Undici.Dispatcher.ResponseData["headers"]

/** What runs after it costs less than `queueMicrotask`, for which Node makes an `AsyncResource` each time. */
const soon = Promise.resolve()

/** How many unread bytes may wait before backpressure stops the server, and how many are drained after the last wanted one. */
const highWaterMark = 64 * 1024

/**
 * One request and its response, as undici hands it over: its reader has what has arrived as soon as all that arrived with it has
 * been parsed. A reader that is slower than the server holds it back.
 */
export class Exchange implements Undici.Dispatcher.DispatchHandler {
  status = 0
  headers: Headers = {}
  /** Whether the response is at its end, or what broke it. */
  ended: boolean | Error = false
  readonly #chunks = new Pieces<Uint8Array>(joinBytes)
  #size = 0
  #controller: Controller | undefined
  #notify: (() => void) | undefined
  #isHeadKnown = false
  #isWhole = false
  #isWaking = false
  #most = Infinity
  #onExcess: "fail" | "cut" = "fail"
  #drainMillis: number | undefined

  readonly #headTimeout: number
  readonly #mostWhole: number | undefined
  readonly #startedAtMillis = performance.now()

  /**
   * `onHead` is called when the head of the response is there, or when it has failed without one; with `mostWhole`, that of a success
   * when all of it is there, or more than so many bytes.
   */
  constructor(onHead: () => void, headTimeout: number = Infinity, mostWhole?: number) {
    this.#notify = onHead
    this.#headTimeout = headTimeout
    this.#mostWhole = mostWhole
  }

  /** Whether there is something to take, or nothing more will come. */
  get isReady(): boolean {
    return this.ended !== false || !this.#chunks.isEmpty
  }

  /** Calls `notify` once, when that is so. */
  wait(notify: () => void): void {
    this.#isWhole = false
    if (this.isReady) return notify()
    this.#notify = notify
    this.#controller?.resume()
  }

  /** Calls `notify` once, when all is there, or more than `most` bytes. */
  waitForWhole(notify: () => void, most: number, onExcess: "fail" | "cut"): void {
    this.#isWhole = true
    this.#most = most
    this.#onExcess = onExcess
    if (this.ended !== false) return notify()
    this.#notify = notify
    if (this.#size > most) this.#exceed()
    else this.#controller?.resume()
  }

  /** The bytes that have come since. */
  take(): ReadonlyArray<Uint8Array> {
    this.#size = 0
    return this.#chunks.take()
  }

  /** Gives the server these milliseconds from `abort` on to end a response of which nothing more is wanted. */
  drain(milliseconds: number): void {
    this.#drainMillis = milliseconds
  }

  /** Closes the connection, unless all has been said. */
  abort(): void {
    if (this.ended !== false) return
    const drainMillis = this.#drainMillis
    if (drainMillis === undefined) {
      this.ended = new Error("the call was abandoned")
      this.#controller?.abort(this.ended)
      return
    }
    this.#drainMillis = undefined
    const timer = setTimeout(() => this.abort(), drainMillis).unref()
    this.waitForWhole(() => clearTimeout(timer), highWaterMark, "cut")
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.ended instanceof Error) controller.abort(this.ended)
  }

  onResponseStart(_: Controller, status: number, headers: Headers): void {
    // What comes before the response, such as 103; each starts undici's clock anew.
    if (status < 200) {
      if (performance.now() - this.#startedAtMillis > this.#headTimeout) {
        this.#fail(new TimeLimit("connect", this.#headTimeout))
      }
      return
    }
    this.status = status
    this.headers = headers
    if (this.#mostWhole === undefined || status >= 300) return this.#wakeSoon()
    this.#isWhole = true
    this.#most = this.#mostWhole
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    this.#chunks.add(chunk)
    this.#size += chunk.length
    if (this.#isWhole) {
      if (this.#size > this.#most) this.#exceed()
      return
    }
    this.#wakeSoon()
    if (this.#size > highWaterMark) controller.pause()
  }

  onResponseEnd(): void {
    this.#end(true)
  }

  onResponseError(_: Controller, error: Error): void {
    this.#end(error)
  }

  /** More has come than may: the rest is not wanted. */
  #exceed(): void {
    const error = new SizeLimit(this.#most)
    this.#fail(error, this.#onExcess === "cut" ? true : error)
  }

  #fail(error: Error, how: true | Error = error): void {
    this.ended = how
    this.#controller?.abort(error)
    this.#wake()
  }

  #end(how: true | Error): void {
    if (this.ended === false) this.ended = how
    this.#wake()
  }

  /** Whether the awaited data has arrived. */
  get #isAwaited(): boolean {
    if (this.#isWhole) return this.ended !== false
    return this.#isHeadKnown ? this.isReady : this.status !== 0
  }

  /** One read of a socket may hold the head and many chunks: they wake the reader together. */
  #wakeSoon(): void {
    if (this.#isWaking) return
    this.#isWaking = true
    void soon.then(this.#wakeNow)
  }

  readonly #wakeNow = (): void => {
    this.#isWaking = false
    if (this.#isAwaited) this.#wake()
  }

  #wake(): void {
    const notify = this.#notify
    this.#notify = undefined
    this.#isHeadKnown = true
    notify?.()
  }
}
