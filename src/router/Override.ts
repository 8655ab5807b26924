/**
 * What one call, or one fiber, wants of the groups that it meets: other deployments, another order, no fallback.
 *
 * ```ts
 * import { Effect } from "effect"
 * import type { ChatModel } from "effect-llm"
 * import * as Override from "effect-llm/router/Override"
 *
 * export const european = (model: ChatModel.ChatModel) => model.pipe(Override.make({ tags: ["eu"] })).generate("Hello")
 *
 * export const inSession = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
 *   Effect.provideService(effect, Override.CurrentOverride, { session: "conversation 7" })
 * ```
 *
 * Where groups are nested, the outermost takes what is about deployments and the bound; the session, and that there is no
 * fallback, hold for all of them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Capability } from "../domain/Capability.ts"
import * as Policy from "../policies/Policy.ts"
import type { BoundOptions } from "../policies/Bound.ts"
import { streamWith, type Watched, watched } from "../policies/WatchedStream.ts"

/**
 * - `deployment`: only this one, by its name. `order`: these first, by their names, in this order.
 * - `tags`: only deployments that have all of them. `region`: only those in it.
 * - `fallbacks`: with `false`, the first deployment is the only one that is called.
 * - `session`: what a group that is sticky by session keeps together.
 * - `attempts`, `deadline`: the bound of this call, in place of the group's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Override extends BoundOptions {
  readonly deployment?: string | undefined
  readonly order?: ReadonlyArray<string> | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly region?: string | undefined
  readonly fallbacks?: boolean | undefined
  readonly session?: string | undefined
}

/**
 * The override of the calls that this fiber makes; nothing by default.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentOverride: Context.Reference<Override> = Context.Reference<Override>(
  "effect-llm/router/CurrentOverride",
  { defaultValue: () => ({}) }
)

/**
 * Makes a model whose calls want this, besides what the fiber wants.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (override: Override): Policy.Policy => {
  const merged = Effect.map(CurrentOverride, (current): Override => ({ ...current, ...override }))
  return Policy.make({
    generate: ({ run }) => Effect.flatMap(merged, (all) => Effect.provideService(run, CurrentOverride, all)),
    stream: <C extends Capability, E, R>({ run }: Policy.StreamCall<C, E, R>) =>
      watched(
        Effect.map(merged, (all): Watched<C["Event"], E, R> => ({
          stream: () => run,
          services: Context.make(CurrentOverride, all)
        }))
      )
  })
}

/** Makes a model that sees what a group leaves of the override for the groups within it. */
export const withinGroup = ({ fallbacks, session }: Override): Policy.Policy => {
  const rest: Override = { fallbacks, session }
  return Policy.make({
    generate: ({ run }) => Effect.provideService(run, CurrentOverride, rest),
    stream: ({ run }) => streamWith(run, Context.make(CurrentOverride, rest))
  })
}
