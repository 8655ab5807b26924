import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import * as Price from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"

/** A stored price: its model's names, and the price as JSON, decoded on first use. */
export interface PriceRow {
  readonly provider: string
  readonly id: string
  readonly price: string
  /** Other names, `=name`, and rules for names as in `CatalogModel.matchers`. */
  readonly names: ReadonlyArray<string>
}

const decodePrice = Schema.decodeUnknownResult(Schema.fromJsonString(Price.Price))

/** The price of a row; `undefined` when it is not one. */
export const priceOf = (row: PriceRow): Price.Price | undefined => {
  const decoded = decodePrice(row.price)
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

/** The names that mean exactly this model. */
export const aliasesOf = (row: PriceRow): ReadonlyArray<string> =>
  row.names.flatMap((name) => (name.startsWith("=") ? [name.slice(1)] : []))

/** The rules for names that probably mean this model. */
export const matchersOf = (row: PriceRow): ReadonlyArray<string> => row.names.filter((name) => !name.startsWith("="))

/** The first word of a file. The number grows with every change of the format. */
const format = "prices 2"

/** All prices of a feed at one moment. */
export interface PriceSnapshot {
  readonly feed: string
  /** Of the response that the prices are from. */
  readonly etag: string | undefined
  /** When the server last said that these are its prices, in milliseconds since the epoch. */
  readonly checkedAt: number
  /** How many prices there are. */
  readonly size: number
  /** By provider, a line for each price: id, price and other names, separated by tabs. They are read when asked for. */
  readonly sections: ReadonlyMap<string, string>
}

/** The prices of a snapshot, without the snapshot. */
export type Prices = Pick<PriceSnapshot, "size" | "sections">

/** Whether the text cannot stand in a line of a file: it has a control character, or half of a surrogate pair. */
const isUnfit = (text: string): boolean => /[\p{Cc}\p{Surrogate}]/u.test(text)

/** The prices of the models that have one. */
export const pricesOf = (models: Iterable<CatalogModel>): Prices => {
  const sections = new Map<string, string>()
  let size = 0
  for (const { aliases, id, matchers, price, ...model } of models) {
    const provider = ProviderName.canonical(model.provider)
    if (price === undefined || !Price.isKnown(price)) continue
    if (provider === "" || id === "" || isUnfit(provider) || isUnfit(id)) continue
    // What these say holds for the whole snapshot.
    const { asOf: _, row: __, source: ___, ...rest } = price
    // Expressions from the network are not run: they may be wrong, or never come to an end.
    const rules = matchers.filter((matcher) => !matcher.startsWith("/"))
    const names = [...aliases.map((alias) => `=${alias}`), ...rules].filter((name) => !isUnfit(name))
    const line = [id, JSON.stringify(rest), ...names].join("\t")
    sections.set(provider, `${sections.get(provider) ?? ""}${line}\n`)
    size++
  }
  return { size, sections }
}

/** The prices of one provider. */
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
 * A snapshot as a file: a line of the format and a hash of all that follows, a line about the snapshot, a line of
 * providers and the lengths of their sections, the sections. Words are separated by tabs.
 */
export const encode = ({ checkedAt, etag = "", feed, sections, size }: PriceSnapshot): string => {
  const about = [feed, checkedAt, size, isUnfit(etag) ? "" : etag].join("\t")
  const lengths = Array.from(sections, ([provider, section]) => `${provider}\t${section.length}`).join("\t")
  const rest = `${about}\n${lengths}\n${[...sections.values()].join("")}`
  return `${format}\t${hashOf(new TextEncoder().encode(rest))}\n${rest}`
}

/** Reads a file; `undefined` when any of it is damaged. */
export const decode = (bytes: Uint8Array): PriceSnapshot | undefined => {
  const start = bytes.indexOf(newline) + 1
  const decoder = new TextDecoder()
  const rest = bytes.subarray(start)
  const first = decoder.decode(bytes.subarray(0, Math.min(start, longestFirstLine)))
  if (first !== `${format}\t${hashOf(rest)}\n`) return undefined
  const text = decoder.decode(rest)
  const endOfAbout = text.indexOf("\n")
  const about = text.slice(0, Math.max(endOfAbout, 0)).split("\t")
  const [feed = "", checkedAt, size, etag] = about
  const counts = { checkedAt: Number(checkedAt), size: Number(size) }
  if (about.length !== 4 || !isInstant(counts.checkedAt) || !Number.isSafeInteger(counts.size)) return undefined
  let at = text.indexOf("\n", endOfAbout + 1) + 1
  const lengths = at - endOfAbout <= 2 ? [] : text.slice(endOfAbout + 1, at - 1).split("\t")
  const sections = new Map<string, string>()
  for (let i = 0; i < lengths.length; i += 2) {
    const end = at + Number(lengths[i + 1])
    sections.set(lengths[i] ?? "", text.slice(at, end))
    at = end
  }
  return { feed, etag: etag === "" ? undefined : etag, ...counts, sections }
}

/** The format, a tab, 32 bits in decimal with a sign, a newline. */
const longestFirstLine = format.length + 13

/** Whether a date can have this many milliseconds since the epoch. */
const isInstant = (millis: number): boolean => Number.isSafeInteger(millis) && Math.abs(millis) <= 8.64e15

const newline = 10
