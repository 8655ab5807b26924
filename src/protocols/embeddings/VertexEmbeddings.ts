import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array, compact, isObject, natural, object } from "../wire/Wire.ts"
import { taskTypes } from "./GoogleEmbeddings.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "google-predict"

const truncations = { none: false, end: true } as const

/**
 * Embeddings of Vertex AI (`predict`). A call holds 250 texts and 20,000 tokens; `gemini-embedding-001` takes one text
 * (2026-11-21).
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings
 * @since 0.1.0
 * @category protocols
 */
export const VertexEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: (model) => (model.startsWith("gemini-embedding") ? { inputs: 1 } : { inputs: 250, tokens: 20_000 }),
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options)
    const { dimensions, encoding, inputs, inputType, truncate } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (encoding !== undefined && encoding !== "float")
      encoder.unsupported("encoding", "the provider gives floats only")
    if (truncate === "start") encoder.unsupported("truncate", "the provider cuts off the end only")
    encoder.lacks(["user", "serviceTier"], "the provider has no such parameter")
    const taskType = encoder.word("inputType", inputType, taskTypes)
    const parameters = compact({
      outputDimensionality: dimensions,
      autoTruncate: truncate === undefined ? undefined : truncate !== "none"
    })
    return encoder.json(`/models/${options.model}:predict`, {
      instances: inputs.map((input, at) => compact({ content: textOf(input, at, encoder), task_type: taskType })),
      parameters: Object.keys(parameters).length === 0 ? undefined : parameters
    })
  },
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    const embeddings = array(body.predictions).map((prediction) => object(object(prediction)?.embeddings) ?? {})
    const counts = embeddings.map(({ statistics }) => natural(object(statistics)?.token_count))
    const input = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0)
    const characters = natural(object(body.metadata)?.billableCharacterCount)
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
    const reader = new CallReader(id, body)
    const instances = array(reader.take("instances")).map((instance) => object(instance) ?? {})
    const parameters = new CallReader(id, reader.take("parameters") ?? {})
    const [first = {}] = instances
    const task = new CallReader(id, first)
    const inputs = instances.flatMap(({ content }) => (typeof content === "string" ? [content] : []))
    if (inputs.length < instances.length) reader.invalid("instances", "each needs a `content`")
    const request: EmbeddingRequest = {
      inputs,
      dimensions: natural(parameters.take("outputDimensionality")),
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
