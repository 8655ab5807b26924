import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import * as Usage from "../../domain/Usage.ts"
import { decodeError } from "../wire/BedrockError.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { base64Of } from "../wire/MediaInput.ts"
import {
  array,
  unknownFields,
  compact,
  isObject,
  nonNegativeInt,
  object,
  text,
  type WireObject
} from "../wire/WireObject.ts"
import * as CohereEmbedBody from "./CohereEmbedBody.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "bedrock-invoke-embeddings"

const parameters: CallParameters<EmbeddingRequest> = {
  inputs: "sent",
  dimensions: "sent",
  inputType: "sent",
  truncate: "sent",
  encoding: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

const titanParameters: CallParameters<EmbeddingRequest> = {
  ...parameters,
  inputType: "unsupported",
  truncate: "unsupported"
}

const purposes = {
  query: "GENERIC_RETRIEVAL",
  document: "GENERIC_INDEX",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING"
} as const

const truncations = { none: "NONE", start: "START", end: "END" } as const

type Maker = "cohere" | "nova" | "titan"

const makerOf = (model: string): Maker =>
  model.includes("cohere.") ? "cohere" : /nova-/.test(model) && model.includes("embed") ? "nova" : "titan"

/** The name of an inference profile need not tell the maker; the body does. */
const writerOf = (body: unknown, model: string): Maker =>
  !isObject(body) || "inputText" in body || "inputImage" in body
    ? makerOf(model)
    : "singleEmbeddingParams" in body
      ? "nova"
      : "cohere"

/**
 * Embeddings on Bedrock (`InvokeModel`), in the words of the model's maker: Amazon's Titan and Nova, which take one input to
 * a call, and Cohere, which takes 96.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 * @see https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 */
export const BedrockEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: (model) => ({ inputs: makerOf(model) === "cohere" ? 96 : 1 }),
  decodeError,
  encodeRequest: (request, options) => {
    const maker = makerOf(options.model)
    const encoder = new CallEncoder(id, request, options, maker === "titan" ? titanParameters : parameters)
    if (request.inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (maker !== "cohere" && request.inputs.length > 1)
      encoder.invalid("inputs", "the model takes one input to a call")
    const body =
      maker === "cohere" ? CohereEmbedBody.encode(encoder) : maker === "nova" ? nova(encoder) : titan(encoder)
    return encoder.json(`/model/${encodeURIComponent(options.model)}/invoke`, body)
  },
  decodeResponse: (body, { headers, request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    const counted = headers["x-amzn-bedrock-input-token-count"]
    const input =
      nonNegativeInt(body.inputTextTokenCount) ?? (counted === undefined ? undefined : nonNegativeInt(Number(counted)))
    const raw =
      nonNegativeInt(body.inputTextTokenCount) === undefined ? undefined : { inputTextTokenCount: input ?? null }
    return answer(vectorsOf(body, request), request, Usage.make({ input, output: 0 }, raw && { raw }), body)
  },
  decodeRequest: (body, model = "") => {
    const reader = new CallReader(id, body)
    const maker = writerOf(body, model)
    const request =
      maker === "cohere" ? CohereEmbedBody.read(reader) : maker === "nova" ? readNova(reader) : readTitan(reader)
    return reader.end<EmbeddingRequest>({ model, request })
  }
}

const titan = (encoder: CallEncoder<EmbeddingRequest>): WireObject => {
  const { dimensions, encoding, inputs } = encoder.request
  const [input = ""] = inputs
  if (encoding !== undefined && encoding !== "float" && encoding !== "binary") {
    encoder.unsupported("encoding", "the model gives floats and bits only")
  }
  const image = typeof input === "string" || "tokens" in input ? undefined : input.content.find(isImage)
  if (image === undefined || typeof input === "string" || "tokens" in input) {
    return {
      inputText: textOf(input, 0, encoder),
      dimensions,
      embeddingTypes: encoding === undefined ? undefined : [encoding]
    }
  }
  const texts = input.content.filter((part) => part !== image)
  if (encoding === "binary") encoder.unsupported("encoding", "the model gives floats only of an image")
  return {
    inputText: texts.length === 0 ? undefined : textOf({ content: texts }, 0, encoder),
    inputImage: base64(image, encoder),
    embeddingConfig: dimensions === undefined ? undefined : { outputEmbeddingLength: dimensions }
  }
}

type Part = Extract<EmbeddingRequest["inputs"][number], { readonly content: unknown }>["content"][number]
type Image = Extract<Part, { readonly type: "image" }>

const isImage = (part: Part): part is Image => part.type === "image"

type Media = Exclude<Part, { readonly type: "text" }>

const base64 = ({ data, mediaType }: Media, encoder: CallEncoder<EmbeddingRequest>) => {
  const inline = base64Of(data, mediaType)
  if (inline === undefined) encoder.refuse("inputs", "inputs[0]: the model takes bytes only")
  return inline?.base64 ?? ""
}

const nova = (encoder: CallEncoder<EmbeddingRequest>): WireObject => {
  const { dimensions, encoding, inputs, inputType, truncate } = encoder.request
  const [input = ""] = inputs
  if (encoding !== undefined && encoding !== "float") encoder.unsupported("encoding", "the model gives floats only")
  const parts = typeof input === "string" || "tokens" in input ? undefined : input.content
  const media = parts?.find((part) => part.type !== "text")
  if (media !== undefined && parts !== undefined && parts.length > 1) {
    encoder.refuse("inputs", "inputs[0]: the model takes one text, image or recording")
  }
  const format = media?.mediaType?.split("/")[1]
  const truncationMode = encoder.word("truncate", truncate, truncations) ?? "NONE"
  const content =
    media === undefined
      ? { text: { truncationMode, value: textOf(input, 0, encoder) } }
      : media.mediaType?.startsWith("text/") === true
        ? { text: { truncationMode, source: sourceOf(media, encoder) } }
        : {
            [media.type === "file" ? "video" : media.type]: {
              format: format === "mpeg" && media.type === "audio" ? "mp3" : format,
              source: sourceOf(media, encoder)
            }
          }
  return {
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: compact({
      embeddingPurpose: encoder.word("inputType", inputType, purposes) ?? "GENERIC_INDEX",
      embeddingDimension: dimensions,
      ...content
    })
  }
}

/** Bytes, or the address of a file in S3. */
const sourceOf = (media: Media, encoder: CallEncoder<EmbeddingRequest>): WireObject =>
  typeof media.data === "string" && media.data.startsWith("s3://")
    ? { s3Location: { uri: media.data } }
    : { bytes: base64(media, encoder) }

const readTitan = (reader: CallReader): EmbeddingRequest => {
  const words = reader.take("inputText")
  const image = reader.take("inputImage")
  const config = object(reader.take("embeddingConfig"))
  const images = typeof image === "string" ? [{ type: "image" as const, data: `data:;base64,${image}` }] : []
  const texts = typeof words === "string" ? [{ type: "text" as const, text: words }] : []
  const types = array(reader.take("embeddingTypes"))
  if (types.length > 1) reader.keep("embeddingTypes", types)
  return {
    inputs: [images.length === 0 ? String(words) : { content: [...texts, ...images] }],
    dimensions: nonNegativeInt(reader.take("dimensions")) ?? nonNegativeInt(config?.outputEmbeddingLength),
    encoding: types[0] as EmbeddingRequest["encoding"]
  }
}

const readNova = (reader: CallReader): EmbeddingRequest => {
  reader.take("taskType")
  const params = new CallReader(id, reader.take("singleEmbeddingParams"))
  const words = new CallReader(id, params.take("text") ?? {})
  const value = words.take("value")
  const media = (["text", "image", "audio", "video"] as const).flatMap((kind) => {
    const inner = kind === "text" ? words : new CallReader(id, params.take(kind) ?? {})
    const format = inner.take("format")
    const { bytes, s3Location } = object(inner.take("source")) ?? {}
    const place = object(s3Location)
    const owner = place && unknownFields(place, new Set(["uri"]))
    if (owner !== undefined) inner.keep("source", { s3Location: owner })
    if (kind !== "text") params.keep(kind, inner.rest)
    const mediaType = kind === "text" ? "text/plain" : `${kind}/${String(format)}`
    const data = text(place?.uri) ?? (typeof bytes === "string" ? `data:${mediaType};base64,${bytes}` : "")
    const type = kind === "text" || kind === "video" ? ("file" as const) : kind
    return data === "" ? [] : [{ type, data, mediaType }]
  })
  if (typeof value !== "string" && media.length === 0) {
    reader.invalid("singleEmbeddingParams", "a text, bytes or a place in S3 are expected")
  }
  const request: EmbeddingRequest = {
    inputs: [typeof value === "string" ? value : { content: media }],
    dimensions: nonNegativeInt(params.take("embeddingDimension")),
    inputType: params.word("embeddingPurpose", purposes),
    truncate: words.word("truncationMode", truncations)
  }
  params.keep("text", words.rest)
  reader.keep("singleEmbeddingParams", params.rest)
  return request
}

const vectorsOf = (body: WireObject, { encoding }: EmbeddingRequest) => {
  const byType = object(body.embeddingsByType)?.[encoding ?? "float"]
  if (body.embedding !== undefined || byType !== undefined) return [vectorOf(byType ?? body.embedding, encoding)]
  const [first] = array(body.embeddings)
  return isObject(first)
    ? array(body.embeddings).map((item) => vectorOf(object(item)?.embedding))
    : CohereEmbedBody.vectorsOf(body, encoding)
}
