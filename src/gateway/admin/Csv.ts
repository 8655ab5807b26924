type Record = { readonly [field: string]: unknown }

/** A line of a table. */
export const line = (cells: ReadonlyArray<unknown>): string => `${cells.map(cell).join(",")}\r\n`

/** Lines for records, by their fields. */
export const rows = (fields: ReadonlyArray<string>, records: ReadonlyArray<Record>): string =>
  records.map((record) => line(fields.map((field) => record[field]))).join("")

/** A table with its head. */
export const table = (fields: ReadonlyArray<string>, records: ReadonlyArray<Record>): string =>
  line(fields) + rows(fields, records)

/** Programs for tables run text that begins like this: callers choose names, and nobody who opens a table shall run them. */
const formula = /^[=+\-@\t\r]/

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  const text = typeof value === "string" ? value : JSON.stringify(value)
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
