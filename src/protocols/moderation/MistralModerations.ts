import type { ModerationRequest } from "../../domain/ModerationRequest.ts"
import type { ModerationResponse } from "../../domain/ModerationResponse.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array } from "../wire/WireObject.ts"
import { decode } from "./ModerationAnswer.ts"

const id = "mistral-moderations"

const parameters: CallParameters<ModerationRequest> = {
  inputs: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * Mistral's moderations, of texts. It judges categories only: an input is flagged where one of them holds.
 *
 * @see https://docs.mistral.ai/api/endpoint/classifiers
 */
export const MistralModerations: CallProtocol<ModerationRequest, ModerationResponse> = {
  id,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    const { inputs } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to judge")
    return encoder.json("/moderations", {
      model: options.model,
      input: inputs.map((input, at) => {
        if (typeof input === "string") return input
        const texts = input.content.flatMap((part) => (part.type === "text" ? [part.text] : []))
        if (texts.length < input.content.length) {
          encoder.refuse("inputs", `inputs[${at}]: the provider takes texts, no images`)
        }
        return texts.join("\n\n")
      })
    })
  },
  decodeResponse: (body, { request }) => decode(body, request),
  decodeRequest: (body) => {
    const reader = new CallReader(id, body)
    const input = reader.take("input")
    const inputs = (typeof input === "string" ? [input] : array(input)).filter((text) => typeof text === "string")
    if (inputs.length === 0) reader.invalid("input", "a text or a list of texts is expected")
    return reader.end<ModerationRequest>({ model: reader.text("model"), request: { inputs } })
  }
}
