import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { ServerResponse } from "node:http"
import type { Answer } from "./Answer.ts"
import { comment, type EarlyStream } from "./EarlyStream.ts"

/** A request that a server works on: until its response has been sent, and its fiber has ended. */
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

  constructor(outgoing: ServerResponse, unfinished: () => Answer) {
    this.outgoing = outgoing
    this.#unfinished = unfinished
  }

  /** Writes a comment where nothing was written since the last look, and begins the stream for it where that may be. */
  keepAlive(): void {
    const { early, outgoing } = this
    if (!this.isSilent) this.isSilent = true
    else if (outgoing.headersSent) {
      if (this.isEvents && !outgoing.writableEnded && !outgoing.writableNeedDrain) outgoing.write(comment)
    } else if (early !== undefined) {
      early.isBegun = true
      this.isEvents = true
      this.ending = early.ending
      outgoing.writeHead(200, early.headers)
      outgoing.write(comment)
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

/** The requests that a server works on. */
export class InProgress {
  readonly #all = new Set<Running>()
  #onEmpty: (() => void) | undefined
  /** Whether the server takes no more connections. */
  isClosing = false

  get size(): number {
    return this.#all.size
  }

  add(request: Running): void {
    this.#all.add(request)
  }

  /** Forgets a request that is over in every way. */
  release(request: Running): void {
    if (!request.isSent || !request.hasEnded) return
    this.#all.delete(request)
    if (this.#all.size === 0) this.#onEmpty?.()
  }

  /** Keeps silent streams alive: what is silent at two looks in a row has a comment. */
  keepAlive(): void {
    for (const request of this.#all) request.keepAlive()
  }

  /** Waits until there are none, but no longer than this; also where a fiber is being interrupted. */
  empty(limit: Duration.Input, context: Context.Context<never>): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.#all.size === 0) return resume(Effect.void)
      const timer = Effect.runForkWith(context)(Effect.sleep(limit))
      timer.addObserver(() => resume(Effect.void))
      this.#onEmpty = () => timer.interruptUnsafe()
    })
  }

  /** Ends all of them now: their calls are interrupted, and their clients are told. */
  stop(): void {
    for (const request of this.#all) {
      request.isStopped = true
      request.fiber?.interruptUnsafe()
    }
  }
}
