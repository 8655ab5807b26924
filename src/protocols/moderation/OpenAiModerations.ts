import type { Json } from "../../domain/Json.ts"
import type { ModerationInput, ModerationRequest } from "../../domain/ModerationRequest.ts"
import type { ModerationResponse } from "../../domain/ModerationResponse.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { urlOf } from "../wire/MediaInput.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array, object } from "../wire/WireObject.ts"
import { decode } from "./ModerationAnswer.ts"

const id = "openai-moderations"

const parameters: CallParameters<ModerationRequest> = {
  inputs: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * OpenAI's moderations: several texts, or one input of texts and images together.
 *
 * @see https://platform.openai.com/docs/api-reference/moderations/create
 */
export const OpenAiModerations: CallProtocol<ModerationRequest, ModerationResponse> = {
  id,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    const { inputs } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to judge")
    if (inputs.length > 1 && inputs.some((input) => typeof input !== "string")) {
      encoder.refuse("inputs", "the provider takes one input with images to a call")
    }
    const [first] = inputs
    return encoder.json("/moderations", {
      model: options.model,
      input: typeof first === "object" ? partsOf(first, encoder) : inputs.filter((input) => typeof input === "string")
    })
  },
  decodeResponse: (body, { request }) => decode(body, request),
  decodeRequest: (body) => {
    const reader = new CallReader(id, body)
    const input = reader.take("input")
    const texts = (typeof input === "string" ? [input] : array(input)).filter((text) => typeof text === "string")
    const content = array(input).flatMap(partOf)
    if (texts.length === 0 && content.length === 0) reader.invalid("input", "a text or a list of inputs is expected")
    return reader.end<ModerationRequest>({
      model: String(reader.take("model") ?? "omni-moderation-latest"),
      request: { inputs: content.length > 0 ? [{ content }] : texts }
    })
  }
}

type Content = Extract<ModerationInput, { readonly content: unknown }>

const partsOf = ({ content }: Content, encoder: CallEncoder<ModerationRequest>): Json =>
  content.map((part): Json => {
    if (part.type === "text") return { type: "text", text: part.text }
    const url = urlOf(part.data, part.mediaType)
    if (url === undefined) encoder.refuse("inputs", "the provider takes images by URL or bytes")
    return { type: "image_url", image_url: { url: url ?? "" } }
  })

const partOf = (u: unknown): Content["content"] => {
  const { image_url: image, text } = object(u) ?? {}
  const url = object(image)?.url
  return typeof text === "string"
    ? [{ type: "text", text }]
    : typeof url === "string"
      ? [{ type: "image", data: url }]
      : []
}
