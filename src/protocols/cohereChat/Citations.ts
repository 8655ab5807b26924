import type { Citation } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

/**
 * A citation: `start` and `end` are its place in the text as Cohere counts; of several sources it names the first, and
 * all of them are in `raw`.
 * Source: https://docs.cohere.com/docs/documents-and-citations
 */
export const decodeCitation = (citation: WireObject): Citation => {
  const source = array(citation.sources).find(isObject) ?? {}
  const content = object(source.document) ?? object(source.tool_output) ?? {}
  return compact({
    url: text(content.url),
    title: text(content.title),
    citedText: text(content.text) ?? text(content.snippet) ?? text(content.content),
    start: nonNegativeInt(citation.start),
    end: nonNegativeInt(citation.end),
    raw: citation as Json
  })
}

/**
 * The provider's own object, or one for a citation of another protocol; none where its place is not known. `index` is
 * that of its block.
 */
export const encodeCitation = (citation: Citation, said: string, index: number | undefined): WireObject | undefined => {
  const { citedText, end, raw, start, title, url } = citation
  const place = compact({ content_index: index })
  if (isObject(raw) && Array.isArray(raw.sources)) return { ...raw, ...place }
  if (start === undefined || end === undefined) return undefined
  const document = compact({ id: url ?? "", url, title, text: citedText })
  return {
    start,
    end,
    text: said.slice(start, end),
    sources: [{ type: "document", id: url ?? "", document }],
    type: "TEXT_CONTENT",
    ...place
  }
}

/** The block of the answer that a citation is about; none where it is about a plan. */
export const isOfText = (citation: WireObject): boolean => (text(citation.type) ?? "TEXT_CONTENT") === "TEXT_CONTENT"
