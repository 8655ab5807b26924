import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import process from "node:process"

/** Runs something at each of these signals, until the scope is closed. */
export const on = (
  signals: ReadonlyArray<NodeJS.Signals>,
  run: (signal: NodeJS.Signals) => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => signals.forEach((signal) => process.on(signal, run))),
    () => Effect.sync(() => signals.forEach((signal) => process.off(signal, run)))
  )

/** A process that is stopped twice ends at once; once, it ends well. */
export const stopping = (said: () => void, atOnce: () => void): Effect.Effect<void, never, Scope.Scope> => {
  let count = 0
  return on(["SIGTERM", "SIGINT"], () => {
    if (++count > 1) return atOnce()
    process.exitCode = 0
    said()
  })
}
