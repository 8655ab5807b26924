import type { Citation } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./wire/Wire.ts"

/** A text of an answer, and which part of it that is. */
export interface GroundedText {
  readonly id: string
  readonly index: number
  text: string
}

/** Where an answer comes from: pages of the whole, and citations of its texts. */
export interface Grounding {
  readonly sources: ReadonlyArray<Citation>
  readonly citations: ReadonlyArray<{ readonly id: string; readonly citation: Citation }>
}

/**
 * Reads what a candidate says of its sources: `groundingMetadata`, `urlContextMetadata` and `citationMetadata`. Places
 * are bytes of UTF-8 on the wire; a text is found by the words that stand at the place.
 * Source: https://ai.google.dev/api/generate-content#GroundingMetadata and
 * https://ai.google.dev/api/generate-content#UrlContextMetadata
 */
export const decodeGrounding = (candidate: WireObject, texts: ReadonlyArray<GroundedText>): Grounding => {
  const { groundingChunks, groundingSupports } = object(candidate.groundingMetadata) ?? {}
  const { citationSources, citations: recited } = object(candidate.citationMetadata) ?? {}
  const chunks = array(groundingChunks).map(decodeChunk)
  const fetched = array(object(candidate.urlContextMetadata)?.urlMetadata).flatMap((page) => {
    const url = isObject(page) ? text(page.retrievedUrl) : undefined
    const isNew = url !== undefined && !chunks.some((chunk) => chunk?.url === url)
    const isThere = isObject(page) && String(page.urlRetrievalStatus ?? "").endsWith("SUCCESS")
    return isNew && isThere ? [{ url, raw: page as Json }] : []
  })
  const places = texts.map((text) => ({ ...text, bytes: new TextEncoder().encode(text.text) }))
  const citations = [
    ...array(groundingSupports).flatMap((support) => {
      if (!isObject(support)) return []
      const place = find(object(support.segment) ?? {}, places)
      if (place === undefined) return []
      return array(support.groundingChunkIndices).flatMap((index) => {
        const chunk = typeof index === "number" ? chunks[index] : undefined
        if (chunk === undefined) return []
        const { raw: _, ...source } = chunk
        return [{ id: place.id, citation: compact({ ...source, start: place.start, end: place.end }) }]
      })
    }),
    ...[...array(citationSources), ...array(recited)].flatMap((source) => {
      const place = isObject(source) ? find(source, places) : undefined
      if (!isObject(source) || place === undefined) return []
      const { end, id, start } = place
      const named = { url: text(source.uri), title: text(source.title), start, end, raw: source as Json }
      return [{ id, citation: compact(named) }]
    })
  ]
  return { sources: [...chunks.filter((chunk) => chunk !== undefined), ...fetched], citations }
}

/** `{ web }`, `{ retrievedContext }`, `{ maps }`, `{ image }`, and kinds to come. */
const decodeChunk = (chunk: unknown): Citation | undefined => {
  const inner = isObject(chunk) ? Object.values(chunk).find(isObject) : undefined
  if (inner === undefined) return undefined
  return compact({
    url: text(inner.uri) ?? text(inner.sourceUri),
    title: text(inner.title),
    citedText: text(inner.text) ?? text(object(inner.ragChunk)?.text),
    raw: chunk as Json
  })
}

interface Place {
  readonly id: string
  readonly start?: number
  readonly end?: number
}

/** A start of 0 is left out on this wire. */
const find = (
  segment: WireObject,
  texts: ReadonlyArray<GroundedText & { readonly bytes: Uint8Array }>
): Place | undefined => {
  const index = nonNegativeInt(segment.partIndex) ?? 0
  const end = nonNegativeInt(segment.endIndex)
  const start = nonNegativeInt(segment.startIndex) ?? 0
  const words = text(segment.text)
  const named = texts.find((text) => text.index === index)
  if (end === undefined || end < start) return named ?? texts.at(-1)
  const order = named === undefined ? texts : [named, ...texts]
  const at = order.find(
    ({ bytes }) => end <= bytes.length && (words === undefined || slice(bytes, start, end) === words)
  )
  if (at !== undefined) {
    const before = slice(at.bytes, 0, start).length
    return { id: at.id, start: before, end: before + slice(at.bytes, start, end).length }
  }
  const holder = words === undefined ? undefined : texts.find(({ text }) => text.includes(words))
  if (holder === undefined || words === undefined) return texts.at(-1)
  const first = holder.text.indexOf(words)
  return { id: holder.id, start: first, end: first + words.length }
}

const slice = (bytes: Uint8Array, start: number, end: number): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end))

/** Writes `groundingMetadata`; none where no source is named. */
export const encodeGrounding = (
  sources: ReadonlyArray<Citation>,
  cited: ReadonlyArray<{ readonly index: number; readonly text: string; readonly citation: Citation }>
): WireObject | undefined => {
  if (sources.length === 0 && cited.length === 0) return undefined
  const all = [...sources]
  const groundingSupports = cited.map(({ citation, index, text }) => {
    const { end, start = 0 } = citation
    let chunk = all.findIndex(({ title, url }) => url === citation.url && title === citation.title)
    if (chunk < 0) chunk = all.push({ url: citation.url, title: citation.title, citedText: citation.citedText }) - 1
    const segment =
      end === undefined
        ? { partIndex: index }
        : { partIndex: index, startIndex: bytes(text, start), endIndex: bytes(text, end), text: text.slice(start, end) }
    return { segment, groundingChunkIndices: [chunk] }
  })
  return { groundingChunks: all.map(encodeChunk), ...(cited.length === 0 ? {} : { groundingSupports }) }
}

const bytes = (text: string, length: number): number => new TextEncoder().encode(text.slice(0, length)).length

const encodeChunk = ({ citedText, raw, title, url }: Citation): WireObject => {
  const inner = isObject(raw) ? Object.values(raw) : []
  if (isObject(raw) && inner.length === 1 && isObject(inner[0])) return raw
  return citedText === undefined
    ? { web: compact({ uri: url, title }) }
    : { retrievedContext: compact({ uri: url, title, text: citedText }) }
}
