import type * as Result from "effect/Result"
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol, CallServer, DecodedCall } from "../Protocol.ts"
import { type CallContext, type CallParameters, encoder, sent, sentAs, words, wordsOf } from "../wire/CallCodec.ts"
import { pathOf } from "../googleGenerateContent/ModelPath.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { base64Of } from "../wire/request/MediaInput.ts"
import { int, unsupported } from "../wire/request/RequestCodec.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { toResponse, requireFloats, requireInputs, textOf, vectorOf } from "./EmbeddingCodec.ts"

const contentId = "google-embed-content"

const predictId = "google-predict"

const taskType = (path: string) =>
  words(path, {
    query: "RETRIEVAL_QUERY",
    document: "RETRIEVAL_DOCUMENT",
    similarity: "SEMANTIC_SIMILARITY",
    classification: "CLASSIFICATION",
    clustering: "CLUSTERING",
    "question-answering": "QUESTION_ANSWERING",
    "fact-verification": "FACT_VERIFICATION",
    "code-query": "CODE_RETRIEVAL_QUERY"
  })

const contentParameters: CallParameters<EmbeddingRequest> = {
  inputs: sentAs("content", "requests"),
  dimensions: int("outputDimensionality"),
  inputType: taskType("taskType"),
  truncate: unsupported,
  encoding: sent,
  user: unsupported,
  serviceTier: unsupported
}

/** The format of the response to a request that is not in a batch. */
const single = "embedContent"

const resource = (model: string): string => (model.includes("/") ? model : `models/${model}`)

/**
 * Gemini's embeddings (`batchEmbedContents`): of texts and, with the models that see and hear, of images, recordings and
 * documents. A call holds 100 inputs, as its server says to one that has more (2026-11-21). The caller's own fields
 * (`title`) go into each of its requests. The server half serves `embedContent` too.
 *
 * @see https://ai.google.dev/api/embeddings
 * @see https://ai.google.dev/gemini-api/docs/embeddings
 * @see https://github.com/vercel/ai/blob/main/packages/google/src/__fixtures__/google-embedding-batch-limit-error.json
 */
export const GoogleEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> &
  CallServer<EmbeddingRequest, EmbeddingResponse> = {
  id: contentId,
  limits: () => ({ inputs: 100 }),
  decodeError,
  encodeRequest: encoder(contentId, contentParameters, (call) => {
    requireInputs(call)
    requireFloats(call)
    const model = resource(call.model)
    const requests = call.request.inputs.map((input, at) =>
      call.merge({ model, content: { parts: partsOf(input, at, call) }, ...call.fields })
    )
    return { path: pathOf(model, "batchEmbedContents"), merged: { requests } }
  }),
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return unreadable("the response is not an object")
    const embeddings = body.embedding === undefined ? array(body.embeddings) : [body.embedding]
    const vectors = embeddings.map((embedding) => vectorOf(object(embedding)?.values))
    return toResponse(vectors, request, usageOf(object(body.usageMetadata)), body)
  },
  words: wordsOf(contentParameters),
  decodeRequest: (body, model = "") => {
    const top = new CallReader(contentId, body)
    const isBatch = isObject(body) && body.requests !== undefined
    const requests = isBatch ? array(top.take("requests")) : [body]
    const [first, ...others] = requests.map((request) => new CallReader(contentId, request))
    if (first === undefined) {
      top.invalid("requests", "there is nothing to embed")
      return top.end<EmbeddingRequest>({ model, request: { inputs: [] } })
    }
    const inputs = [first, ...others].map((reader) => {
      reader.take("model")
      const content = reader.take("content")
      if (array(object(content)?.parts).length === 0) first.invalid("content", "expected parts")
      return inputOf(content)
    })
    const shared = JSON.stringify(first.rest)
    const other = others.findIndex((reader) => JSON.stringify(reader.rest) !== shared)
    if (other >= 0)
      first.invalid(`requests[${other + 1}]`, "all inputs of a call must have the same title, task and dimensions")
    return first.end<EmbeddingRequest>({
      model: model.replace(/^models\//, ""),
      format: isBatch ? undefined : single,
      request: {
        ...first.parameters(contentParameters),
        inputs
      }
    })
  },
  encodeResponse: ({ embeddings, usage }, { format }) => {
    const all = embeddings.map((values) => ({ values }))
    const tokens = usage.inputTokens.total
    return {
      ...(format === single ? { embedding: all[0] ?? { values: [] } } : { embeddings: all }),
      ...(tokens !== undefined && { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens } })
    }
  }
}

/** The parts of an input, as Google's contents have them. */
const partsOf = (input: EmbeddingInput, at: number, call: CallContext<EmbeddingRequest>): Json => {
  if (typeof input === "string" || "tokens" in input) return [{ text: textOf(input, at, call) }]
  return input.content.map((part): Json => {
    if (part.type === "text") return { text: part.text }
    const { data, mediaType } = part
    if (isObject(data) && "fileId" in data) return { fileData: compact({ mimeType: mediaType, fileUri: data.fileId }) }
    const inline = base64Of(data as string | Uint8Array, mediaType)
    if (inline === undefined) call.refuse("inputs", `inputs[${at}]: the provider accepts bytes and its own files`)
    return { inlineData: { mimeType: inline?.mediaType ?? "application/octet-stream", data: inline?.base64 ?? "" } }
  })
}

/** The input that a content is. */
const inputOf = (content: unknown): EmbeddingInput => {
  const parts = array(object(content)?.parts).map((u) => {
    const part = object(u) ?? {}
    if (typeof part.text === "string") return { type: "text" as const, text: part.text }
    const file = object(part.fileData ?? part.file_data)
    const inline = object(part.inlineData ?? part.inline_data) ?? file ?? {}
    const mediaType = text(inline.mimeType ?? inline.mime_type) ?? "application/octet-stream"
    const data =
      file === undefined
        ? `data:${mediaType};base64,${text(inline.data) ?? ""}`
        : { fileId: text(file.fileUri ?? file.file_uri) ?? "" }
    return mediaType.startsWith("image/")
      ? { type: "image" as const, data, mediaType }
      : mediaType.startsWith("audio/")
        ? { type: "audio" as const, data, mediaType }
        : { type: "file" as const, data, mediaType }
  })
  const [only] = parts
  return parts.length === 1 && only?.type === "text" ? only.text : { content: parts }
}

const usageOf = (usage: WireObject | undefined): Usage.Usage => {
  const details = array(usage?.promptTokenDetails ?? usage?.promptTokensDetails)
  const of = (modality: string) =>
    nonNegativeInt(object(details.find((detail) => object(detail)?.modality === modality))?.tokenCount)
  return Usage.make(
    { input: nonNegativeInt(usage?.promptTokenCount), inputImage: of("IMAGE"), inputAudio: of("AUDIO"), output: 0 },
    { raw: usage as Json }
  )
}

/**
 * Models that `embedContent` answers, and `predict` refuses (400 FAILED_PRECONDITION): Gemini's after 001, and open models
 * that Google serves. `predict` still answers for `gemini-embedding-001`.
 * Sources: https://github.com/vercel/ai/issues/15853 (2026-06-05) and google-genai 3.6.1 for Python,
 * `t_is_vertex_embed_content_model` (2026-11-29)
 */
const embedContent: ReadonlyArray<RegExp> = [/gemini-(?!embedding-001$)/, /-maas$/]

const isEmbedContent = (model: string): boolean => {
  const [name = model] = model.split("/").slice(-1)
  return embedContent.some((pattern) => pattern.test(name))
}

const embedContentParameters: CallParameters<EmbeddingRequest> = {
  ...contentParameters,
  truncate: words("autoTruncate", { none: false, end: true })
}

const predictParameters: CallParameters<EmbeddingRequest> = {
  ...embedContentParameters,
  inputType: taskType("task_type")
}

const configParameters = {
  dimensions: predictParameters.dimensions,
  truncate: predictParameters.truncate
}

/**
 * Embeddings of Vertex AI (`predict`, or `embedContent`, by model). A call of `predict` holds 250 texts and 20,000 tokens;
 * `gemini-embedding-001` takes one text (2026-11-21), `embedContent` one input, which may be of images and recordings too.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings
 */
export const VertexEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id: predictId,
  limits: (model) =>
    isEmbedContent(model) || model.endsWith("gemini-embedding-001") ? { inputs: 1 } : { inputs: 250, tokens: 20_000 },
  decodeError,
  encodeRequest: (request, options) =>
    (isEmbedContent(options.model) ? encodeContent : encodePredict)(request, options),
  decodeResponse: (body, options) => {
    const { request } = options
    if (!isObject(body)) return unreadable("the response is not an object")
    if (body.predictions === undefined && body.embedding !== undefined) {
      return GoogleEmbeddings.decodeResponse(body, options)
    }
    const embeddings = array(body.predictions).map((prediction) => object(object(prediction)?.embeddings) ?? {})
    const counts = embeddings.map(({ statistics }) => nonNegativeInt(object(statistics)?.token_count))
    const input = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0)
    const characters = nonNegativeInt(object(body.metadata)?.billableCharacterCount)
    const usage = Usage.make(
      { input, output: 0 },
      { units: characters === undefined ? undefined : { inputCharacters: characters }, raw: body.metadata as Json }
    )
    return toResponse(
      embeddings.map(({ values }) => vectorOf(values)),
      request,
      usage,
      body
    )
  },
  decodeRequest: (body, model = "") => {
    if (isObject(body) && body.content !== undefined) return decodeContent(body, model)
    const reader = new CallReader(predictId, body)
    const instances = array(reader.take("instances")).map((instance) => object(instance) ?? {})
    const parameters = new CallReader(predictId, reader.take("parameters") ?? {})
    const [first = {}] = instances
    const task = new CallReader(predictId, first)
    const inputs = instances.flatMap(({ content }) => (typeof content === "string" ? [content] : []))
    if (inputs.length < instances.length) reader.invalid("instances", "each needs a `content`")
    const request: EmbeddingRequest = {
      ...parameters.parameters(configParameters),
      ...task.parameters({ inputType: taskType("task_type") }),
      inputs
    }
    task.take("content")
    // A title, or a task of their own.
    if (task.rest !== undefined || instances.some(({ task_type, title }) => title || task_type !== first.task_type)) {
      reader.keep("instances", instances)
    }
    reader.keep("parameters", parameters.rest)
    return reader.end<EmbeddingRequest>({ model, request })
  }
}

const decodeContent = (
  body: WireObject,
  model: string
): Result.Result<DecodedCall<EmbeddingRequest>, InvalidRequestError> => {
  const reader = new CallReader(contentId, body)
  const config = new CallReader(contentId, reader.take("embedContentConfig") ?? {})
  const request: EmbeddingRequest = {
    ...config.parameters(embedContentParameters),
    inputs: [inputOf(reader.take("content"))]
  }
  reader.take("model")
  reader.keep("embedContentConfig", config.rest)
  return reader.end<EmbeddingRequest>({ model, request })
}

const encodeContent = encoder(contentId, embedContentParameters, (call) => {
  const { inputs } = call.request
  requireInputs(call)
  requireFloats(call)
  if (inputs.length > 1) call.invalid("inputs", "the model accepts one input per call")
  return {
    path: `/models/${call.model}:embedContent`,
    json: {
      content: { parts: partsOf(inputs[0] ?? "", 0, call) },
      embedContentConfig: Object.keys(call.fields).length === 0 ? undefined : call.fields
    }
  }
})

const encodePredict = encoder(predictId, predictParameters, (call) => {
  requireInputs(call)
  requireFloats(call)
  const { task_type, ...parameters } = call.fields
  return {
    path: `/models/${call.model}:predict`,
    json: {
      instances: call.request.inputs.map((input, at) => compact({ content: textOf(input, at, call), task_type })),
      parameters: Object.keys(parameters).length === 0 ? undefined : parameters
    }
  }
})
