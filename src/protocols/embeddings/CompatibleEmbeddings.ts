import * as Result from "effect/Result"
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { InvalidRequestError } from "../../domain/CallErrors.ts"
import { ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallLimits, CallProtocol, CallServer, DecodedCall, ProviderFailure } from "../Protocol.ts"

import { type CallContext, type CallParameters, encoder, sent, sentAs, words, wordsOf } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { base64Of, urlOf } from "../wire/request/MediaInput.ts"
import { reportedCost } from "../wire/response/Usage.ts"
import { int, string, unsupported } from "../wire/request/RequestCodec.ts"
import { array, holdsError, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import {
  inputOf,
  partsOf,
  requireFloats,
  requireInputs,
  textOf,
  toBase64,
  toResponse,
  vectorOf
} from "./EmbeddingCodec.ts"

/** How servers of OpenAI's embeddings API differ. */
interface EmbeddingDialect {
  readonly id: string
  /** Default `/embeddings`. */
  readonly path?: string | undefined
  /** Default `input`. */
  readonly inputs?: string | undefined
  /** What differs from OpenAI's. Where `encoding` is `sent`, there are floats only. */
  readonly parameters?: Partial<CallParameters<EmbeddingRequest>> | undefined
  /** Whether vectors are requested as floats in Base64, which is a quarter of the size. */
  readonly base64?: boolean | undefined
  /** Whether `encoding_format` may say `float`. */
  readonly floats?: boolean | undefined
  readonly tokens?: boolean | undefined
  /** Encodes an input that is not plain text. */
  readonly media?: ((content: Content, at: number, call: CallContext<EmbeddingRequest>) => Json) | undefined
  /** Whether plain text is encoded this way too. */
  readonly textAsParts?: boolean | undefined
  readonly limits?: ((model: string) => CallLimits) | undefined
}

type Content = Extract<EmbeddingInput, { readonly content: unknown }>["content"]

const openAiParameters: CallParameters<EmbeddingRequest> = {
  inputs: sent,
  dimensions: int("dimensions"),
  inputType: unsupported,
  truncate: unsupported,
  encoding: sent,
  user: string("user"),
  serviceTier: unsupported
}

type Embeddings = CallProtocol<EmbeddingRequest, EmbeddingResponse> & CallServer<EmbeddingRequest, EmbeddingResponse>

const make = (dialect: EmbeddingDialect): Embeddings => {
  const parameters = {
    ...openAiParameters,
    inputs: sentAs(dialect.inputs ?? "input"),
    ...dialect.parameters
  }
  return {
    id: dialect.id,
    limits: dialect.limits,
    decodeError,
    encodeRequest: encoder(dialect.id, parameters, (call) => {
      const { encoding = "float", inputs } = call.request
      requireInputs(call)
      if (parameters.encoding === sent) requireFloats(call)
      return {
        path: dialect.path ?? "/embeddings",
        json: {
          model: call.model,
          [dialect.inputs ?? "input"]: inputs.map((input, at) => write(dialect, input, at, call)),
          ...call.fields,
          encoding_format: dialect.base64 === true && encoding === "float" ? "base64" : undefined
        }
      }
    }),
    decodeResponse: (body, { request }) => decode(body, request),
    words: { encoding: ["encoding_format"], ...wordsOf(parameters) },
    decodeRequest: (body, model) => decodeRequest(dialect, parameters, body, model),
    isInFormat: ({ raw }, format) =>
      format === "base64" && array(object(raw)?.data).every((item) => typeof object(item)?.embedding === "string"),
    encodeResponse: ({ embeddings, model, usage }, { format, model: requestedModel }) => {
      const tokens = usage.inputTokens.total ?? 0
      return {
        object: "list",
        data: embeddings.map((vector, index) => ({
          object: "embedding",
          index,
          embedding: format === "base64" ? toBase64(vector) : vector
        })),
        model: model ?? requestedModel,
        usage: { prompt_tokens: tokens, total_tokens: tokens }
      }
    }
  }
}

const write = (
  dialect: EmbeddingDialect,
  input: EmbeddingInput,
  at: number,
  call: CallContext<EmbeddingRequest>
): Json => {
  if (typeof input !== "string" && "tokens" in input && dialect.tokens === true) return [...input.tokens]
  if (dialect.media === undefined) return textOf(input, at, call)
  if (typeof input !== "string" && "content" in input) return dialect.media(input.content, at, call)
  const text = textOf(input, at, call)
  return dialect.textAsParts === true ? dialect.media([{ type: "text", text }], at, call) : text
}

const decode = (
  body: unknown,
  request: EmbeddingRequest
): Result.Result<EmbeddingResponse, ProviderFailure | ResponseParseError> => {
  if (!isObject(body)) return unreadable("the response is not an object")
  if (!Array.isArray(body.data)) {
    return Result.fail(
      holdsError(body) ? decodeError(body) : new ResponseParseError({ detail: "the response has no `data`" })
    )
  }
  const vectors = array(body.data).map((item, place) => ({
    at: nonNegativeInt(object(item)?.index) ?? place,
    vector: vectorOf(object(item)?.embedding, request.encoding)
  }))
  const inOrder = vectors.toSorted((a, b) => a.at - b.at).map(({ vector }) => vector)
  return toResponse(inOrder, request, usageOf(object(body.usage)), body)
}

const usageOf = (usage: WireObject | undefined): Usage.Usage => {
  if (usage === undefined) return Usage.make({ output: 0 })
  const details = object(usage.prompt_tokens_details)
  return Usage.make(
    {
      input: nonNegativeInt(usage.prompt_tokens ?? usage.total_tokens),
      inputAudio: nonNegativeInt(details?.audio_tokens),
      inputImage: nonNegativeInt(details?.image_tokens),
      output: 0
    },
    { reportedCost: reportedCost(usage), raw: usage as Json }
  )
}

const decodeRequest = (
  dialect: EmbeddingDialect,
  parameters: CallParameters<EmbeddingRequest>,
  body: unknown,
  pathModel: string | undefined
): Result.Result<DecodedCall<EmbeddingRequest>, InvalidRequestError> => {
  const reader = new CallReader(dialect.id, body)
  const name = dialect.inputs ?? "input"
  const input = reader.take(name)
  const inputs = (typeof input === "string" || isTokens(input) ? [input] : array(input)).map(readInput)
  const known = inputs.filter((input) => input !== undefined)
  const model = reader.model(pathModel)
  if (known.length < inputs.length || inputs.length === 0) {
    reader.invalid(name, "expected a text, or a list of texts, lists of tokens or lists of parts")
  }
  const format = reader.word("encoding_format", ["float", "base64"])
  // The provider then writes numbers as it writes them to a client of its own.
  if (format !== "base64" && dialect.floats === true) reader.keep("encoding_format", "float")
  const request = { ...reader.parameters<EmbeddingRequest>(parameters), inputs: known }
  if (request.dimensions !== undefined && request.dimensions < 1) {
    reader.invalid("dimensions", "expected at least one dimension")
  }
  return reader.end<EmbeddingRequest>({ model, request, ...(format === "base64" && { format }) })
}

const isTokens = (u: unknown): u is ReadonlyArray<number> =>
  Array.isArray(u) && u.length > 0 && u.every(Number.isSafeInteger)

const readInput = (input: unknown): EmbeddingInput | undefined =>
  typeof input === "string" ? input : isTokens(input) ? { tokens: input } : inputOf(input)

const encoding = (path: string) =>
  words(path, { float: "float", int8: "int8", uint8: "uint8", binary: "binary", ubinary: "ubinary" })

/**
 * OpenAI's embeddings, as OpenAI and Azure serve them: floats come in Base64. A call holds 2,048 inputs and 300,000 tokens.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export const OpenAiEmbeddings = make({
  id: "openai-embeddings",
  base64: true,
  floats: true,
  tokens: true,
  limits: () => ({ inputs: 2048, tokens: 300_000 })
})

/** Other servers, many of which do not support Base64. */
export const CompatibleEmbeddings = make({ id: "openai-embeddings", tokens: true })

/**
 * OpenRouter's embeddings: of texts and, with the models that see, of images.
 *
 * @see https://openrouter.ai/docs/api_reference/embeddings
 */
export const OpenRouterEmbeddings = make({
  id: "openai-embeddings",
  tokens: true,
  media: (content, at, call) => ({ content: partsOf(content, at, call) })
})

/**
 * Mistral's embeddings; `codestral-embed` has a choice of dimensions and encodings. A call holds 256 inputs and 16,384
 * tokens, as its server says to one that has more (2026-11-21).
 *
 * @see https://docs.mistral.ai/api/endpoint/embeddings
 * @see https://github.com/0xPlaygrounds/rig/blob/main/crates/rig-cassette/fixtures/cassettes/mistral/capability_edges/one_request_over_mistrals_batch_cap_is_rejected.yaml
 * @see https://github.com/aurelio-labs/semantic-router/issues/297
 */
export const MistralEmbeddings = make({
  id: "mistral-embeddings",
  parameters: { dimensions: int("output_dimension"), encoding: encoding("output_dtype"), user: unsupported },
  limits: () => ({ inputs: 256, tokens: 16_384 })
})

/**
 * Embeddings of NVIDIA's NeMo Retriever, whose models want to be told what the vectors are for.
 *
 * @see https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html
 */
export const NvidiaEmbeddings = make({
  id: "nvidia-embeddings",
  parameters: {
    encoding: encoding("embedding_type"),
    inputType: words("input_type", { query: "query", document: "passage" }),
    truncate: words("truncate", { none: "NONE", start: "START", end: "END" })
  }
})

/**
 * Jina AI's embeddings: of texts and, with the models that see, of images, one to an input. A call holds 512 inputs, as
 * its server says to one that has more (2025-11-04).
 *
 * @see https://api.jina.ai/docs
 * @see https://jina.ai/embeddings
 * @see https://github.com/langgenius/dify-official-plugins/issues/1997
 */
export const JinaEmbeddings = make({
  id: "jina-embeddings",
  parameters: {
    encoding: encoding("embedding_type"),
    inputType: words("task", {
      query: "retrieval.query",
      document: "retrieval.passage",
      similarity: "text-matching",
      classification: "classification",
      clustering: "separation",
      "code-query": "code.query"
    }),
    truncate: words("truncate", { none: false, end: true }),
    user: unsupported
  },
  media: (content, at, call): Json => {
    const [part, second] = content
    if (part?.type === "text" && second === undefined) return { text: part.text }
    const image = part?.type === "image" && second === undefined ? part : undefined
    const url = image && (base64Of(image.data, image.mediaType)?.base64 ?? urlOf(image.data, image.mediaType))
    if (url === undefined) call.refuse("inputs", `inputs[${at}]: the provider accepts one text or one image`)
    return { image: url ?? "" }
  },
  limits: () => ({ inputs: 512 })
})

/** The most tokens of one call, by model. */
const voyageTokens = (model: string): number =>
  /^voyage-(?:4|3\.5)-lite/.test(model)
    ? 1_000_000
    : /^voyage-(?:(?:4|3\.5|2)$|multimodal)/.test(model)
      ? 320_000
      : 120_000

const voyageParameters = {
  dimensions: int("output_dimension"),
  inputType: words("input_type", { query: "query", document: "document" }),
  truncate: words("truncation", { none: false, end: true }),
  user: unsupported
} as const

const voyageTexts = make({
  id: "voyage-embeddings",
  parameters: { ...voyageParameters, encoding: encoding("output_dtype") },
  base64: true,
  limits: (model) => ({ inputs: 1000, tokens: voyageTokens(model) })
})

const voyageMultimodal = make({
  id: "voyage-embeddings",
  path: "/multimodalembeddings",
  inputs: "inputs",
  parameters: voyageParameters,
  media: (content, at, call) => ({ content: partsOf(content, at, call, "voyage") }),
  textAsParts: true
})

/**
 * Voyage AI's embeddings, of texts and, with the models called `multimodal`, of texts and images. A call holds 1,000 inputs,
 * and by model 120,000 to 1,000,000 tokens.
 *
 * @see https://docs.voyageai.com/reference/embeddings-api
 * @see https://docs.voyageai.com/docs/multimodal-embeddings
 * @see https://www.mongodb.com/docs/api/doc/atlas-embedding-and-reranking-api/operation/operation-createembedding
 */
export const VoyageEmbeddings: Embeddings = {
  ...voyageTexts,
  encodeRequest: (request, options) =>
    (options.model.includes("multimodal") ? voyageMultimodal : voyageTexts).encodeRequest(request, options),
  decodeRequest: (body, model) =>
    (isObject(body) && "inputs" in body ? voyageMultimodal : voyageTexts).decodeRequest(body, model)
}
