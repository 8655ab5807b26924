import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { AudioPart, Citation } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { sniffBase64 } from "../../domain/MediaType.ts"
import type { OpenPart } from "../wire/response/OpenPart.ts"
import type { ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { TextFilter } from "../wire/response/TextFilter.ts"
import { array, compact, setOf, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import type { ReasoningReader } from "./Reasoning.ts"

/** Reads text, from strings or from arrays of parts. It is one part, because citations count from its beginning. */
export class TextReader {
  readonly #response: ResponseBuilder
  readonly #reasoning: ReasoningReader
  readonly filter: TextFilter | undefined
  #part: OpenPart | undefined
  /** White space before the first word: reasoning may still come before the text. */
  #leadingSpace = ""
  #length = 0
  #lastReference = 0

  constructor(response: ResponseBuilder, reasoning: ReasoningReader, quirks: OpenAiChatQuirks) {
    this.#response = response
    this.#reasoning = reasoning
    if (quirks.stripTokens.length === 0 && !quirks.thinkTags) return
    this.filter = new TextFilter(quirks, (type, piece) => {
      if (type === "text") this.#write(piece)
      else this.#reasoning.readText(piece)
    })
  }

  read(piece: string): void {
    if (this.filter === undefined) this.#write(piece)
    else this.filter.push(piece)
  }

  /**
   * Mistral's content: text, reasoning, references into the results of tools, and more. Databricks calls reasoning
   * `reasoning`, with its text in `summary`.
   * Sources: https://docs.mistral.ai/capabilities/reasoning, https://docs.mistral.ai/capabilities/citations and
   * https://docs.databricks.com/aws/machine-learning/model-serving/query-reason-models
   */
  readParts(parts: ReadonlyArray<unknown>): void {
    for (const part of parts) {
      if (typeof part === "string") this.read(part)
      if (!isObject(part)) continue
      if (part.type === "thinking" || part.type === "reasoning") {
        const reasoning = part.thinking ?? part.summary ?? part.text
        for (const piece of typeof reasoning === "string" ? [{ text: reasoning }] : array(reasoning)) {
          const words = text(object(piece)?.text)
          if (words !== undefined) this.#reasoning.readText(words)
        }
      } else if (typeof part.text === "string") {
        if (part.text !== "") this.read(part.text)
      } else if (part.type === "reference") this.#readReference(part)
      else this.#readOther(part)
    }
  }

  /** The text part, which begins if it has not. */
  open(): OpenPart {
    if (this.#part !== undefined) return this.#part
    this.#reasoning.end()
    this.#part = this.#response.open("text", "text")
    this.#part.keepsText = false
    this.#length = this.#leadingSpace.length
    this.#response.delta(this.#part, this.#leadingSpace)
    return this.#part
  }

  /** Writes what was held back. */
  flush(): void {
    this.filter?.flush()
    if (this.#leadingSpace !== "") this.open()
  }

  end(): void {
    if (this.#part !== undefined) this.#response.close(this.#part)
  }

  #write(piece: string): void {
    if (this.#part === undefined && piece.trimStart() === "") {
      this.#leadingSpace += piece
      return
    }
    const part = this.#part ?? this.open()
    this.#reasoning.end()
    this.#length += piece.length
    this.#response.delta(part, piece)
  }

  /** A reference is about the text between it and the one before. */
  #readReference(reference: WireObject): void {
    const part = this.open()
    this.#response.cite(part, { start: this.#lastReference, end: this.#length, raw: reference as Json })
    this.#lastReference = this.#length
  }

  #readOther(part: WireObject): void {
    const url = part.type === "image_url" ? (text(part.image_url) ?? text(object(part.image_url)?.url)) : undefined
    if (url !== undefined) this.#response.add({ type: "image", data: url })
    else if (typeof part.type === "string") this.#response.addProvider({ chunks: [part] })
  }
}

/** Gathers a recording, whose format is not named. One of no known format is raw samples, the only one that OpenAI streams. */
export class AudioReader {
  #id: string | undefined
  readonly #pieces: Array<string> = []
  #transcript = ""

  read(audio: WireObject): void {
    this.#id = text(audio.id) ?? this.#id
    const data = text(audio.data)
    if (data !== undefined) this.#pieces.push(data)
    this.#transcript += text(audio.transcript) ?? ""
  }

  get part(): AudioPart | undefined {
    if (this.#id === undefined && this.#pieces.length === 0 && this.#transcript === "") return undefined
    const data = joinBase64(this.#pieces)
    const type = sniffBase64(data)
    const mediaType = type?.startsWith("audio/") === true ? type : "audio/pcm"
    const more = compact({ id: this.#id, transcript: this.#transcript || undefined })
    return { type: "audio", data: `data:${mediaType};base64,${data}`, mediaType, ...more }
  }
}

/** Pieces that are each Base64 by itself. */
const joinBase64 = (pieces: ReadonlyArray<string>): string => {
  if (pieces.slice(0, -1).every((piece) => piece.length % 4 === 0 && !piece.endsWith("="))) return pieces.join("")
  const chunks = pieces.map((piece) => Result.getOrElse(Base64.decode(piece), () => new Uint8Array()))
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return Base64.encode(bytes)
}

const hasOther = (record: WireObject, known: ReadonlySet<string>): boolean =>
  Object.keys(record).some((key) => !known.has(key))

const annotationKeys = setOf("type url_citation url title content start_index end_index")

/**
 * The citation of an annotation, if it is one. OpenAI and OpenRouter nest the fields in `url_citation`, other servers do
 * not. `raw` is kept where the other fields cannot rebuild it.
 */
export const decodeAnnotation = (annotation: WireObject): Citation | undefined => {
  if (annotation.type !== "url_citation") return undefined
  const nested = object(annotation.url_citation)
  const fields = nested ?? annotation
  const isLossy = nested === undefined || hasOther(annotation, annotationKeys) || hasOther(nested, annotationKeys)
  return compact({
    url: text(fields.url),
    title: text(fields.title),
    citedText: text(fields.content),
    start: nonNegativeInt(fields.start_index),
    end: nonNegativeInt(fields.end_index),
    raw: isLossy ? (annotation as Json) : undefined
  })
}

/** The annotation of a citation; none for a place in a document, which this protocol cannot express. */
export const encodeAnnotation = ({ citedText, end, raw, start, title, url }: Citation): Json | undefined => {
  if (isObject(raw) && raw.type === "url_citation") return raw
  if (url === undefined) return undefined
  const fields = compact({ url, title, content: citedText, start_index: start, end_index: end })
  return { type: "url_citation", url_citation: fields }
}

const searchResultKeys = setOf("url title snippet")

/**
 * The pages that the response as a whole draws on, as Perplexity lists them: `search_results`, or `citations` where there
 * are only addresses.
 * Source: https://docs.perplexity.ai/api-reference/chat-completions-post
 */
export const decodeSources = (body: WireObject): ReadonlyArray<Citation> => {
  const results = array(body.search_results).filter(isObject)
  if (results.length === 0) {
    return array(body.citations).flatMap((url) => (typeof url === "string" ? [{ url }] : []))
  }
  return results.map((page) =>
    compact({
      url: text(page.url),
      title: text(page.title),
      citedText: text(page.snippet),
      raw: hasOther(page, searchResultKeys) ? (page as Json) : undefined
    })
  )
}

export const encodeSources = (sources: ReadonlyArray<Citation> = []): { readonly [key: string]: Json } => {
  if (sources.length === 0) return {}
  const citations = sources.flatMap(({ url }) => url ?? [])
  const isBare = sources.every(({ citedText, raw, title }) => (citedText ?? raw ?? title) === undefined)
  if (isBare) return { citations }
  return {
    citations,
    search_results: sources.map(({ citedText, raw, title, url }) =>
      isObject(raw) && raw.url === url ? raw : compact({ url, title, snippet: citedText })
    )
  }
}
