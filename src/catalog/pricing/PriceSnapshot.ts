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
    /** Each provider and the length of its section, separated by tabs. */
    sections: Schema.String,
    /** Of all sections. */
    hash: Schema.Int
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

/** FNV-1a over words of four bytes: it tells a damaged file from a whole one, in well under a millisecond for a megabyte. */
const hashOf = (bytes: Uint8Array): number => {
  const words = new Uint32Array(Math.ceil(bytes.length / 4))
  new Uint8Array(words.buffer).set(bytes)
  let hash = 0x811c9dc5 ^ bytes.length
  // An iterator takes eight times as long in a process that has just begun.
  for (let at = 0; at < words.length; at++) hash = Math.imul(hash ^ (words[at] ?? 0), 0x01000193)
  return hash
}

/**
 * A snapshot as a file: a header line, then the sections.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = ({ checkedAt, etag, feed, sections, size }: PriceSnapshot): string => {
  const body = [...sections.values()].join("")
  const lengths = Array.from(sections, ([provider, section]) => `${provider}\t${section.length}`).join("\t")
  const hash = hashOf(new TextEncoder().encode(body))
  return `${JSON.stringify({ format, feed, etag, checkedAt, size, sections: lengths, hash })}\n${body}`
}

/**
 * Reads a file; `undefined` when it is not whole.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (bytes: Uint8Array): PriceSnapshot | undefined => {
  const end = bytes.indexOf(10)
  if (end < 0) return undefined
  const decoder = new TextDecoder()
  const header = decodeHeader(decoder.decode(bytes.subarray(0, end)))
  if (Result.isFailure(header)) return undefined
  const { checkedAt, etag, feed, hash, sections: lengths, size } = header.success
  const body = bytes.subarray(end + 1)
  if (hashOf(body) !== hash) return undefined
  const text = decoder.decode(body)
  const sections = new Map<string, string>()
  let at = 0
  const names = lengths === "" ? [] : lengths.split("\t")
  for (let i = 0; i < names.length; i += 2) {
    const end = at + Number(names[i + 1])
    sections.set(names[i] ?? "", text.slice(at, end))
    at = end
  }
  return { feed, etag, checkedAt, size, sections }
}
