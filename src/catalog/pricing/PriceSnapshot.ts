import * as Hash from "effect/Hash"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import * as Price from "../Price.ts"
import type { PriceRow } from "./PriceRow.ts"

/** Files in another format are left alone: another version of this package may be reading them. */
const format = 1

const headerSchema = Schema.Struct({
  format: Schema.Literal(format),
  feed: Schema.String,
  /** Of the answer that the prices are from. */
  etag: Schema.optional(Schema.String),
  /** When the server last said that these are its prices, in milliseconds since the epoch. */
  checkedAt: Schema.Finite,
  rows: Schema.Int,
  /** Of all that follows the header. */
  hash: Schema.Int
})

const Header = Schema.fromJsonString(headerSchema)

/**
 * All prices of a feed at one moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceSnapshot {
  readonly feed: string
  readonly etag: string | undefined
  readonly checkedAt: number
  readonly rows: ReadonlyArray<PriceRow>
}

const hasControls = (text: string): boolean => /[\u0000-\u001f]/.test(text)

/**
 * The models of a feed that have a price, as rows.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rowsOf = (models: Iterable<CatalogModel>): ReadonlyArray<PriceRow> => {
  const rows: Array<PriceRow> = []
  for (const { aliases, id, matchers, price, provider } of models) {
    if (price === undefined || !Price.isKnown(price)) continue
    const names = [...aliases.map((alias) => `=${alias}`), ...matchers].filter((name) => !hasControls(name))
    if (provider === "" || id === "" || hasControls(provider + id)) continue
    // What these say holds for the whole snapshot.
    const { asOf: _, row: __, source: ___, ...rest } = price
    rows.push({ provider, id, price: JSON.stringify(rest), names })
  }
  return rows
}

/**
 * A snapshot as a file: a header, then a line for each price, the columns separated by tabs.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = ({ checkedAt, etag, feed, rows }: PriceSnapshot): string => {
  let body = ""
  for (const { id, names, price, provider } of rows) {
    body += `${provider}\t${id}\t${price}${names.map((name) => `\t${name}`).join("")}\n`
  }
  return `${JSON.stringify({ format, feed, etag, checkedAt, rows: rows.length, hash: Hash.string(body) })}\n${body}`
}

/**
 * Reads a file; `undefined` when it is not whole. A price is not looked at before it is asked for.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (text: string): PriceSnapshot | undefined => {
  const end = text.indexOf("\n")
  const header = Schema.decodeUnknownResult(Header)(text.slice(0, end))
  if (end < 0 || Result.isFailure(header)) return undefined
  const body = text.slice(end + 1)
  const { checkedAt, etag, feed, hash, rows: count } = header.success
  if (Hash.string(body) !== hash) return undefined
  const rows: Array<PriceRow> = []
  for (let at = 0; at < body.length;) {
    const eol = body.indexOf("\n", at)
    if (eol < 0) return undefined
    const [provider = "", id = "", price = "", ...names] = body.slice(at, eol).split("\t")
    rows.push({ provider, id, price, names })
    at = eol + 1
  }
  return rows.length === count ? { feed, etag, checkedAt, rows } : undefined
}
