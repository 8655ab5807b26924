/**
 * One bound for a whole chain of models, however it is nested: how many attempts are made in all, and until when. Retries,
 * fallbacks and groups within it share it, so that three retries in three models are not nine calls.
 *
 * ```ts
 * import { Bound, Fallback, Model, OpenAi, OpenRouter, Retry } from "effect-llm"
 *
 * const careful = Model.retry(Retry.standard)
 * const chain = Fallback.make([careful(OpenAi.model("gpt-5.4-mini")), careful(OpenRouter.model("openai/gpt-5.4-mini"))])
 * const bounded = chain.pipe(Bound.make({ attempts: 5, deadline: "30 seconds" }))
 * ```
 *
 * The deadline of a stream is met when it is open; how long it may take after that, `Model.timeout` says.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Capability } from "../domain/Capability.ts"
import type { TimeoutError } from "../domain/ChatResponse.ts"
import { type Model, streamOf } from "../model/Model.ts"
import { attempts } from "./Attempts.ts"
import { CallBound } from "./CallBound.ts"
import type { Policy } from "./Policy.ts"

/**
 * - `attempts`: how many attempts are made at most, all retries and fallbacks together. What a policy refuses without
 *   calling a provider (an open circuit, a limit of ours) is none.
 * - `deadline`: how long after its beginning a call must have its response, or a stream its first content. No wait leads
 *   past it, and an attempt that is still running then is interrupted: `TimeoutError` of the phase `total`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BoundOptions {
  readonly attempts?: number | undefined
  readonly deadline?: Duration.Input | undefined
}

/**
 * Bounds the attempts that everything within makes, and the time that it takes. A bound within a bound counts for both.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  (options: BoundOptions): Policy<TimeoutError> =>
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E | TimeoutError, R> =>
    attempts<C, E | TimeoutError, R, never, never, E | TimeoutError>(
      { id: self.id, contextWindow: self.contextWindow, kind: self.kind, stream: streamOf(self) },
      {
        start: () => Effect.succeed((failure) => Effect.succeed(failure === undefined ? { model: self } : undefined)),
        bound: (outer, nowMillis) => CallBound.make(outer, nowMillis, options),
        giveUp: (failure) => failure?.error as E | TimeoutError
      },
      self.splitting
    )
