import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Terminal from "effect/Terminal"
import { displayWidth } from "effect/cli/CliOutput"

/** The width of a text in columns, which for ASCII is its length. */
export const widthOf = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : displayWidth(text))

/** The width of the output: `COLUMNS`, else the terminal's, else unlimited (a pipe). */
export const width: Effect.Effect<number, never, Terminal.Terminal> = Effect.gen(function* () {
  const setting = yield* Effect.option(Config.Int("COLUMNS"))
  if (Option.isSome(setting) && setting.value > 0) return setting.value
  const columns = yield* Effect.flatMap(Terminal.Terminal, ({ columns }) => columns)
  return columns > 0 ? columns : Infinity
})

/** Wraps a text between words. A word longer than `size` gets its own line. */
export const wrap = (text: string, size: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= size) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Removes control characters, which could steer the terminal, except line feed and tab. */
export const plain = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, "")
