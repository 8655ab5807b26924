import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Terminal from "effect/Terminal"
import { displayWidth } from "effect/cli/CliOutput"

/** How many columns a text takes. Most texts are ASCII, where that is their length. */
export const widthOf = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : displayWidth(text))

/** How many columns lines may have: `COLUMNS`, else those of the terminal, else any number, as into a pipe. */
export const width: Effect.Effect<number, never, Terminal.Terminal> = Effect.gen(function* () {
  const told = yield* Effect.option(Config.Int("COLUMNS"))
  if (Option.isSome(told) && told.value > 0) return told.value
  const columns = yield* Effect.flatMap(Terminal.Terminal, ({ columns }) => columns)
  return columns > 0 ? columns : Infinity
})

/** A text as lines of at most so many columns, broken between words. A word that is longer has a line to itself. */
export const wrap = (text: string, size: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= size) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A text that others wrote, without what would steer a terminal: control characters but line feed and tab. */
export const plain = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, "")
