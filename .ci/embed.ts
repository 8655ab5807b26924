/**
 * How the tables of `data` get into the code: without the columns that only people read, and the large ones compressed.
 * `readTable.ts` is the way back.
 */
import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { deflateRawSync } from "node:zlib"
import type { Plugin } from "rolldown"
import { readTable } from "./readTable.ts"

/** Tables from this size on are compressed. What the root loads is not: it would have to wait. */
const large = 2000

/** The columns that no code reads: the types beside the tables do not have them. */
const unread: { readonly [table: string]: string } = {
  "errors.json": "checked source",
  "limits.json":
    "checked source note requestBytesBase64 imageUrlBytes pdfPages stop tools topLogprobs " +
    "temperature reasoningBudgetMin metadata metadataKeyChars metadataValueChars",
  "models.json": "url",
  "providers.json": "checked docs name note source sources",
  "service-tiers.json": "note",
  "special-tokens.json": "checked family kind source where",
  "tokens.json": "checked note",
  "tokens-media.json": "checked note"
}

/** Of the providers code reads the rows of which it makes a service: those of classes are there for people, and for tests. */
const isUnread = (table: string, row: Json): boolean =>
  table === "providers.json" && isFields(row) && ("class" in row || "capabilities" in row)

type Json = string | number | boolean | null | Array<Json> | Fields
interface Fields {
  readonly [key: string]: Json
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The table with `{"": count}` in place of rows, and the rows of all of it as columns, which compress better. */
const byColumn = (table: Json): Json => {
  const rows: Array<Fields> = []
  const outline = (value: Json): Json => {
    if (isFields(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, outline(inner)]))
    if (!Array.isArray(value) || !value.every(isFields)) return value
    rows.push(...value)
    return { "": value.length }
  }
  const outlined = outline(table)
  const keys = new Set(rows.flatMap((row) => Object.keys(row)))
  // What stands for nothing: 0, which is shorter, where it is not a value.
  const none = rows.some((row) => Object.values(row).includes(0)) ? null : 0
  return [outlined, none, [...keys].map((key) => [key, rows.map((row) => row[key] ?? none)])]
}

/** The best of what zlib can: how long its blocks may be matters as much as how hard it searches. */
const deflated = (text: string): Buffer =>
  [4, 5, 6, 7, 8, 9]
    .map((memLevel) => deflateRawSync(text, { level: 9, memLevel }))
    .reduce((best, other) => (other.length < best.length ? other : best))

const moduleOf = (table: Json): string => {
  const packed = deflated(JSON.stringify(byColumn(table))).toString("base64")
  if (!isDeepStrictEqual(readTable(packed), table)) throw new Error("a table is not read as it was written")
  return [
    `import { readTable } from ${JSON.stringify(join(import.meta.dirname, "readTable.ts"))}`,
    `export default readTable(${JSON.stringify(packed)})`
  ].join("\n")
}

/** Loads JSON as modules. `isAtOnce` tells what the root loads. */
export const embed = (isAtOnce: (file: string) => boolean): Plugin => ({
  name: "embed",
  load: {
    filter: { id: /\.json$/ },
    handler: (file) => {
      const table = basename(file)
      const columns = unread[table]?.split(" ") ?? []
      const text = JSON.stringify(
        JSON.parse(readFileSync(file, "utf8"), (key, value: Json) =>
          columns.includes(key) || isUnread(table, value) ? undefined : value
        )
      )
      if (text.length < large || isAtOnce(file)) return { code: text, moduleType: "json" }
      return { code: moduleOf(JSON.parse(text) as Json), moduleType: "js" }
    }
  }
})
