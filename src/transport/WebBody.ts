import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import { steadyMillis } from "../domain/SteadyClock.ts"

/** The bytes of a response, as they arrive. */
export type Bytes = Pull.Pull<readonly [Uint8Array, ...Array<Uint8Array>], HttpClientError.HttpClientError>

type Resume = (pull: Bytes) => void

/** Reads a web stream of bytes. One timer watches the whole of it, so that a chunk costs no fiber. */
export class WebBody {
  /** The next chunk. Chunks that arrive while no one waits are kept for the next reader. */
  readonly pull: Bytes
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #clock: Clock.Clock
  #resume: Resume | undefined
  #since = 0
  #isReading = false
  #arrived: Bytes | undefined
  #expired: Bytes | undefined

  constructor(
    body: ReadableStream<Uint8Array>,
    clock: Clock.Clock,
    broken: (cause: unknown) => HttpClientError.HttpClientError
  ) {
    this.#reader = body.getReader()
    this.#clock = clock
    const settled = ({ done, value }: ReadableStreamReadResult<Uint8Array>) =>
      this.#settle(done ? Cause.done() : Effect.succeed([value]))
    const failed = (cause: unknown) => this.#settle(Effect.fail(broken(cause)))
    this.pull = Effect.callback((resume: Resume) => {
      const arrived = this.#arrived ?? this.#expired
      if (arrived !== undefined) {
        this.#arrived = undefined
        return resume(arrived)
      }
      this.#resume = resume
      this.#since = steadyMillis(this.#clock)
      if (!this.#isReading) {
        this.#isReading = true
        this.#reader.read().then(settled, failed)
      }
      return Effect.sync(() => {
        this.#resume = undefined
      })
    })
  }

  /** Ends what is read when its reader has waited this long for one chunk. */
  watch(millis: number, expired: Bytes): Effect.Effect<void> {
    const next: Effect.Effect<void> = Effect.suspend(() => {
      const now = steadyMillis(this.#clock)
      const left = (this.#resume === undefined ? now : this.#since) + millis - now
      if (left > 0) return Effect.flatMap(Effect.sleep(left), () => next)
      this.#expired = expired
      this.#settle(expired)
      return this.close
    })
    return next
  }

  /** Closes the connection, if it is still open. */
  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.#reader.cancel().catch(() => {})
  })

  #settle(pull: Bytes): void {
    this.#isReading = false
    const resume = this.#resume
    this.#resume = undefined
    if (resume === undefined) this.#arrived = this.#expired ?? pull
    else resume(pull)
  }
}

/** Opens a web stream of bytes; it is closed with the scope. */
export const open = Effect.fnUntraced(function* (
  body: ReadableStream<Uint8Array>,
  options: {
    readonly idleTimeout: number
    readonly expired: () => HttpClientError.HttpClientError
    readonly broken: (cause: unknown) => HttpClientError.HttpClientError
  }
): Effect.fn.Return<Bytes, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const opened = new WebBody(body, yield* Clock.Clock, options.broken)
  yield* Scope.addFinalizer(scope, opened.close)
  if (options.idleTimeout !== Infinity) {
    yield* Effect.forkIn(opened.watch(options.idleTimeout, Effect.failSync(options.expired)), scope)
  }
  return opened.pull
})
