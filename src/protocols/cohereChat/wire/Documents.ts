import type { FilePart } from "../../../domain/ContentPart.ts"
import { textOf } from "../../wire/DataUrl.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"

const known = new Set(["data"])
const knownInData = new Set(["text", "title"])

/**
 * A document that the model draws on and cites; none where it is not plain text.
 * Source: https://docs.cohere.com/docs/documents-and-citations
 */
export const encodeDocument = (part: FilePart, provider: string): WireObject | undefined => {
  const said = textOf(part)
  if (said === undefined) return undefined
  const title = part.title ?? part.fileName
  const data = compact({ title, context: part.context, text: said })
  return withOptions({ data }, part.providerOptions, protocolId, provider)
}

/** A document of text, or none where it is of other fields. */
export const decodeDocument = (document: unknown): FilePart | undefined => {
  if (typeof document === "string") return { type: "file", data: { text: document } }
  const data = isObject(document) ? (object(document.data) ?? document.data) : undefined
  if (!isObject(document) || data === undefined) return undefined
  if (typeof data === "string") {
    const options = { ...unknownFields(document, known), data }
    return { type: "file", data: { text: data }, providerOptions: { [protocolId]: options } }
  }
  const fields = object(data) ?? {}
  const said = text(fields.text)
  if (said === undefined) return undefined
  const inside = unknownFields(fields, knownInData)
  const options = { ...unknownFields(document, known), ...(inside === undefined ? {} : { data: inside }) }
  return compact({
    type: "file",
    data: { text: said },
    title: text(fields.title),
    providerOptions: Object.keys(options).length === 0 ? undefined : { [protocolId]: options }
  })
}
