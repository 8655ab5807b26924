import * as Result from "effect/Result"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { array, isObject, nonNegativeInt } from "../wire/WireObject.ts"
import { textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

const id = "ollama-embed"

const parameters: CallParameters<EmbeddingRequest> = {
  inputs: "sent",
  dimensions: "sent",
  inputType: "unsupported",
  truncate: "sent",
  encoding: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * Ollama's embed; answers of its older `/api/embeddings` are understood too. The caller's own fields are `options` and
 * `keep_alive`.
 *
 * @see https://docs.ollama.com/api/embed
 */
export const OllamaEmbed: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  id,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    const { dimensions, encoding, inputs, truncate } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    if (encoding !== undefined && encoding !== "float") encoder.unsupported("encoding", "the server gives floats only")
    if (truncate === "start") encoder.unsupported("truncate", "the server cuts off the end only")
    return encoder.json("/api/embed", {
      model: options.model,
      input: inputs.map((input, at) => textOf(input, at, encoder)),
      dimensions,
      truncate: truncate === undefined ? undefined : truncate !== "none"
    })
  },
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    if (typeof body.error === "string") return Result.fail(decodeError(body))
    const { embedding, embeddings, ...raw } = body
    const vectors = embedding === undefined ? array(embeddings) : [embedding]
    const usage = Usage.make({ input: body.prompt_eval_count, output: 0 }, { raw: raw as Json })
    return answer(
      vectors.map((vector) => vectorOf(vector)),
      request,
      usage,
      body
    )
  },
  decodeRequest: (body) => {
    const reader = new CallReader(id, body)
    const input = reader.take("input") ?? reader.take("prompt")
    return reader.end<EmbeddingRequest>({
      model: reader.text("model"),
      request: {
        inputs: (Array.isArray(input) ? input : [input]).map(String),
        dimensions: nonNegativeInt(reader.take("dimensions")),
        truncate: reader.word("truncate", { none: false, end: true })
      }
    })
  }
}
