import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** One that waits for its result. */
interface Waiting<A, B, E> {
  readonly asked: A
  readonly resume: (result: Effect.Effect<B, E>) => void
}

/**
 * Batches requests: those that arrive during a run are the next run, in order, up to a maximum. A request that is interrupted
 * before its run is left out. If a run fails and may be split, each of its requests runs alone. Runs are `pause` apart.
 */
export const together = <A, B, E>(
  run: (asked: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, E>,
  most: number,
  maySplit: (error: E) => boolean,
  pause: Effect.Effect<void> = Effect.void
): ((asked: A) => Effect.Effect<B, E>) => {
  const waiting = new Set<Waiting<A, B, E>>()
  let isRunning = false

  const runAll = (all: ReadonlyArray<Waiting<A, B, E>>): Effect.Effect<void> =>
    Effect.flatMap(Effect.exit(run(all.map(({ asked }) => asked))), (exit) => {
      if (Exit.isFailure(exit) && all.length > 1) {
        const error = Exit.findErrorOption(exit)
        if (error._tag === "Some" && maySplit(error.value))
          return Effect.forEach(all, (one) => runAll([one]), { discard: true })
      }
      for (const [index, { resume }] of all.entries()) resume(Exit.map(exit, (results) => results[index] as B))
      return Effect.void
    })

  const drain: Effect.Effect<void> = Effect.suspend(() => {
    const next = [...waiting].slice(0, most)
    isRunning = next.length > 0
    if (!isRunning) return Effect.void
    for (const one of next) waiting.delete(one)
    return Effect.andThen(Effect.andThen(runAll(next), pause), drain)
  })

  return (asked) =>
    Effect.callback((resume) => {
      const one = { asked, resume }
      waiting.add(one)
      if (!isRunning) {
        isRunning = true
        Effect.runFork(drain)
      }
      return Effect.sync(() => void waiting.delete(one))
    })
}
