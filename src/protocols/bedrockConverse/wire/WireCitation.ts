import type { Citation } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./Wire.ts"

/**
 * A citation, whole or as a stream says it. Its places are places in the source, so they stay in `raw`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html
 */
export const decodeCitation = (citation: WireObject): Citation => {
  const location = object(citation.location) ?? {}
  const place = Object.values(location).find(isObject) ?? {}
  const source = text(citation.source)
  const cited = array(citation.sourceContent).flatMap((content) => text(object(content)?.text) ?? [])
  return compact({
    url: text(place.url) ?? (source !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : undefined),
    title: text(citation.title) ?? text(place.domain),
    citedText: cited.length === 0 ? undefined : cited.join(""),
    documentIndex: nonNegativeInt(place.documentIndex) ?? nonNegativeInt(place.searchResultIndex),
    raw: citation as Json
  })
}

/** The provider's own object, or none where another protocol made the citation. */
export const ownCitation = ({ raw }: Citation): WireObject | undefined =>
  isObject(raw) && raw.type === undefined && (isObject(raw.location) || Array.isArray(raw.sourceContent))
    ? raw
    : undefined

/**
 * A citation for a reader. One that another protocol made is said as a page of the web, or not at all when it names
 * none.
 */
export const encodeCitation = (citation: Citation): WireObject | undefined => {
  const own = ownCitation(citation)
  const { citedText, title, url } = citation
  if (own !== undefined || url === undefined) return own
  return compact({
    title,
    sourceContent: citedText === undefined ? undefined : [{ text: citedText }],
    location: { web: { url } }
  })
}

/** Text with its citations; without text where they stand alone. */
export const citedBlock = (text: string, citations: ReadonlyArray<WireObject>): WireObject => ({
  citationsContent: compact({ content: text === "" ? undefined : [{ text }], citations })
})
