import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Answer } from "./Answer.ts"
import { comment, type EarlyStream } from "./EarlyStream.ts"

/** A request in progress, until its response has been sent and its fiber has ended. */
export class Running {
  readonly outgoing: ServerResponse
  readonly #unfinished: () => Answer
  fiber: Fiber.Fiber<void> | undefined
  /** Writes the end of a body that cannot be waited for. */
  ending: (() => string | Uint8Array) | undefined
  /** A stream that may be begun before there is an answer. */
  early: EarlyStream | undefined
  /** Whether comments keep the stream alive. */
  isEvents = false
  /** Whether nothing has been written since the last look. */
  isSilent = false
  isStopped = false
  isSent = false
  hasEnded = false
  /** Its index among the requests in progress. */
  place = -1
  /** Whether the head, and what follows it, has been given to the connection. */
  #isHeadGone = false

  constructor(outgoing: ServerResponse, unfinished: () => Answer) {
    this.outgoing = outgoing
    this.#unfinished = unfinished
  }

  /** What holds a piece back until the client has read more: of a response that waits for another one, the response. */
  get held(): ServerResponse | Socket {
    return this.outgoing.socket ?? this.outgoing
  }

  /**
   * Writes a piece of a stream, and says whether the client keeps up with it. Node makes four writes of a chunk, and a tick to join
   * them: this is one, and goes to the socket itself once the head has.
   */
  write(piece: string | Uint8Array): boolean {
    const { outgoing } = this
    const { socket } = outgoing
    if (piece.length === 0) return true
    if (typeof piece !== "string" || !outgoing.chunkedEncoding) return outgoing.write(piece)
    const bytes = Buffer.byteLength(piece)
    const chunk = `${bytes.toString(16)}\r\n${piece}\r\n`
    const encoding = encodingOf(piece, bytes)
    if (this.#isHeadGone && socket?.writable === true) return socket.write(chunk, encoding)
    outgoing.chunkedEncoding = false
    const isFlowing = outgoing.write(chunk, encoding)
    outgoing.chunkedEncoding = true
    this.#isHeadGone = true
    return isFlowing
  }

  /** Writes a comment where nothing was written since the last look, and begins the stream for it where that may be. */
  keepAlive(): void {
    const { early, outgoing } = this
    if (!this.isSilent) this.isSilent = true
    else if (outgoing.headersSent) {
      if (this.isEvents && !outgoing.writableEnded && !this.held.writableNeedDrain) this.write(comment)
    } else if (early !== undefined) {
      early.isBegun = true
      this.isEvents = true
      this.ending = early.ending
      outgoing.writeHead(200, early.headers)
      this.write(comment)
    }
  }

  /** Tells its client that it was stopped. */
  conclude(): void {
    const { ending, outgoing } = this
    if (outgoing.headersSent) {
      if (ending === undefined) outgoing.destroy()
      else outgoing.end(ending())
      return
    }
    const { body, headers, status } = this.#unfinished()
    outgoing.writeHead(status, { ...headers, connection: "close" })
    outgoing.end(typeof body === "string" ? body : undefined)
  }
}

/** The encoding to send a text in: ASCII is written as Latin-1, which is faster than UTF-8. */
export const encodingOf = (text: string, bytes: number): "latin1" | "utf8" =>
  bytes === text.length ? "latin1" : "utf8"

/** The requests that a server works on. */
export class InProgress {
  /**
   * Not a `Set`: one that members come to and go from makes a new table every few of them, to which V8 has the old one refer. Where one
   * of those has lived long enough, all that later requests have made survives with it until the next full collection.
   */
  readonly #all: Array<Running> = []
  #onEmpty: (() => void) | undefined
  /** Whether the server takes no more connections. */
  isClosing = false

  get size(): number {
    return this.#all.length
  }

  add(request: Running): void {
    request.place = this.#all.push(request) - 1
  }

  /** Forgets a request that is over in every way. */
  release(request: Running): void {
    if (!request.isSent || !request.hasEnded || this.#all[request.place] !== request) return
    const last = this.#all.pop()
    if (last !== undefined && last !== request) {
      this.#all[request.place] = last
      last.place = request.place
    }
    if (this.#all.length === 0) this.#onEmpty?.()
  }

  /** Keeps silent streams alive: what is silent at two looks in a row has a comment. */
  keepAlive(): void {
    for (const request of this.#all) request.keepAlive()
  }

  /** Waits until there are none, but no longer than this; also where a fiber is being interrupted. */
  empty(limit: Duration.Input, context: Context.Context<never>): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.#all.length === 0) return resume(Effect.void)
      const timer = Effect.runForkWith(context)(Effect.sleep(limit))
      timer.addObserver(() => resume(Effect.void))
      this.#onEmpty = () => timer.interruptUnsafe()
    })
  }

  /** Ends all of them now: their calls are interrupted, and their clients are told. */
  stop(): void {
    // From the last: the place of one that ends at once is taken by one that has been stopped.
    for (let place = this.#all.length - 1; place >= 0; place--) {
      const request = this.#all[place]
      if (request === undefined) continue
      request.isStopped = true
      request.fiber?.interruptUnsafe()
    }
  }
}
