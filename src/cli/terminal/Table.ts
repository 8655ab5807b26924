import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Terminal from "effect/Terminal"
import { type Style, style } from "./Style.ts"
import { width, widthOf } from "./Width.ts"

/**
 * A column. Where the terminal is too narrow, the columns with the highest `drop` go first; what has none stays, and
 * the first column is cut.
 *
 * @since 0.1.0
 * @category models
 */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: "right" | undefined
  readonly drop?: number | undefined
  readonly style?: ((text: string, row: Row, style: Style) => string) | undefined
}

const gap = "  "

/** The text, or its beginning where it is too long. */
const cut = (text: string, most: number): string => {
  if (widthOf(text) <= most) return text
  let kept = ""
  for (const character of text) {
    if (widthOf(kept + character) > most - 1) break
    kept += character
  }
  return most <= 0 ? "" : `${kept}…`
}

const padded = (text: string, size: number, align: "right" | undefined): string => {
  const blanks = " ".repeat(Math.max(0, size - widthOf(text)))
  return align === "right" ? blanks + text : text + blanks
}

/**
 * The lines of a table, the titles first.
 *
 * @since 0.1.0
 * @category formatting
 */
export const lines = <Row>(
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<Column<Row>>,
  options: { readonly width: number; readonly style: Style }
): ReadonlyArray<string> => {
  let shown = columns.map((column) => {
    const cells = rows.map(column.value)
    return { column, cells, size: Math.max(widthOf(column.title), ...cells.map(widthOf)) }
  })
  const total = () => shown.reduce((sum, { size }) => sum + size, (shown.length - 1) * gap.length)
  while (total() > options.width) {
    const least = shown.reduce((most, { column }) => Math.max(most, column.drop ?? 0), 0)
    if (least === 0) break
    shown = shown.filter(({ column }) => column.drop !== least)
  }
  const [first] = shown
  if (first !== undefined) first.size = Math.max(1, first.size - Math.max(0, total() - options.width))
  const line = (cell: (index: number) => { readonly text: string; readonly style: (text: string) => string }) =>
    shown
      .map(({ column, size }, index) => {
        const { style, text } = cell(index)
        const last = index === shown.length - 1 && column.align === undefined
        const fitting = cut(text, size)
        return style(last ? fitting : padded(fitting, size, column.align))
      })
      .join(gap)
      .trimEnd()
  const titles = line((index) => ({ text: shown[index]?.column.title ?? "", style: options.style.dim }))
  const body = rows.map((row, at) =>
    line((index) => {
      const { cells = [], column } = shown[index] ?? {}
      return { text: cells[at] ?? "", style: (text) => column?.style?.(text, row, options.style) ?? text }
    })
  )
  return columns.every(({ title }) => title === "") ? body : [titles, ...body]
}

/**
 * Prints a table, as wide as the terminal at most.
 *
 * @since 0.1.0
 * @category printing
 */
export const print = Effect.fnUntraced(function* <Row>(
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<Column<Row>>
): Effect.fn.Return<void, never, Terminal.Terminal> {
  yield* Console.log(lines(rows, columns, { width: yield* width, style: yield* style }).join("\n"))
})
