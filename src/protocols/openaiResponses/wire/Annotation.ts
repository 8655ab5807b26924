import type { Citation } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { compact, isObject, nonNegativeInt, text, type WireObject } from "./Wire.ts"

const rebuilt = new Set(["type", "url", "title", "start_index", "end_index"])

const places = new Set(["url_citation", "file_citation", "container_file_citation", "file_path"])

/**
 * The citation of an annotation, of whatever type; `raw` is the annotation itself where the other fields cannot
 * rebuild it.
 */
export const decodeAnnotation = (annotation: WireObject): Citation => {
  const { end_index, filename, index, start_index, title, type, url } = annotation
  const whole = type === "url_citation" && rebuilt.size === Object.keys(annotation).length
  return compact({
    url: text(url),
    title: text(title) ?? text(filename),
    documentIndex: type === "file_citation" ? nonNegativeInt(index) : undefined,
    start: nonNegativeInt(start_index),
    end: nonNegativeInt(end_index),
    raw:
      whole && Object.keys(annotation).every((key) => rebuilt.has(key) && annotation[key] !== "")
        ? undefined
        : (annotation as Json)
  })
}

/** The annotation of a citation in a text of some length; none for a place in a document of another protocol. */
export const encodeAnnotation = (
  { end, raw, start, title, url }: Citation,
  length: number
): { readonly [key: string]: Json } | undefined => {
  if (isObject(raw) && places.has(String(raw.type)) && raw.url_citation === undefined) {
    return raw as { readonly [key: string]: Json }
  }
  return url === undefined
    ? undefined
    : { type: "url_citation", url, title: title ?? "", start_index: start ?? 0, end_index: end ?? length }
}
