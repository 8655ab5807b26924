import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"

/** Runs an effect until it has succeeded once, whose value is kept; of callers at the same time, the first runs it for all. */
export const once = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const semaphore = Semaphore.makeUnsafe(1)
  let kept: Exit.Exit<A> | undefined
  const first = semaphore.withPermit(
    Effect.suspend(
      () =>
        kept ??
        Effect.map(effect, (value) => {
          kept = Exit.succeed(value)
          return value
        })
    )
  )
  return Effect.suspend(() => kept ?? first)
}

/** Memoizes a layer's services after its first success. */
export const built = <S, E, R>(layer: Layer.Layer<S, E, R>) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const scope = yield* Effect.scope
    return once(Effect.provideContext(Layer.buildWithScope(layer, scope), context))
  })
