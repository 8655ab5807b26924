/**
 * Calls several models at once and takes whichever opens first.
 *
 * ```ts
 * import { Anthropic, OpenAi } from "effect-llm"
 * import * as Race from "effect-llm/policies/Race"
 *
 * const fastest = Race.make([OpenAi.model("gpt-5.4-mini"), Anthropic.model("claude-haiku-4-5")])
 * ```
 *
 * Every call is paid for: `Hedge` makes the second only when the first is slow.
 *
 * @since 0.1.0
 */
import * as Stream from "effect/Stream"
import { AllFailedError } from "../domain/AllFailedError.ts"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "../model/Model.ts"
import type { SameCapability } from "./Fallback.ts"
import { type Plan, streamed, whole } from "./race/Racing.ts"

/**
 * Calls all models at once. The first to open is the response, and the others are stopped at once; they are in `attempts`, with a
 * `LostRaceError` and with what they had cost. A whole response opens when it is there. When all fail, or the stream that won
 * breaks off, the call fails with `AllFailedError`.
 *
 * The models are of one capability, any one. The race's own `contextWindow` is the largest of those known.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make<const Models extends readonly [Model.Any, ...ReadonlyArray<Model.Any>]>(
  models: Models & SameCapability<Models>
): Model.Model<Model.CapabilityOf<Models[0]>, AllFailedError, Model.Services<Models[number]>>
export function make<C extends Capability, E, R>(
  models: readonly [Model.Model<C, E, R>, ...ReadonlyArray<Model.Model<C, E, R>>]
): Model.Model<C, AllFailedError, R> {
  const ids = models.map(({ id }) => id)
  const windows = models.flatMap(({ contextWindow }) => (contextWindow === undefined ? [] : [contextWindow]))
  const [first]: ReadonlyArray<Model.Model<C, E, R>> = models
  // Programs in JavaScript are not held to the type.
  if (first === undefined) throw new TypeError("Race.make needs at least one model")
  const plan: Plan<Model.Model<C, E, R>, E, AllFailedError> = {
    models,
    giveUp: (_, attempts) => new AllFailedError({ models: ids, attempts: [...attempts] })
  }
  const contextWindow = windows.length === 0 ? undefined : Math.max(...windows)
  const variant = models.some(({ variant }) => variant !== undefined) ? models.map(({ variant }) => variant) : undefined
  return Model.wrap<C, AllFailedError, R>(
    { id: ids.join(","), kind: first.kind, contextWindow, variant },
    {
      generate: (request) => whole(plan, request),
      stream:
        Model.streamOf(first) && ((request, streaming) => Stream.suspend(() => streamed(plan, streaming, request)))
    }
  )
}
