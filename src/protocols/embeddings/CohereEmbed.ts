import type { EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol } from "../Protocol.ts"
import { type CallContext, type CallParameters, encoder, sent, words } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { urlOf } from "../wire/request/MediaInput.ts"
import { int, unsupported } from "../wire/request/RequestCodec.ts"
import { array, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import { toResponse, inputOf, partsOf, requireInputs, textOf, vectorOf } from "./EmbeddingCodec.ts"

export const parameters: CallParameters<EmbeddingRequest> = {
  inputs: sent,
  dimensions: int("output_dimension"),
  inputType: words("input_type", {
    query: "search_query",
    document: "search_document",
    classification: "classification",
    clustering: "clustering"
  }),
  truncate: words("truncate", { none: "NONE", start: "START", end: "END" }),
  encoding: sent,
  user: unsupported,
  serviceTier: unsupported
}

/**
 * Cohere's embed, version 2. A call holds 96 inputs.
 *
 * @see https://docs.cohere.com/reference/embed
 */
export const CohereEmbed: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id: "cohere-embed-v2",
  limits: () => ({ inputs: 96 }),
  decodeError,
  encodeRequest: encoder("cohere-embed-v2", parameters, (call) => {
    requireInputs(call)
    return { path: "/v2/embed", json: { model: call.model, ...encode(call) } }
  }),
  decodeResponse: (body, { request }) =>
    isObject(body)
      ? toResponse(vectorsOf(body, request.encoding), request, usageOf(body), body)
      : unreadable("the response is not an object"),
  decodeRequest: (body) => {
    const reader = new CallReader("cohere-embed-v2", body)
    return reader.end<EmbeddingRequest>({ model: reader.text("model"), request: read(reader) })
  }
}

const usageOf = (body: WireObject): Usage.Usage => {
  const meta = object(body.meta)
  const billed = object(meta?.billed_units) ?? {}
  const texts = nonNegativeInt(billed.input_tokens)
  const images = nonNegativeInt(billed.image_tokens)
  const inputImages = nonNegativeInt(billed.images)
  return Usage.make(
    { input: texts === undefined ? images || undefined : texts + (images ?? 0), inputImage: images, output: 0 },
    { units: inputImages ? { inputImages } : undefined, raw: meta as Json }
  )
}

/**
 * The body of Cohere's embed, which Bedrock takes too. What the vectors are for must be said: it is `search_document`
 * where the request does not.
 */
export const encode = (call: CallContext<EmbeddingRequest>): WireObject => {
  const { encoding = "float", inputs } = call.request
  const texts = inputs.every((input) => typeof input === "string") ? inputs : undefined
  const image = imageOf(inputs)
  return {
    input_type: image === undefined ? "search_document" : "image",
    embedding_types: [encoding],
    ...call.fields,
    ...(texts !== undefined
      ? { texts }
      : image !== undefined
        ? { images: [image] }
        : { inputs: inputs.map((input, at) => ({ content: contentOf(input, at, call) })) })
  }
}

/** One image and nothing else has a field of its own, the only one that version 3 of the models knows. */
const imageOf = ([input, second]: EmbeddingRequest["inputs"]): string | undefined => {
  if (input === undefined || second !== undefined || typeof input === "string" || "tokens" in input) return undefined
  const [part, more] = input.content
  return part?.type === "image" && more === undefined ? urlOf(part.data, part.mediaType) : undefined
}

const contentOf = (
  input: EmbeddingRequest["inputs"][number],
  at: number,
  call: CallContext<EmbeddingRequest>
): ReadonlyArray<Json> =>
  typeof input === "string" || "tokens" in input
    ? [{ type: "text", text: textOf(input, at, call) }]
    : partsOf(input.content, at, call)

/** The fields of the request that such a body says. */
export const read = (reader: CallReader): EmbeddingRequest => {
  const types = array(reader.take("embedding_types"))
  const texts = array(reader.take("texts")).filter((text) => typeof text === "string")
  const images = array(reader.take("images")).map((url) => ({
    content: [{ type: "image" as const, data: String(url) }]
  }))
  const inputs = array(reader.take("inputs")).flatMap((input) => inputOf(input) ?? [])
  // Of several encodings the first is read.
  if (types.length > 1) reader.keep("embedding_types", types)
  return {
    ...reader.parameters(parameters),
    inputs: [...texts, ...images, ...inputs],
    encoding: types[0] === "float" ? undefined : (types[0] as EmbeddingRequest["encoding"])
  }
}

/** The vectors of a response: by encoding, or a plain list. */
export const vectorsOf = (body: WireObject, encoding: EmbeddingRequest["encoding"]) =>
  array(object(body.embeddings)?.[encoding ?? "float"] ?? body.embeddings).map((vector) => vectorOf(vector, encoding))
