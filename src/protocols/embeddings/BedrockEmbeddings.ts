import type { EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import * as Usage from "../../domain/Usage.ts"
import { decodeError } from "../bedrockConverse/Errors.ts"
import type { CallProtocol } from "../Protocol.ts"
import { type CallContext, type CallParameters, encoder, sent, words } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { int, unsupported } from "../wire/request/RequestCodec.ts"
import { base64Of } from "../wire/request/MediaInput.ts"
import {
  array,
  compact,
  isObject,
  nonNegativeInt,
  object,
  setOf,
  text,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import * as CohereEmbed from "./CohereEmbed.ts"
import { toResponse, requireInputs, textOf, vectorOf } from "./EmbeddingCodec.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const id = "bedrock-invoke-embeddings"

type Call = CallContext<EmbeddingRequest>

/** Where the dimensions stand depends on the input. */
const titanParameters: CallParameters<EmbeddingRequest> = {
  inputs: sent,
  dimensions: sent,
  inputType: unsupported,
  truncate: unsupported,
  encoding: sent,
  user: unsupported,
  serviceTier: unsupported
}

const novaParameters: CallParameters<EmbeddingRequest> = {
  ...titanParameters,
  dimensions: int("embeddingDimension"),
  inputType: words("embeddingPurpose", {
    query: "GENERIC_RETRIEVAL",
    document: "GENERIC_INDEX",
    classification: "CLASSIFICATION",
    clustering: "CLUSTERING"
  }),
  truncate: words("truncationMode", { none: "NONE", start: "START", end: "END" })
}

type Maker = "cohere" | "nova" | "titan"

const makerOf = (model: string): Maker =>
  model.includes("cohere.") ? "cohere" : /nova-/.test(model) && model.includes("embed") ? "nova" : "titan"

/** The name of an inference profile may not contain the maker, which the body shows. */
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
  encodeRequest: encoder(
    id,
    (model) => makers[makerOf(model)].parameters,
    (call) => {
      const { encode, isSingle } = makers[makerOf(call.model)]
      requireInputs(call)
      if (isSingle && call.request.inputs.length > 1) call.invalid("inputs", "the model accepts one input per call")
      return { path: `/model/${encodeURIComponent(call.model)}/invoke`, json: encode(call) }
    }
  ),
  decodeResponse: (body, { headers, request }) => {
    if (!isObject(body)) return unreadable("the response is not an object")
    const counted = headers["x-amzn-bedrock-input-token-count"]
    const input =
      nonNegativeInt(body.inputTextTokenCount) ?? (counted === undefined ? undefined : nonNegativeInt(Number(counted)))
    const raw =
      nonNegativeInt(body.inputTextTokenCount) === undefined ? undefined : { inputTextTokenCount: input ?? null }
    return toResponse(vectorsOf(body, request), request, Usage.make({ input, output: 0 }, raw && { raw }), body)
  },
  decodeRequest: (body, model = "") => {
    const reader = new CallReader(id, body)
    return reader.end<EmbeddingRequest>({ model, request: makers[writerOf(body, model)].read(reader) })
  }
}

const titan = (call: Call): WireObject => {
  const { dimensions, encoding, inputs } = call.request
  const [input = ""] = inputs
  if (encoding !== undefined && encoding !== "float" && encoding !== "binary") {
    call.unsupported("encoding", "the model returns floats and bits only")
  }
  const image = typeof input === "string" || "tokens" in input ? undefined : input.content.find(isImage)
  if (image === undefined || typeof input === "string" || "tokens" in input) {
    return {
      inputText: textOf(input, 0, call),
      dimensions,
      embeddingTypes: encoding === undefined ? undefined : [encoding]
    }
  }
  const texts = input.content.filter((part) => part !== image)
  if (encoding === "binary") call.unsupported("encoding", "the model returns only floats for an image")
  return {
    inputText: texts.length === 0 ? undefined : textOf({ content: texts }, 0, call),
    inputImage: base64(image, call),
    embeddingConfig: dimensions === undefined ? undefined : { outputEmbeddingLength: dimensions }
  }
}

type Part = Extract<EmbeddingRequest["inputs"][number], { readonly content: unknown }>["content"][number]
type Image = Extract<Part, { readonly type: "image" }>

const isImage = (part: Part): part is Image => part.type === "image"

type Media = Exclude<Part, { readonly type: "text" }>

const base64 = ({ data, mediaType }: Media, call: Call) => {
  const inline = base64Of(data, mediaType)
  if (inline === undefined) call.refuse("inputs", "inputs[0]: the model accepts bytes only")
  return inline?.base64 ?? ""
}

const nova = (call: Call): WireObject => {
  const { encoding, inputs } = call.request
  const { truncationMode = "NONE", ...fields } = call.fields
  const [input = ""] = inputs
  if (encoding !== undefined && encoding !== "float") call.unsupported("encoding", "the model returns floats only")
  const parts = typeof input === "string" || "tokens" in input ? undefined : input.content
  const media = parts?.find((part) => part.type !== "text")
  if (media !== undefined && parts !== undefined && parts.length > 1) {
    call.refuse("inputs", "inputs[0]: the model accepts one text, image or recording")
  }
  const format = media?.mediaType?.split("/")[1]
  const content =
    media === undefined
      ? { text: { truncationMode, value: textOf(input, 0, call) } }
      : media.mediaType?.startsWith("text/") === true
        ? { text: { truncationMode, source: sourceOf(media, call) } }
        : {
            [media.type === "file" ? "video" : media.type]: {
              format: format === "mpeg" && media.type === "audio" ? "mp3" : format,
              source: sourceOf(media, call)
            }
          }
  return {
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: compact({
      embeddingPurpose: "GENERIC_INDEX",
      ...fields,
      ...content
    })
  }
}

/** Bytes, or the address of a file in S3. */
const sourceOf = (media: Media, call: Call): WireObject =>
  typeof media.data === "string" && media.data.startsWith("s3://")
    ? { s3Location: { uri: media.data } }
    : { bytes: base64(media, call) }

const readTitan = (reader: CallReader): EmbeddingRequest => {
  const inputText = reader.take("inputText")
  const image = reader.take("inputImage")
  const config = object(reader.take("embeddingConfig"))
  const images = typeof image === "string" ? [{ type: "image" as const, data: `data:;base64,${image}` }] : []
  const texts = typeof inputText === "string" ? [{ type: "text" as const, text: inputText }] : []
  const types = array(reader.take("embeddingTypes"))
  if (types.length > 1) reader.keep("embeddingTypes", types)
  return {
    inputs: [images.length === 0 ? String(inputText) : { content: [...texts, ...images] }],
    dimensions: nonNegativeInt(reader.take("dimensions")) ?? nonNegativeInt(config?.outputEmbeddingLength),
    encoding: types[0] as EmbeddingRequest["encoding"]
  }
}

const readNova = (reader: CallReader): EmbeddingRequest => {
  reader.take("taskType")
  const params = new CallReader(id, reader.take("singleEmbeddingParams"))
  const textReader = new CallReader(id, params.take("text") ?? {})
  const value = textReader.take("value")
  const media = (["text", "image", "audio", "video"] as const).flatMap((kind) => {
    const inner = kind === "text" ? textReader : new CallReader(id, params.take(kind) ?? {})
    const format = inner.take("format")
    const { bytes, s3Location } = object(inner.take("source")) ?? {}
    const place = object(s3Location)
    const owner = place && unknownFields(place, setOf("uri"))
    if (owner !== undefined) inner.keep("source", { s3Location: owner })
    if (kind !== "text") params.keep(kind, inner.rest)
    const mediaType = kind === "text" ? "text/plain" : `${kind}/${String(format)}`
    const data = text(place?.uri) ?? (typeof bytes === "string" ? `data:${mediaType};base64,${bytes}` : "")
    const type = kind === "text" || kind === "video" ? ("file" as const) : kind
    return data === "" ? [] : [{ type, data, mediaType }]
  })
  if (typeof value !== "string" && media.length === 0) {
    reader.invalid("singleEmbeddingParams", "expected a text, bytes or an S3 location")
  }
  const request: EmbeddingRequest = {
    ...params.parameters({ dimensions: novaParameters.dimensions, inputType: novaParameters.inputType }),
    ...textReader.parameters({ truncate: novaParameters.truncate }),
    inputs: [typeof value === "string" ? value : { content: media }]
  }
  params.keep("text", textReader.rest)
  reader.keep("singleEmbeddingParams", params.rest)
  return request
}

const vectorsOf = (body: WireObject, { encoding }: EmbeddingRequest) => {
  const byType = object(body.embeddingsByType)?.[encoding ?? "float"]
  if (body.embedding !== undefined || byType !== undefined) return [vectorOf(byType ?? body.embedding, encoding)]
  const [first] = array(body.embeddings)
  return isObject(first)
    ? array(body.embeddings).map((item) => vectorOf(object(item)?.embedding))
    : CohereEmbed.vectorsOf(body, encoding)
}

/** The codec of each maker's models. */
const makers: {
  readonly [M in Maker]: {
    readonly parameters: CallParameters<EmbeddingRequest>
    readonly isSingle: boolean
    readonly encode: (call: Call) => WireObject
    readonly read: (reader: CallReader) => EmbeddingRequest
  }
} = {
  cohere: { parameters: CohereEmbed.parameters, isSingle: false, encode: CohereEmbed.encode, read: CohereEmbed.read },
  nova: { parameters: novaParameters, isSingle: true, encode: nova, read: readNova },
  titan: { parameters: titanParameters, isSingle: true, encode: titan, read: readTitan }
}
