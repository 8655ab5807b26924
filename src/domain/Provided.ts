import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** As many services are added one by one. */
const few = 12

/**
 * A context with services over it. `Context.merge` copies both, and what fibers remember of references is found anew: for a few
 * services over the many of an application that costs more than all else.
 */
export const over = <A, B>(context: Context.Context<A>, services: Context.Context<B>): Context.Context<A | B> => {
  const added = services.mapUnsafe
  if (added.size > few) return Context.merge(context, services)
  let made = context as Context.Context<A | B>
  for (const [key, service] of added) made = Context.addUnsafe(made, key, service)
  return made
}

/** Does what `Effect.provideContext` does, where few services are given to many calls. */
export const provide = <A, E, R, I>(
  effect: Effect.Effect<A, E, R>,
  services: Context.Context<I>
): Effect.Effect<A, E, Exclude<R, I>> =>
  Effect.updateContext(
    effect,
    (context: Context.Context<Exclude<R, I>>) => over(context, services) as Context.Context<R>
  )
