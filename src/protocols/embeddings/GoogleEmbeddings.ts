import * as Result from "effect/Result"
import type { EmbeddingInput, EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { base64Of } from "../wire/MediaInput.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array, compact, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "google-embed-content"

const parameters: CallParameters<EmbeddingRequest> = {
  inputs: "sent",
  dimensions: "sent",
  inputType: "sent",
  truncate: "unsupported",
  encoding: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/** What vectors are for, in Google's words. */
export const taskTypes = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  similarity: "SEMANTIC_SIMILARITY",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  "question-answering": "QUESTION_ANSWERING",
  "fact-verification": "FACT_VERIFICATION",
  "code-query": "CODE_RETRIEVAL_QUERY"
} as const

const resource = (model: string): string => (model.includes("/") ? model : `models/${model}`)

/**
 * Gemini's embeddings (`batchEmbedContents`): of texts and, with the models that see and hear, of images, recordings and
 * documents. A call holds 100 inputs, as its server says to one that has more (2026-11-21). The caller's own fields
 * (`title`) go into each of its requests.
 *
 * @see https://ai.google.dev/api/embeddings
 * @see https://ai.google.dev/gemini-api/docs/embeddings
 * @see https://github.com/vercel/ai/blob/main/packages/google/src/__fixtures__/google-embedding-batch-limit-error.json
 */
export const GoogleEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  limits: () => ({ inputs: 100 }),
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    const model = resource(options.model)
    const { dimensions, encoding, inputs, inputType } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (encoding !== undefined && encoding !== "float")
      encoder.unsupported("encoding", "the provider gives floats only")
    const taskType = encoder.word("inputType", inputType, taskTypes)
    const requests = inputs.map((input, at) => {
      const content = { parts: partsOf(input, at, encoder) }
      return encoder.patched({ model, content, taskType, outputDimensionality: dimensions })
    })
    return encoder.call({ path: `/${model}:batchEmbedContents`, body: { _tag: "json", value: { requests } } })
  },
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    const embeddings = body.embedding === undefined ? array(body.embeddings) : [body.embedding]
    const vectors = embeddings.map((embedding) => vectorOf(object(embedding)?.values))
    return answer(vectors, request, usageOf(object(body.usageMetadata)), body)
  },
  decodeRequest: (body, model = "") => {
    const top = new CallReader(id, body)
    const requests = isObject(body) && Array.isArray(body.requests) ? array(top.take("requests")) : [body]
    const [first, ...others] = requests.map((request) => new CallReader(id, request))
    if (first === undefined) return top.end<EmbeddingRequest>({ model, request: { inputs: [] } })
    const inputs = [first, ...others].map((reader) => {
      reader.take("model")
      return inputOf(reader.take("content"))
    })
    const shared = JSON.stringify(first.rest)
    const other = others.findIndex((reader) => JSON.stringify(reader.rest) !== shared)
    if (other >= 0)
      first.invalid(`requests[${other + 1}]`, "all inputs of a call have the same title, task and dimensions")
    return first.end<EmbeddingRequest>({
      model: model.replace(/^models\//, ""),
      request: {
        inputs,
        dimensions: nonNegativeInt(first.take("outputDimensionality")),
        inputType: first.word("taskType", taskTypes)
      }
    })
  }
}

/** The parts of an input, as Google's contents have them. */
export const partsOf = (input: EmbeddingInput, at: number, encoder: CallEncoder<EmbeddingRequest>): Json => {
  if (typeof input === "string" || "tokens" in input) return [{ text: textOf(input, at, encoder) }]
  return input.content.map((part): Json => {
    if (part.type === "text") return { text: part.text }
    const { data, mediaType } = part
    if (isObject(data) && "fileId" in data) return { fileData: compact({ mimeType: mediaType, fileUri: data.fileId }) }
    const inline = base64Of(data as string | Uint8Array, mediaType)
    if (inline === undefined) encoder.refuse("inputs", `inputs[${at}]: the provider takes bytes and its own files`)
    return { inlineData: { mimeType: inline?.mediaType ?? "application/octet-stream", data: inline?.base64 ?? "" } }
  })
}

/** The input that a content is. */
export const inputOf = (content: unknown): EmbeddingInput => {
  const parts = array(object(content)?.parts).map((u) => {
    const part = object(u) ?? {}
    if (typeof part.text === "string") return { type: "text" as const, text: part.text }
    const file = object(part.fileData ?? part.file_data)
    const inline = object(part.inlineData ?? part.inline_data) ?? file ?? {}
    const mediaType = String(inline.mimeType ?? inline.mime_type)
    const data =
      file === undefined
        ? `data:${mediaType};base64,${String(inline.data)}`
        : { fileId: String(file.fileUri ?? file.file_uri) }
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
  const of = (modality: string) => object(details.find((detail) => object(detail)?.modality === modality))?.tokenCount
  return Usage.make(
    { input: usage?.promptTokenCount, inputImage: of("IMAGE"), inputAudio: of("AUDIO"), output: 0 },
    { raw: usage as Json }
  )
}
