import { WebCrypto } from "effect/crypto/WebCrypto"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import * as Price from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"
import type { PriceRow } from "./PriceRow.ts"

/** Files in another format are of no use to this version of the package, nor are they damaged. */
const format = 1

const Header = Schema.fromJsonString(
  Schema.Struct({
    format: Schema.Literal(format),
    feed: Schema.String,
    etag: Schema.optional(Schema.String),
    checkedAt: Schema.Finite,
    size: Schema.Int,
    /** Each provider and the length of its section, in the order of the sections. */
    sections: Schema.Array(Schema.Tuple([Schema.String, Schema.Int])),
    /** The SHA-256 of all sections. */
    hash: Schema.String
  })
)

const decodeHeader = Schema.decodeUnknownResult(Header)

/**
 * All prices of a feed at one moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceSnapshot {
  readonly feed: string
  /** Of the answer that the prices are from. */
  readonly etag: string | undefined
  /** When the server last said that these are its prices, in milliseconds since the epoch. */
  readonly checkedAt: number
  /** How many prices there are. */
  readonly size: number
  /** By provider, a line for each price: id, price and other names, separated by tabs. They are read when asked for. */
  readonly sections: ReadonlyMap<string, string>
}

/**
 * The prices of a snapshot, without the snapshot.
 *
 * @since 0.1.0
 * @category models
 */
export type Prices = Pick<PriceSnapshot, "size" | "sections">

/** Whether the text cannot stand in a line of a file: it has a control character, or half of a surrogate pair. */
const isUnfit = (text: string): boolean => /[\u0000-\u001f\p{Surrogate}]/u.test(text)

/**
 * The prices of the models that have one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pricesOf = (models: Iterable<CatalogModel>): Prices => {
  const sections = new Map<string, string>()
  let size = 0
  for (const { aliases, id, matchers, price, ...model } of models) {
    const provider = ProviderName.canonical(model.provider)
    if (price === undefined || !Price.isKnown(price)) continue
    if (provider === "" || id === "" || isUnfit(provider + id)) continue
    // What these say holds for the whole snapshot.
    const { asOf: _, row: __, source: ___, ...rest } = price
    const names = [...aliases.map((alias) => `=${alias}`), ...matchers].filter((name) => !isUnfit(name))
    const line = [id, JSON.stringify(rest), ...names].join("\t")
    sections.set(provider, `${sections.get(provider) ?? ""}${line}\n`)
    size++
  }
  return { size, sections }
}

/**
 * The prices of one provider.
 *
 * @since 0.1.0
 * @category getters
 */
export const rowsOf = ({ sections }: Prices, provider: string): ReadonlyArray<PriceRow> =>
  (sections.get(provider) ?? "")
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [id = "", price = "", ...names] = line.split("\t")
      return { provider, id, price, names }
    })

const hashOf = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const { subtle } = yield* WebCrypto
  const hash = yield* Effect.promise(() => subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
  return Hex.encode(new Uint8Array(hash))
})

/**
 * A snapshot as a file: a header line, then the sections.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = Effect.fnUntraced(function* ({ checkedAt, etag, feed, sections, size }: PriceSnapshot) {
  const body = [...sections.values()].join("")
  const lengths = Array.from(sections, ([provider, section]) => [provider, section.length])
  const hash = yield* hashOf(new TextEncoder().encode(body))
  return `${JSON.stringify({ format, feed, etag, checkedAt, size, sections: lengths, hash })}\n${body}`
})

/**
 * Reads a file; `undefined` when it is not whole.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = Effect.fnUntraced(function* (
  bytes: Uint8Array
): Effect.fn.Return<PriceSnapshot | undefined> {
  const end = bytes.indexOf(10)
  if (end < 0) return undefined
  const decoder = new TextDecoder()
  const header = decodeHeader(decoder.decode(bytes.subarray(0, end)))
  if (Result.isFailure(header)) return undefined
  const { checkedAt, etag, feed, hash, sections: lengths, size } = header.success
  const body = bytes.subarray(end + 1)
  if ((yield* hashOf(body)) !== hash) return undefined
  const text = decoder.decode(body)
  const sections = new Map<string, string>()
  let at = 0
  for (const [provider, length] of lengths) {
    sections.set(provider, text.slice(at, at + length))
    at += length
  }
  return { feed, etag, checkedAt, size, sections }
})
