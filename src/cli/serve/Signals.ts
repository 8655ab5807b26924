import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import process from "node:process"

/** Runs a function at each of these signals, until the scope is closed. */
export const on = (
  signals: ReadonlyArray<NodeJS.Signals>,
  run: (signal: NodeJS.Signals) => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => signals.forEach((signal) => process.on(signal, run))),
    () => Effect.sync(() => signals.forEach((signal) => process.off(signal, run)))
  )

/** The first SIGTERM or SIGINT stops the process gracefully, the second at once. */
export const stopping = (onFirst: () => void, onSecond: () => void): Effect.Effect<void, never, Scope.Scope> => {
  let count = 0
  return on(["SIGTERM", "SIGINT"], () => {
    if (++count > 1) return onSecond()
    process.exitCode = 0
    onFirst()
  })
}
