import type { Json } from "../../domain/Json.ts"
import type { EmbeddingInput, EmbeddingRequest } from "../../domain/Embedding.ts"
import type { CallContext } from "../wire/CallCodec.ts"
import { base64Of, urlOf } from "../wire/MediaInput.ts"
import { array, object } from "../wire/WireObject.ts"

type Call = CallContext<EmbeddingRequest>

export const requireInputs = (call: Call): void => {
  if (call.request.inputs.length === 0) call.invalid("inputs", "there is nothing to embed")
}

export const requireFloats = (call: Call): void => {
  const { encoding = "float" } = call.request
  if (encoding !== "float") call.unsupported("encoding", "the provider gives floats only")
}

/** The text of an input where it is nothing else; anything else is refused. */
export const textOf = (input: EmbeddingInput, at: number, call: Call): string => {
  if (typeof input === "string") return input
  if ("tokens" in input) {
    call.refuse("inputs", `inputs[${at}]: the provider takes texts, not tokens`)
    return ""
  }
  const texts = input.content.flatMap((part) => (part.type === "text" ? [part.text] : []))
  if (texts.length < input.content.length) {
    const other = input.content.find((part) => part.type !== "text")?.type
    call.refuse("inputs", `inputs[${at}]: the provider takes texts, no ${other}`)
  }
  return texts.join("\n\n")
}

type Content = Extract<EmbeddingInput, { readonly content: unknown }>["content"]

/**
 * The parts of an input: texts, and images by their address or, in Voyage's style, in a field that says that the bytes are
 * in it.
 */
export const partsOf = (
  content: Content,
  at: number,
  call: Call,
  style: "openai" | "voyage" = "openai"
): ReadonlyArray<Json> =>
  content.map((part): Json => {
    if (part.type === "text") return { type: "text", text: part.text }
    const url = part.type === "image" ? urlOf(part.data, part.mediaType) : undefined
    if (url === undefined) call.refuse("inputs", `inputs[${at}]: the provider takes texts and images only`)
    if (style === "openai") return { type: "image_url", image_url: { url: url ?? "" } }
    return base64Of(part.data, part.mediaType) === undefined
      ? { type: "image_url", image_url: url ?? "" }
      : { type: "image_base64", image_base64: url ?? "" }
  })

/**
 * The input that is written so, in either style, or in Jina's as `{ text }` or `{ image }`; none where it is something
 * else.
 */
export const inputOf = (u: unknown): EmbeddingInput | undefined => {
  const { content, image, text } = object(u) ?? {}
  if (typeof text === "string") return { content: [{ type: "text", text }] }
  if (typeof image === "string") {
    return { content: [{ type: "image", data: /^(?:data|https?):/.test(image) ? image : `data:;base64,${image}` }] }
  }
  if (!Array.isArray(content)) return undefined
  return {
    content: array(content).map((u) => {
      const { image_base64: bytes, image_url: image, text } = object(u) ?? {}
      if (typeof text === "string") return { type: "text", text }
      return { type: "image", data: String(bytes ?? object(image)?.url ?? image) }
    })
  }
}
