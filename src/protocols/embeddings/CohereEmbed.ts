import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import * as CohereEmbedBody from "./CohereEmbedBody.ts"
import { answer } from "./Vectors.ts"

const id = "cohere-embed-v2"

const parameters: CallParameters<EmbeddingRequest> = {
  inputs: "sent",
  dimensions: "sent",
  inputType: "sent",
  truncate: "sent",
  encoding: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * Cohere's embed, version 2. A call holds 96 inputs.
 *
 * @see https://docs.cohere.com/reference/embed
 */
export const CohereEmbed: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: () => ({ inputs: 96 }),
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    if (request.inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    return encoder.json("/v2/embed", { model: options.model, ...CohereEmbedBody.encode(encoder) })
  },
  decodeResponse: (body, { request }) =>
    isObject(body)
      ? answer(CohereEmbedBody.vectorsOf(body, request.encoding), request, usageOf(body), body)
      : Result.fail(new ResponseParseError({ detail: "the answer is not an object" })),
  decodeRequest: (body) => {
    const reader = new CallReader(id, body)
    return reader.end<EmbeddingRequest>({ model: reader.text("model"), request: CohereEmbedBody.read(reader) })
  }
}

const usageOf = (body: WireObject): Usage.Usage => {
  const meta = object(body.meta)
  const billed = object(meta?.billed_units) ?? {}
  const texts = nonNegativeInt(billed.input_tokens)
  const images = nonNegativeInt(billed.image_tokens)
  return Usage.make(
    { input: texts === undefined ? images : texts + (images ?? 0), inputImage: images, output: 0 },
    { units: nonNegativeInt(billed.images) ? { inputImages: billed.images as number } : undefined, raw: meta as Json }
  )
}
