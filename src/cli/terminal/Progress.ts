import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

/**
 * A bar on stderr that grows while something long is done. There is none where stderr is not a terminal, or where it is
 * all done in one step.
 */
export interface Progress {
  readonly step: Effect.Effect<void>
  /** Takes the bar away. */
  readonly done: Effect.Effect<void>
}

const columns = 30

/** A bar of so many steps. */
export const make = Effect.fnUntraced(function* (steps: number): Effect.fn.Return<Progress, never, Stdio.Stdio> {
  const stdio = yield* Stdio.Stdio
  if (steps < 2 || !(yield* stdio.stderrIsTerminal)) return { step: Effect.void, done: Effect.void }
  const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stdio.stderr({ endOnDone: false })))
  let taken = 0
  return {
    step: Effect.suspend(() => {
      taken++
      const filled = Math.floor((columns * taken) / steps)
      const percent = String(Math.floor((100 * taken) / steps)).padStart(3)
      return write(`\r${"█".repeat(filled)}${"░".repeat(columns - filled)} ${percent} %`)
    }),
    done: write(`\r${" ".repeat(columns + 6)}\r`)
  }
})
