type Record = { readonly [field: string]: unknown }

/** A row, with its line end. */
export const line = (cells: ReadonlyArray<unknown>): string => `${cells.map(cell).join(",")}\r\n`

/** The rows of records, with these fields as columns. */
export const rows = (fields: ReadonlyArray<string>, records: ReadonlyArray<Record>): string =>
  records.map((record) => line(fields.map((field) => record[field]))).join("")

/** A table with its header row. */
export const table = (fields: ReadonlyArray<string>, records: ReadonlyArray<Record>): string =>
  line(fields) + rows(fields, records)

/** Spreadsheets run text that begins like this as a formula, and callers choose names. */
const formula = /^[=+\-@\t\r]/

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  const text = typeof value === "string" ? value : JSON.stringify(value)
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
