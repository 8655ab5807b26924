import type { ImagePart, ProviderOptions, ProviderPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { base64Of, imageUrl } from "../../wire/DataUrl.ts"
import { decodeAnnotation } from "./Annotation.ts"
import { decodeCall, isServed } from "../Items.ts"
import { decodeReasoning } from "./Reasoning.ts"
import { array, unknownFields, isObject, protocolId, text, type WireObject } from "./Wire.ts"

const messageKeys = new Set(["type", "role", "content"])
const imageKeys = new Set(["result"])

/**
 * The parts of an item of an answer. Of a call that the server answers itself: the call, and then the whole item, which
 * goes back as it came; a generated image is an image instead, with the rest of its item in its options. An item that
 * the domain has no part for is kept as it is.
 */
export const decodeItem = (item: WireObject): ReadonlyArray<AssistantPart> => {
  switch (item.type ?? "message") {
    case "message":
      if ((item.role ?? "assistant") !== "assistant") break
      return decodeMessage(item)
    case "reasoning":
      return [decodeReasoning(item)]
    default: {
      const call = decodeCall(item)
      if (call === undefined) break
      return isServed(item) ? [call, decodeImage(item) ?? providerPart(item)] : [call]
    }
  }
  return [providerPart(item)]
}

export const providerPart = (value: WireObject): ProviderPart => ({
  type: "provider",
  protocol: protocolId,
  value: value as Json
})

const decodeMessage = (item: WireObject): ReadonlyArray<AssistantPart> => {
  const { content } = item
  const options = messageOptions(item)
  const more = options === undefined ? {} : { providerOptions: options }
  if (typeof content === "string") return [{ type: "text", text: content, ...more }]
  return array(content)
    .filter(isObject)
    .flatMap((part): ReadonlyArray<AssistantPart> => {
      if (part.type === "refusal") return [{ type: "refusal", text: text(part.refusal) ?? "" }]
      if (typeof part.text !== "string") return []
      const citations = array(part.annotations).filter(isObject).map(decodeAnnotation)
      if (part.text === "" && citations.length === 0 && options === undefined) return []
      return [{ type: "text", text: part.text, ...(citations.length === 0 ? {} : { citations }), ...more }]
    })
}

/** What a message says beside its content: its id, its phase, and that it is not complete. */
export const messageOptions = (item: WireObject): ProviderOptions | undefined => {
  const options = unknownFields(item.status === "completed" ? { ...item, status: undefined } : item, messageKeys)
  return options === undefined ? undefined : { [protocolId]: options }
}

const decodeImage = (item: WireObject): ImagePart | undefined => {
  const result = text(item.result)
  if (item.type !== "image_generation_call" || result === undefined) return undefined
  const format = text(item.output_format)
  const mediaType = format === undefined ? undefined : `image/${format === "svg" ? "svg+xml" : format}`
  return {
    type: "image",
    data: mediaType === undefined ? imageUrl(result) : `data:${mediaType};base64,${result}`,
    ...(mediaType === undefined ? {} : { mediaType }),
    providerOptions: { [protocolId]: unknownFields(item, imageKeys) ?? {} }
  }
}

/** The item of a generated image; none where its bytes are not at hand. */
export const encodeImage = ({ data, mediaType }: ImagePart, options: WireObject): WireObject | undefined => {
  const image = base64Of(data, mediaType)
  return image === undefined
    ? undefined
    : { type: "image_generation_call", status: "completed", ...options, result: image.base64 }
}
