import type { Citation } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { Utf8Places } from "./Utf8Places.ts"

/** A text of a response; its id is the index of its part. */
export interface GroundedText {
  readonly id: string
  readonly text: string
}

/** Sources of the whole response, and citations of its texts. */
export interface Grounding<Text extends GroundedText> {
  readonly sources: ReadonlyArray<Citation>
  readonly citations: ReadonlyArray<{ readonly text: Text; readonly citation: Citation }>
}

/**
 * Reads `groundingMetadata`, `urlContextMetadata` and `citationMetadata`. Places are bytes of UTF-8 on the wire; a text is
 * found by the words at the place.
 * Source: https://ai.google.dev/api/generate-content#GroundingMetadata and
 * https://ai.google.dev/api/generate-content#UrlContextMetadata
 */
export const decodeGrounding = <Text extends GroundedText>(
  candidate: WireObject,
  texts: ReadonlyArray<Text>
): Grounding<Text> => {
  const { groundingChunks, groundingSupports } = object(candidate.groundingMetadata) ?? {}
  const { citationSources, citations } = object(candidate.citationMetadata) ?? {}
  const { urlMetadata } = object(candidate.urlContextMetadata) ?? {}
  const chunks = array(groundingChunks).map(decodeChunk)
  const chunkUrls = new Set(chunks.map((chunk) => chunk?.url))
  const fetched = array(urlMetadata)
    .filter(isObject)
    .flatMap((page): ReadonlyArray<Citation> => {
      const url = text(page.retrievedUrl)
      const isNew = url !== undefined && !chunkUrls.has(url)
      return isNew && String(page.urlRetrievalStatus ?? "").endsWith("SUCCESS") ? [{ url, raw: page as Json }] : []
    })
  const encoded = texts.map((text) => ({
    text,
    bytes: new TextEncoder().encode(text.text),
    places: new Utf8Places(text.text)
  }))
  const supported = array(groundingSupports)
    .filter(isObject)
    .flatMap(({ groundingChunkIndices, segment }) => {
      const place = find(object(segment) ?? {}, encoded)
      if (place === undefined) return []
      return array(groundingChunkIndices).flatMap((index) => {
        const chunk = chunks[nonNegativeInt(index) ?? -1]
        if (chunk === undefined) return []
        const { raw: _, ...source } = chunk
        return [{ text: place.text, citation: compact({ ...source, start: place.start, end: place.end }) }]
      })
    })
  const recited = [...array(citationSources), ...array(citations)].filter(isObject).flatMap((source) => {
    const place = find(source, encoded)
    if (place === undefined) return []
    const { end, start } = place
    const citation = compact({ url: text(source.uri), title: text(source.title), start, end, raw: source as Json })
    return [{ text: place.text, citation }]
  })
  return {
    sources: [...chunks.filter((chunk) => chunk !== undefined), ...fetched],
    citations: [...supported, ...recited]
  }
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

interface EncodedText<Text> {
  readonly text: Text
  readonly bytes: Uint8Array
  readonly places: Utf8Places
}

interface Place<Text> {
  readonly text: Text
  readonly start?: number
  readonly end?: number
}

/** A start of 0 is absent on this wire. */
const find = <Text extends GroundedText>(
  segment: WireObject,
  texts: ReadonlyArray<EncodedText<Text>>
): Place<Text> | undefined => {
  const index = String(nonNegativeInt(segment.partIndex) ?? 0)
  const end = nonNegativeInt(segment.endIndex)
  const start = nonNegativeInt(segment.startIndex) ?? 0
  const words = text(segment.text)
  const named = texts.find(({ text }) => text.id === index)
  const last = texts.at(-1)
  const fallback = last && { text: last.text }
  if (end === undefined || end < start) return named ? { text: named.text } : fallback
  const found = (named === undefined ? texts : [named, ...texts]).find(
    ({ bytes }) => end <= bytes.length && (words === undefined || slice(bytes, start, end) === words)
  )
  if (found !== undefined) {
    return { text: found.text, start: found.places.unitsOf(start), end: found.places.unitsOf(end) }
  }
  if (words === undefined) return fallback
  const holder = texts.find(({ text }) => text.text.includes(words))
  if (holder === undefined) return fallback
  const from = holder.text.text.indexOf(words)
  return { text: holder.text, start: from, end: from + words.length }
}

const slice = (bytes: Uint8Array, start: number, end: number): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end))

/** Writes `groundingMetadata`; `index` is that of the cited part, `text` the whole of its text. */
export const encodeGrounding = (
  sources: ReadonlyArray<Citation>,
  cited: ReadonlyArray<{ readonly index: number; readonly text: string; readonly citation: Citation }>
): WireObject | undefined => {
  if (sources.length === 0 && cited.length === 0) return undefined
  const all = [...sources]
  const chunks = new Map<string, number>()
  for (const [chunk, source] of sources.entries()) if (!chunks.has(keyOf(source))) chunks.set(keyOf(source), chunk)
  const placesIn = new Map<string, Utf8Places>()
  const groundingSupports = cited.map(({ citation, index, text }) => {
    const { citedText, end, start = 0, title, url } = citation
    const key = keyOf(citation)
    const chunk = chunks.get(key) ?? all.push({ url, title, citedText }) - 1
    chunks.set(key, chunk)
    const places = placesIn.get(text) ?? new Utf8Places(text)
    placesIn.set(text, places)
    const place =
      end === undefined
        ? {}
        : { startIndex: places.bytesOf(start), endIndex: places.bytesOf(end), text: text.slice(start, end) }
    return { segment: { partIndex: index, ...place }, groundingChunkIndices: [chunk] }
  })
  return { groundingChunks: all.map(encodeChunk), ...(cited.length === 0 ? {} : { groundingSupports }) }
}

/** The same for sources that are one chunk. */
const keyOf = ({ title, url }: Citation): string => JSON.stringify([url, title])

const encodeChunk = ({ citedText, raw, title, url }: Citation): WireObject => {
  const inner = isObject(raw) ? Object.values(raw) : []
  if (isObject(raw) && inner.length === 1 && isObject(inner[0])) return raw
  return citedText === undefined
    ? { web: compact({ uri: url, title }) }
    : { retrievedContext: compact({ uri: url, title, text: citedText }) }
}
