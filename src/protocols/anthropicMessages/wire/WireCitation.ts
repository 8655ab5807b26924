import type { Citation } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { compact, isObject, nonNegativeInt, text, type WireObject } from "./Wire.ts"

/**
 * A citation of any kind (`char_location`, `page_location`, `content_block_location`, `search_result_location`,
 * `web_search_result_location`, and those to come). Its places are places in the source, so they stay in `raw`.
 */
export const decodeCitation = (citation: WireObject): Citation =>
  compact({
    url: text(citation.url) ?? text(citation.source),
    title: text(citation.title) ?? text(citation.document_title),
    citedText: text(citation.cited_text),
    documentIndex: nonNegativeInt(citation.document_index),
    raw: citation as Json
  })

/**
 * The provider's own object. A citation that another protocol made is said as a web search result, or not at all when
 * it names no page; without `encrypted_index` such a citation is for readers only, and no model takes it back.
 */
export const encodeCitation = (citation: Citation): WireObject | undefined => {
  const { raw, title, url } = citation
  if (isObject(raw) && typeof raw.type === "string" && raw.type.endsWith("_location")) return raw
  if (url === undefined) return undefined
  const cited_text = citation.citedText ?? ""
  return { type: "web_search_result_location", cited_text, encrypted_index: "", title: title ?? null, url }
}

/** Whether a model takes the citation back in a later turn. */
export const isReturnable = (citation: WireObject | undefined): citation is WireObject =>
  citation !== undefined && citation.encrypted_index !== ""
