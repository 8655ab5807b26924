import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Price } from "../Price.ts"

/** A price as it is kept: its model's names, and itself as JSON, which is read when it is asked for. */
export interface PriceRow {
  readonly provider: string
  readonly id: string
  readonly price: string
  /** Other names, `=name`, and rules for names as in `CatalogModel.matchers`. */
  readonly names: ReadonlyArray<string>
}

const decodePrice = Schema.decodeUnknownResult(Schema.fromJsonString(Price))

/** The price of a row; `undefined` when it is not one. */
export const priceOf = (row: PriceRow): Price | undefined => {
  const decoded = decodePrice(row.price)
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

/** The names that mean exactly this model. */
export const aliasesOf = (row: PriceRow): ReadonlyArray<string> =>
  row.names.flatMap((name) => (name.startsWith("=") ? [name.slice(1)] : []))

/** The rules for names that probably mean this model. */
export const matchersOf = (row: PriceRow): ReadonlyArray<string> => row.names.filter((name) => !name.startsWith("="))
