import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

/** A progress bar on stderr; nothing is drawn without a terminal, or for a single step. */
export interface Progress {
  readonly step: Effect.Effect<void>
  /** Removes the bar. */
  readonly done: Effect.Effect<void>
}

const columns = 30

/** Makes a progress bar for this many steps. */
export const make = Effect.fnUntraced(function* (steps: number): Effect.fn.Return<Progress, never, Stdio.Stdio> {
  const stdio = yield* Stdio.Stdio
  if (steps < 2 || !(yield* stdio.stderrIsTerminal)) return { step: Effect.void, done: Effect.void }
  const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stdio.stderr({ endOnDone: false })))
  let stepsDone = 0
  return {
    step: Effect.suspend(() => {
      stepsDone++
      const filled = Math.floor((columns * stepsDone) / steps)
      const percent = String(Math.floor((100 * stepsDone) / steps)).padStart(3)
      return write(`\r${"█".repeat(filled)}${"░".repeat(columns - filled)} ${percent} %`)
    }),
    done: write(`\r${" ".repeat(columns + 6)}\r`)
  }
})
