import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol, DecodedCall } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array, compact, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import { GoogleEmbeddings, inputOf, partsOf, taskTypes } from "./GoogleEmbeddings.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "google-predict"

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

const truncations = { none: false, end: true } as const

/**
 * Embeddings of Vertex AI (`predict`, or `embedContent`, by model). A call of `predict` holds 250 texts and 20,000 tokens;
 * `gemini-embedding-001` takes one text (2026-11-21), `embedContent` one input, which may be of images and recordings too.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings
 */
export const VertexEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: (model) =>
    isEmbedContent(model) || model.endsWith("gemini-embedding-001") ? { inputs: 1 } : { inputs: 250, tokens: 20_000 },
  decodeError,
  encodeRequest: (request, options) => {
    const isContent = isEmbedContent(options.model)
    const encoder = new CallEncoder(isContent ? GoogleEmbeddings.id : id, request, options, parameters)
    const { dimensions, encoding, inputs, inputType, truncate } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (encoding !== undefined && encoding !== "float")
      encoder.unsupported("encoding", "the provider gives floats only")
    if (truncate === "start") encoder.unsupported("truncate", "the provider cuts off the end only")
    const taskType = encoder.word("inputType", inputType, taskTypes)
    const fields = compact({
      outputDimensionality: dimensions,
      autoTruncate: truncate === undefined ? undefined : truncate !== "none"
    })
    if (isContent) {
      if (inputs.length > 1) encoder.invalid("inputs", "the model takes one input to a call")
      const config = compact({ taskType, ...fields })
      return encoder.json(`/models/${options.model}:embedContent`, {
        content: { parts: partsOf(inputs[0] ?? "", 0, encoder) },
        embedContentConfig: Object.keys(config).length === 0 ? undefined : config
      })
    }
    return encoder.json(`/models/${options.model}:predict`, {
      instances: inputs.map((input, at) => compact({ content: textOf(input, at, encoder), task_type: taskType })),
      parameters: Object.keys(fields).length === 0 ? undefined : fields
    })
  },
  decodeResponse: (body, options) => {
    const { request } = options
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
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
    return answer(
      embeddings.map(({ values }) => vectorOf(values)),
      request,
      usage,
      body
    )
  },
  decodeRequest: (body, model = "") => {
    if (isObject(body) && body.content !== undefined) return decodeContent(body, model)
    const reader = new CallReader(id, body)
    const instances = array(reader.take("instances")).map((instance) => object(instance) ?? {})
    const parameters = new CallReader(id, reader.take("parameters") ?? {})
    const [first = {}] = instances
    const task = new CallReader(id, first)
    const inputs = instances.flatMap(({ content }) => (typeof content === "string" ? [content] : []))
    if (inputs.length < instances.length) reader.invalid("instances", "each needs a `content`")
    const request: EmbeddingRequest = {
      inputs,
      dimensions: nonNegativeInt(parameters.take("outputDimensionality")),
      truncate: parameters.word("autoTruncate", truncations),
      inputType: task.word("task_type", taskTypes)
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
  const reader = new CallReader(GoogleEmbeddings.id, body)
  const config = new CallReader(GoogleEmbeddings.id, reader.take("embedContentConfig") ?? {})
  const request: EmbeddingRequest = {
    inputs: [inputOf(reader.take("content"))],
    dimensions: nonNegativeInt(config.take("outputDimensionality")),
    truncate: config.word("autoTruncate", truncations),
    inputType: config.word("taskType", taskTypes)
  }
  reader.take("model")
  reader.keep("embedContentConfig", config.rest)
  return reader.end<EmbeddingRequest>({ model, request })
}
