import { displayWidth } from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Terminal from "effect/Terminal"
import { type Style, style } from "./Style.ts"
import { width } from "./Text.ts"

/**
 * A bar: what it stands for, how long it is beside the others, and its amount in words. One without a size has no bar.
 */
export interface Bar {
  readonly label: string
  readonly size: number | undefined
  readonly amount: string
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of so many columns, drawn to an eighth of one; what is not nothing is seen. */
const draw = (columns: number): string => {
  const parts = Math.max(columns > 0 ? 1 : 0, Math.round(columns * 8))
  return "█".repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? "")
}

const longest = 60

/** The lines of a chart. A narrow terminal has no room for bars, and then none are drawn. */
export const lines = (
  bars: ReadonlyArray<Bar>,
  options: { readonly width: number; readonly style: Style }
): ReadonlyArray<string> => {
  const widest = (values: ReadonlyArray<string>) => Math.max(0, ...values.map(displayWidth))
  const labels = widest(bars.map(({ label }) => label))
  const amounts = widest(bars.filter(({ size }) => size !== undefined).map(({ amount }) => amount))
  const room = Math.min(longest, options.width - labels - amounts - 4)
  const most = Math.max(0, ...bars.map(({ size }) => size ?? 0))
  return bars.map(({ amount, label, size }) => {
    const name = label + " ".repeat(labels - displayWidth(label))
    if (size === undefined) return `${name}  ${options.style.dim(amount)}`
    const number = " ".repeat(amounts - displayWidth(amount)) + amount
    const bar = room < 5 || most === 0 ? "" : draw((size / most) * room)
    return `${name}  ${number}  ${options.style.cyan(bar)}`.trimEnd()
  })
}

/** Prints a chart, as wide as the terminal at most. */
export const print = Effect.fnUntraced(function* (
  bars: ReadonlyArray<Bar>
): Effect.fn.Return<void, never, Terminal.Terminal> {
  yield* Console.log(lines(bars, { width: yield* width, style: yield* style }).join("\n"))
})
