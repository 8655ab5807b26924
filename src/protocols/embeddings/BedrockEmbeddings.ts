import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import * as Usage from "../../domain/Usage.ts"
import { decodeError } from "../wire/BedrockError.ts"
import { CallEncoder } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { base64Of } from "../wire/DataUrl.ts"
import { array, compact, isObject, natural, object, type WireObject } from "../wire/Wire.ts"
import * as CohereEmbedBody from "./CohereEmbedBody.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "bedrock-invoke-embeddings"

const purposes = {
  query: "GENERIC_RETRIEVAL",
  document: "GENERIC_INDEX",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING"
} as const

const truncations = { none: "NONE", start: "START", end: "END" } as const

type Maker = "cohere" | "nova" | "titan"

const makerOf = (model: string): Maker =>
  model.includes("cohere.") ? "cohere" : /nova-.*embed/.test(model) ? "nova" : "titan"

/**
 * Embeddings on Bedrock (`InvokeModel`), in the words of the model's maker: Amazon's Titan and Nova, which take one input to
 * a call, and Cohere, which takes 96.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 * @see https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 * @since 0.1.0
 * @category protocols
 */
export const BedrockEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: (model) => ({ inputs: makerOf(model) === "cohere" ? 96 : 1 }),
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options)
    const maker = makerOf(options.model)
    if (request.inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (maker !== "cohere" && request.inputs.length > 1)
      encoder.invalid("inputs", "the model takes one input to a call")
    encoder.lacks(["user", "serviceTier"], "the model has no such parameter")
    const body =
      maker === "cohere" ? CohereEmbedBody.encode(encoder) : maker === "nova" ? nova(encoder) : titan(encoder)
    return encoder.json(`/model/${encodeURIComponent(options.model)}/invoke`, body)
  },
  decodeResponse: (body, { headers, request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    const counted = headers["x-amzn-bedrock-input-token-count"]
    const input = natural(body.inputTextTokenCount) ?? (counted === undefined ? undefined : natural(Number(counted)))
    const raw = natural(body.inputTextTokenCount) === undefined ? undefined : { inputTextTokenCount: input ?? null }
    return answer(vectorsOf(body, request), request, Usage.make({ input, output: 0 }, raw && { raw }), body)
  },
  decodeRequest: (body, model = "") => {
    const reader = new CallReader(id, body)
    const maker = makerOf(model)
    const request =
      maker === "cohere" ? CohereEmbedBody.read(reader) : maker === "nova" ? readNova(reader) : readTitan(reader)
    return reader.end<EmbeddingRequest>({ model, request })
  }
}

const titan = (encoder: CallEncoder<EmbeddingRequest>): WireObject => {
  const { dimensions, encoding, inputs } = encoder.request
  const [input = ""] = inputs
  encoder.lacks(["inputType", "truncate"], "the model has no such parameter")
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
  return {
    inputText: texts.length === 0 ? undefined : textOf({ content: texts }, 0, encoder),
    inputImage: base64(image, encoder),
    embeddingConfig: dimensions === undefined ? undefined : { outputEmbeddingLength: dimensions }
  }
}

type Part = Extract<EmbeddingRequest["inputs"][number], { readonly content: unknown }>["content"][number]
type Image = Extract<Part, { readonly type: "image" }>

const isImage = (part: Part): part is Image => part.type === "image"

const base64 = (
  { data, mediaType }: Exclude<Part, { readonly type: "text" }>,
  encoder: CallEncoder<EmbeddingRequest>
) => {
  const inline = base64Of(data, mediaType)
  if (inline === undefined) encoder.unsupported("inputs", "inputs[0]: the model takes bytes only")
  return inline?.base64 ?? ""
}

const nova = (encoder: CallEncoder<EmbeddingRequest>): WireObject => {
  const { dimensions, encoding, inputs, inputType, truncate } = encoder.request
  const [input = ""] = inputs
  if (encoding !== undefined && encoding !== "float") encoder.unsupported("encoding", "the model gives floats only")
  const parts = typeof input === "string" || "tokens" in input ? undefined : input.content
  const media = parts?.find((part) => part.type !== "text")
  if (media !== undefined && parts !== undefined && parts.length > 1) {
    encoder.unsupported("inputs", "inputs[0]: the model takes one text, image or recording")
  }
  const format = media?.mediaType?.split("/")[1]
  const content =
    media === undefined
      ? {
          text: {
            truncationMode: encoder.word("truncate", truncate, truncations) ?? "NONE",
            value: textOf(input, 0, encoder)
          }
        }
      : {
          [media.type === "file" ? "video" : media.type]: {
            format: format === "mpeg" && media.type === "audio" ? "mp3" : format,
            source: { bytes: base64(media, encoder) }
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

const readTitan = (reader: CallReader): EmbeddingRequest => {
  const text = reader.take("inputText")
  const image = reader.take("inputImage")
  const config = object(reader.take("embeddingConfig"))
  const images = typeof image === "string" ? [{ type: "image" as const, data: `data:;base64,${image}` }] : []
  const texts = typeof text === "string" ? [{ type: "text" as const, text }] : []
  return {
    inputs: [images.length === 0 ? String(text) : { content: [...texts, ...images] }],
    dimensions: natural(reader.take("dimensions")) ?? natural(config?.outputEmbeddingLength),
    encoding: array(reader.take("embeddingTypes"))[0] as EmbeddingRequest["encoding"]
  }
}

const readNova = (reader: CallReader): EmbeddingRequest => {
  reader.take("taskType")
  const params = object(reader.take("singleEmbeddingParams")) ?? {}
  const text = object(params.text)
  const words = new CallReader(id, { ...params, ...text })
  const media = (["image", "audio", "video"] as const).flatMap((kind) => {
    const { format, source } = object(params[kind]) ?? {}
    const bytes = object(source)?.bytes
    if (typeof bytes !== "string") return []
    const mediaType = `${kind}/${String(format)}`
    return [{ type: kind === "video" ? ("file" as const) : kind, data: `data:${mediaType};base64,${bytes}`, mediaType }]
  })
  if (text === undefined && media.length === 0) reader.invalid("singleEmbeddingParams", "a text or bytes are expected")
  return {
    inputs: [text === undefined ? { content: media } : String(text.value)],
    dimensions: natural(params.embeddingDimension),
    inputType: words.word("embeddingPurpose", purposes),
    truncate: words.word("truncationMode", truncations)
  }
}

const vectorsOf = (body: WireObject, { encoding }: EmbeddingRequest) => {
  const byType = object(body.embeddingsByType)?.[encoding ?? "float"]
  if (body.embedding !== undefined || byType !== undefined) return [vectorOf(byType ?? body.embedding, encoding)]
  const [first] = array(body.embeddings)
  return isObject(first)
    ? array(body.embeddings).map((item) => vectorOf(object(item)?.embedding))
    : CohereEmbedBody.vectorsOf(body, encoding)
}
