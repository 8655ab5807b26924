import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Up to this many services are added one by one. */
const few = 12

/**
 * Adds services to a context. `Context.merge` copies both and loses what fibers have cached of references, which is slow for a few
 * services over the many of an application.
 */
export const over = <A, B>(context: Context.Context<A>, services: Context.Context<B>): Context.Context<A | B> => {
  const added = services.mapUnsafe
  if (added.size > few) return Context.merge(context, services)
  let result = context as Context.Context<A | B>
  for (const [key, service] of added) result = Context.addUnsafe(result, key, service)
  return result
}

/** `Effect.provideContext` for few services in many calls. */
export const provide = <A, E, R, I>(
  effect: Effect.Effect<A, E, R>,
  services: Context.Context<I>
): Effect.Effect<A, E, Exclude<R, I>> =>
  Effect.updateContext(
    effect,
    (context: Context.Context<Exclude<R, I>>) => over(context, services) as Context.Context<R>
  )
