import * as Result from "effect/Result"
import type { EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import { type CallParameters, encoder, sent, sentAs, words, wordsOf } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { int, unsupported } from "../wire/request/RequestCodec.ts"
import { array, holdsError, isObject, nonNegativeInt } from "../wire/WireObject.ts"
import { toResponse, requireFloats, requireInputs, textOf, vectorOf } from "./EmbeddingCodec.ts"

const id = "ollama-embed"

const parameters: CallParameters<EmbeddingRequest> = {
  inputs: sentAs("input", "prompt"),
  dimensions: int("dimensions"),
  inputType: unsupported,
  truncate: words("truncate", { none: false, end: true }),
  encoding: sent,
  user: unsupported,
  serviceTier: unsupported
}

/**
 * Ollama's embed; its older `/api/embeddings` is understood and served too. The caller's own fields are `options` and
 * `keep_alive`.
 *
 * @see https://docs.ollama.com/api/embed
 */
export const OllamaEmbed: CallProtocol<EmbeddingRequest, EmbeddingResponse> &
  CallServer<EmbeddingRequest, EmbeddingResponse> = {
  id,
  decodeError,
  encodeRequest: encoder(id, parameters, (call) => {
    requireInputs(call)
    requireFloats(call)
    const input = call.request.inputs.map((input, at) => textOf(input, at, call))
    return { path: "/api/embed", json: { model: call.model, input, ...call.fields } }
  }),
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return unreadable("the response is not an object")
    if (holdsError(body)) return Result.fail(decodeError(body))
    const { embedding, embeddings, ...raw } = body
    const vectors = embedding === undefined ? array(embeddings) : [embedding]
    const usage = Usage.make({ input: nonNegativeInt(body.prompt_eval_count), output: 0 }, { raw: raw as Json })
    return toResponse(
      vectors.map((vector) => vectorOf(vector)),
      request,
      usage,
      body
    )
  },
  words: wordsOf(parameters),
  decodeRequest: (body) => {
    const reader = new CallReader(id, body)
    const given = reader.take("input")
    const input = given ?? reader.take("prompt")
    const inputs = (Array.isArray(input) ? input : [input]).filter((item) => typeof item === "string")
    if (inputs.length === 0 || (Array.isArray(input) && inputs.length < input.length)) {
      reader.invalid("input", "a text or a list of texts is expected")
    }
    return reader.end<EmbeddingRequest>({
      model: reader.text("model"),
      format: given === undefined ? ofPrompt : undefined,
      request: {
        ...reader.parameters(parameters),
        inputs
      }
    })
  },
  encodeResponse: ({ embeddings, model, usage }, { format, model: requestedModel }) => {
    const tokens = usage.inputTokens.total
    if (format === ofPrompt) return { embedding: embeddings[0] ?? [] }
    return {
      model: model ?? requestedModel,
      embeddings,
      ...durationsOf(usage.raw),
      ...(tokens !== undefined && { prompt_eval_count: tokens })
    }
  }
}

/** The format of the response of `/api/embeddings`. */
const ofPrompt = "prompt"

/** The durations that a server of this protocol reports, in nanoseconds. */
const durationsOf = (raw: unknown): { readonly [name: string]: number } =>
  Object.fromEntries(
    ["total_duration", "load_duration"].flatMap((name) => {
      const value = isObject(raw) ? raw[name] : undefined
      return typeof value === "number" ? [[name, value]] : []
    })
  )
