import type { Citation } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./Wire.ts"

const rebuilt = new Set(["type", "url_citation", "url", "title", "content", "start_index", "end_index"])

const foreign = (record: WireObject, known: ReadonlySet<string>): boolean =>
  Object.keys(record).some((key) => !known.has(key))

/**
 * The citation of an annotation, or none when the annotation is not one. OpenAI and OpenRouter nest the fields in
 * `url_citation`, other servers do not. `raw` is kept where these fields cannot rebuild it.
 */
export const decodeAnnotation = (annotation: WireObject): Citation | undefined => {
  if (annotation.type !== "url_citation") return undefined
  const nested = object(annotation.url_citation)
  const fields = nested ?? annotation
  return compact({
    url: text(fields.url),
    title: text(fields.title),
    citedText: text(fields.content),
    start: nonNegativeInt(fields.start_index),
    end: nonNegativeInt(fields.end_index),
    raw:
      nested === undefined || foreign(annotation, rebuilt) || foreign(nested, rebuilt)
        ? (annotation as Json)
        : undefined
  })
}

/** The annotation of a citation; none for a place in a document, for which this protocol has no word. */
export const encodeAnnotation = ({ citedText, end, raw, start, title, url }: Citation): Json | undefined => {
  if (isObject(raw) && raw.type === "url_citation") return raw
  if (url === undefined) return undefined
  const fields = compact({ url, title, content: citedText, start_index: start, end_index: end })
  return { type: "url_citation", url_citation: fields }
}

const result = new Set(["url", "title", "snippet"])

/**
 * The pages on which the answer as a whole draws, as Perplexity lists them beside the choices: `search_results`, or
 * `citations` where there are only addresses.
 * Source: https://docs.perplexity.ai/api-reference/chat-completions-post
 */
export const decodeSources = (body: WireObject): ReadonlyArray<Citation> => {
  const results = array(body.search_results).filter(isObject)
  if (results.length > 0) {
    return results.map((page) =>
      compact({
        url: text(page.url),
        title: text(page.title),
        citedText: text(page.snippet),
        raw: foreign(page, result) ? (page as Json) : undefined
      })
    )
  }
  return array(body.citations).flatMap((url) => (typeof url === "string" ? [{ url }] : []))
}

export const encodeSources = (
  sources: ReadonlyArray<Citation> | undefined
): { readonly citations?: Json; readonly search_results?: Json } => {
  if (sources === undefined || sources.length === 0) return {}
  const citations = sources.flatMap(({ url }) => (url === undefined ? [] : [url]))
  const bare = sources.every(
    ({ citedText, raw, title }) => citedText === undefined && raw === undefined && title === undefined
  )
  if (bare) return { citations }
  return {
    citations,
    search_results: sources.map(({ citedText, raw, title, url }) =>
      isObject(raw) && raw.url === url ? raw : compact({ url, title, snippet: citedText })
    )
  }
}
