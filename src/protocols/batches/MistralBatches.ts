import * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { Json } from "../../domain/Json.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { time } from "../files/FileCodec.ts"
import { MistralChat } from "../MistralChat.ts"
import { array, compact, isObject, nonNegativeInt, object, text } from "../wire/WireObject.ts"
import * as BatchCodec from "./BatchCodec.ts"
import type { BatchProtocol } from "./BatchProtocol.ts"
import { decodeItem } from "./OpenAiBatches.ts"

const protocol = "mistral-batches"

/**
 * Batches of Mistral: the requests are in the job itself, up to ten thousand of them.
 *
 * Source: https://docs.mistral.ai/studio-api/batch-processing
 */
export const MistralBatches: BatchProtocol = {
  create: {
    id: protocol,
    encodeRequest: (request, options) =>
      Result.map(BatchCodec.bodies(MistralChat, request, options), ({ lines, warnings }) => ({
        path: "/batch/jobs",
        body: {
          _tag: "json",
          value: compact({
            endpoint: "/v1/chat/completions",
            model: options.model,
            requests: lines.map(({ body: { model: _, ...body }, customId }) => ({ custom_id: customId, body })),
            metadata: request.metadata
          })
        },
        warnings
      })),
    decodeResponse: (body, options) => BatchCodec.answered(decode(body), body, options),
    decodeError
  },
  get: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ method: "GET", path: `/batch/jobs/${encodeURIComponent(batch)}` }),
    (body) => decode(body),
    decodeError
  ),
  list: BatchCodec.byPath(
    protocol,
    ({ after = "0", limit = 100 }) => ({ method: "GET", path: `/batch/jobs?page=${after}&page_size=${limit}` }),
    (body) => {
      if (!isObject(body) || !Array.isArray(body.data)) return undefined
      return { batches: body.data.flatMap((batch) => decode(batch) ?? []), next: undefined }
    },
    decodeError
  ),
  cancel: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ path: `/batch/jobs/${encodeURIComponent(batch)}/cancel` }),
    (body) => decode(body),
    decodeError
  ),
  results: BatchCodec.results(
    protocol,
    (place) => ({ method: "GET", path: `/files/${encodeURIComponent(place)}/content` }),
    (line, { provider }) => decodeItem(line, provider, MistralChat),
    decodeError
  ),
  held: ({ raw }, { provider }) => {
    const outputs = array(object(raw)?.outputs).filter(isObject)
    return outputs.length === 0 ? undefined : outputs.flatMap((line) => decodeItem(line, provider, MistralChat) ?? [])
  }
}

const states = {
  SUCCESS: "completed",
  FAILED: "failed",
  TIMEOUT_EXCEEDED: "expired",
  CANCELLED: "canceled"
} as const

const decode = (body: unknown): Batch | undefined => {
  const id = isObject(body) ? text(body.id) : undefined
  if (!isObject(body) || id === undefined) return undefined
  const word = text(body.status)
  const total = nonNegativeInt(body.total_requests)
  const done = nonNegativeInt(body.completed_requests)
  return {
    id,
    state: BatchCodec.stateOf(word, states),
    rawState: word,
    counts: {
      total,
      succeeded: nonNegativeInt(body.succeeded_requests),
      failed: nonNegativeInt(body.failed_requests),
      pending: total === undefined || done === undefined ? undefined : Math.max(0, total - done)
    },
    errors: array(body.errors).flatMap((error) => (isObject(error) ? (text(error.message) ?? []) : [])),
    createdAt: time(body.created_at),
    expiresAt: undefined,
    endedAt: time(body.completed_at),
    results: [body.output_file, body.error_file].flatMap((file) => text(file) ?? []),
    raw: body as Json
  }
}
