import { displayWidth } from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Terminal from "effect/Terminal"
import { type Style, style } from "./Style.ts"
import { width } from "./Text.ts"

/** A labelled bar. Its length is proportional to `size`; without a size only the label and amount are shown. */
export interface Bar {
  readonly label: string
  readonly size: number | undefined
  readonly amount: string
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of this many columns, drawn to an eighth of a column; a positive size is always visible. */
const draw = (columns: number): string => {
  const filledEighths = Math.max(columns > 0 ? 1 : 0, Math.round(columns * 8))
  return "█".repeat(Math.floor(filledEighths / 8)) + (eighths[filledEighths % 8] ?? "")
}

const maxBarColumns = 60

/** The lines of a chart. A terminal too narrow for bars gets none. */
export const lines = (
  bars: ReadonlyArray<Bar>,
  options: { readonly width: number; readonly style: Style }
): ReadonlyArray<string> => {
  const widest = (values: ReadonlyArray<string>) => Math.max(0, ...values.map(displayWidth))
  const labelWidth = widest(bars.map(({ label }) => label))
  const amountWidth = widest(bars.filter(({ size }) => size !== undefined).map(({ amount }) => amount))
  const room = Math.min(maxBarColumns, options.width - labelWidth - amountWidth - 4)
  const largest = Math.max(0, ...bars.map(({ size }) => size ?? 0))
  return bars.map(({ amount, label, size }) => {
    const name = label + " ".repeat(labelWidth - displayWidth(label))
    if (size === undefined) return `${name}  ${options.style.dim(amount)}`
    const number = " ".repeat(amountWidth - displayWidth(amount)) + amount
    const bar = room < 5 || largest === 0 ? "" : draw((size / largest) * room)
    return `${name}  ${number}  ${options.style.cyan(bar)}`.trimEnd()
  })
}

/** Prints a chart that fits the terminal. */
export const print = Effect.fnUntraced(function* (
  bars: ReadonlyArray<Bar>
): Effect.fn.Return<void, never, Terminal.Terminal> {
  yield* Console.log(lines(bars, { width: yield* width, style: yield* style }).join("\n"))
})
