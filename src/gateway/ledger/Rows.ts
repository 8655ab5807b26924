import * as BigDecimal from "effect/BigDecimal"
import { formatDecimal } from "effect-llm/catalog/Money"
import { callColumns, type Column, usual } from "./Columns.ts"
import type { LedgerRow } from "./LedgerRow.ts"

/** What a database gives for a column, as the field has it. */
const fieldOf = (kind: Column["kind"], value: unknown): unknown => {
  switch (kind) {
    case "text":
      return value
    case "money":
      return moneyOf(value)
    case "long":
    case "int":
      return Number(value)
    case "flag":
      return value === true || value === 1
    case "json":
      return JSON.parse(String(value))
  }
}

/** Databases sum up to zeros at the end. */
export const moneyOf = (value: unknown): string => formatDecimal(BigDecimal.fromStringUnsafe(String(value)))

/** A record by fields, out of a row by columns; what is null is left out. */
export const decode = (columns: ReadonlyArray<Column>, row: { readonly [column: string]: unknown }): object =>
  Object.fromEntries(
    columns.flatMap(({ field, kind, name }) =>
      row[name] === null || row[name] === undefined ? [] : [[field, fieldOf(kind, row[name])]]
    )
  )

/** A call, out of a row that the ledger wrote. */
export const callOf = (row: { readonly [column: string]: unknown }): LedgerRow => {
  const call = { ...usual, ...decode(callColumns, row) } as LedgerRow
  const { finishReason, ...others } = call
  return finishReason === "none" ? others : call
}

/** A call as it is inserted: what is usual is left out. */
export const encode = (row: LedgerRow): { readonly [field: string]: unknown } => {
  const { capability, finishReason = "none", outcome } = row
  return {
    ...row,
    capability: capability === usual.capability ? undefined : capability,
    finishReason: finishReason === usual.finishReason ? undefined : finishReason,
    outcome: outcome === usual.outcome ? undefined : outcome
  }
}
