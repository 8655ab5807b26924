import * as Effect from "effect/Effect"

const slices = 5

/**
 * Waits so long, but for time in which the process itself was busy: what a store has responded by then is not read yet. A
 * process that starts, or has much to do, takes no store for one that is away.
 */
export const patience = (millis: number): Effect.Effect<void> => {
  const slice = Effect.sleep(millis / slices)
  let waiting = slice
  for (let index = 1; index < slices; index++) waiting = Effect.andThen(waiting, slice)
  return waiting
}
