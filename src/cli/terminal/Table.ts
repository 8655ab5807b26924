import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Terminal from "effect/Terminal"
import { type Style, style } from "./Style.ts"
import { plain, width, widthOf, wrap } from "./Text.ts"

/**
 * A column. If the terminal is too narrow, columns with the highest `drop` are dropped first, and a last column with `wrap`
 * wraps between words. If that is not enough, the other columns go below the first. Cells are never truncated.
 */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: "right" | undefined
  readonly drop?: number | undefined
  readonly wrap?: boolean | undefined
  readonly style?: ((text: string, row: Row, style: Style) => string) | undefined
}

const gap = "  "

/** The minimum width of a column that wraps. */
const minWrappedWidth = 24

const padded = (text: string, size: number, align: "right" | undefined): string => {
  const blanks = " ".repeat(Math.max(0, size - widthOf(text)))
  return align === "right" ? blanks + text : text + blanks
}

interface Shown<Row> {
  readonly column: Column<Row>
  readonly cells: ReadonlyArray<string>
  readonly size: number
}

const minWidthOf = <Row>({ column, size }: Shown<Row>): number =>
  column.wrap === true ? Math.min(size, minWrappedWidth) : size

const sum = (sizes: ReadonlyArray<number>): number =>
  sizes.reduce((total, size) => total + size, Math.max(0, sizes.length - 1) * gap.length)

/** One row as lines of at most `room` columns, indented by `indent`. `cell` returns a column's text and style. */
const rowLines = <Row>(
  shown: ReadonlyArray<Shown<Row>>,
  room: number,
  indent: string,
  cell: (shown: Shown<Row>) => { readonly text: string; readonly style: (text: string) => string }
): ReadonlyArray<string> => {
  const before = sum(shown.slice(0, -1).map(({ size }) => size)) + (shown.length > 1 ? gap.length : 0)
  const [first = "", ...rest] = shown.flatMap((one, index) => {
    if (index < shown.length - 1 || one.column.wrap !== true) return []
    return wrap(cell(one).text, Math.max(1, room - before))
  })
  const line = shown
    .map((one, index) => {
      const { style, text } = cell(one)
      if (index < shown.length - 1 || one.column.align !== undefined) {
        return style(padded(text, one.size, one.column.align))
      }
      return style(one.column.wrap === true ? first : text)
    })
    .join(gap)
  const last = shown.at(-1)
  const style = last === undefined ? (text: string) => text : cell(last).style
  return [line, ...rest.map((part) => " ".repeat(before) + style(part))].map((text) => (indent + text).trimEnd())
}

/** The lines of a table, titles first. */
export const lines = <Row>(
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<Column<Row>>,
  options: { readonly width: number; readonly style: Style }
): ReadonlyArray<string> => {
  let shown: ReadonlyArray<Shown<Row>> = columns.map((column) => {
    const cells = rows.map((row) => plain(column.value(row)).replaceAll(/[\n\t]/g, " "))
    return { column, cells, size: Math.max(widthOf(column.title), ...cells.map(widthOf)) }
  })
  while (sum(shown.map(minWidthOf)) > options.width) {
    const next = Math.max(0, ...shown.map(({ column }) => column.drop ?? 0))
    if (next === 0) break
    shown = shown.filter(({ column }) => column.drop !== next)
  }
  const isStacked = sum(shown.map(minWidthOf)) > options.width
  // Stacked, the first column has lines of its own, and the others stand below it.
  const groups = isStacked ? [shown.slice(0, 1), shown.slice(1)] : [shown]
  const linesOf = (cell: Parameters<typeof rowLines<Row>>[3]) =>
    groups.flatMap((group, index) => {
      const indent = index === 0 ? "" : gap
      return group.length === 0 ? [] : rowLines(group, options.width - indent.length, indent, cell)
    })
  const titles = linesOf(({ column }) => ({ text: column.title, style: options.style.dim }))
  const body = rows.flatMap((row, at) =>
    linesOf(({ cells, column }) => ({
      text: cells[at] ?? "",
      style: (text) => column.style?.(text, row, options.style) ?? text
    }))
  )
  return columns.every(({ title }) => title === "") ? body : [...titles.filter((line) => line !== ""), ...body]
}

/** Prints a table that fits the terminal. */
export const print = Effect.fnUntraced(function* <Row>(
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<Column<Row>>
): Effect.fn.Return<void, never, Terminal.Terminal> {
  yield* Console.log(lines(rows, columns, { width: yield* width, style: yield* style }).join("\n"))
})
