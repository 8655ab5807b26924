/**
 * Overrides how groups route one call, or the calls of one fiber: other deployments, another order, no fallback.
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
 * Where groups are nested, the outermost one applies what concerns deployments and bounds; `session` and `fallbacks` hold for all
 * of them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Policy from "../policies/Policy.ts"
import { CurrentRouting, type Routing } from "../policies/caching/Routing.ts"
import { callWith } from "../policies/watch/WatchedCall.ts"
import { streamWith } from "../policies/watch/WatchedStream.ts"

/**
 * - `deployment`: only this one, by its name. `order`: these first, by their names, in this order.
 * - `tags`: only deployments that have all of them. `region`: only those in it.
 * - `fallbacks`: with `false`, the first deployment is the only one that is called.
 * - `session`: the session, for groups that are sticky by session.
 * - `attempts`, `deadline`: the bounds of this call, instead of the group's.
 *
 * Calls that choose differently who responds (all but `session` and the bounds) share no cached response and are not coalesced.
 *
 * @since 0.1.0
 * @category models
 */
export type Override = Routing

/**
 * The override of the calls that this fiber makes; nothing by default.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentOverride: Context.Reference<Override> = CurrentRouting

/**
 * A policy that adds this to the override of the fiber.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (override: Override): Policy.Policy => {
  const added = (outer: Context.Context<never>): Context.Context<never> =>
    Context.add(outer, CurrentOverride, { ...Context.get(outer, CurrentOverride), ...override })
  return Policy.make({
    generate: ({ run }) => callWith(run, added),
    stream: ({ run }) => streamWith(run, added)
  })
}

/** A policy for the models of a group, which leaves them the part of the override that is for groups within. */
export const withinGroup = ({ fallbacks, session }: Override): Policy.Policy => {
  const added = Context.add(CurrentOverride, { fallbacks, session } satisfies Override)
  return Policy.make({
    generate: ({ run }) => callWith(run, added),
    stream: ({ run }) => streamWith(run, added)
  })
}
