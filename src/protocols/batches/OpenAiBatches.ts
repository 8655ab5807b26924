import * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { Json } from "../../domain/Json.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { time } from "../files/FileCodec.ts"
import { OpenAiChat } from "../OpenAiChat.ts"
import { OpenAiResponses } from "../OpenAiResponses.ts"
import * as WellFormed from "../wire/WellFormed.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import * as BatchCodec from "./BatchCodec.ts"
import type { BatchProtocol, ItemResult } from "./BatchProtocol.ts"

const protocol = "openai-batches"

const endpoint = "/v1/chat/completions"

/**
 * Batches of OpenAI: the requests are chat completions in a file. Results of batches that others made of responses are read
 * too. Answers lie in one file, failures in another.
 *
 * Source: https://developers.openai.com/api/docs/guides/batch
 */
export const OpenAiBatches: BatchProtocol = {
  upload: {
    id: protocol,
    encodeRequest: (request, options) =>
      Result.map(BatchCodec.bodies(OpenAiChat, request, options), ({ lines, warnings }) => {
        const text = lines.map(({ body, customId }) =>
          WellFormed.stringify({ custom_id: customId, method: "POST", url: endpoint, body })
        )
        const bytes = new TextEncoder().encode(`${text.join("\n")}\n`)
        return {
          path: "/files",
          body: {
            _tag: "form",
            parts: [
              { name: "purpose", value: "batch" },
              { name: "file", bytes, fileName: "batch.jsonl", mediaType: "application/jsonl" }
            ]
          },
          warnings
        }
      }),
    decodeResponse: (body, options) => BatchCodec.answered(isObject(body) ? text(body.id) : undefined, body, options),
    decodeError
  },
  create: BatchCodec.byPath(
    protocol,
    ({ file, metadata }) => ({
      path: "/batches",
      body: {
        _tag: "json",
        value: compact({ input_file_id: file, endpoint, completion_window: "24h", metadata })
      }
    }),
    (body) => decode(body),
    decodeError
  ),
  get: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ method: "GET", path: `/batches/${encodeURIComponent(batch)}` }),
    (body) => decode(body),
    decodeError
  ),
  list: BatchCodec.byPath(
    protocol,
    ({ after, limit }) => {
      const query = new URLSearchParams(compact({ after, limit: limit?.toString() }))
      return { method: "GET", path: query.size === 0 ? "/batches" : `/batches?${query.toString()}` }
    },
    (body) => {
      if (!isObject(body) || !Array.isArray(body.data)) return undefined
      const batches = body.data.flatMap((batch) => decode(batch) ?? [])
      return { batches, next: body.has_more === true ? batches.at(-1)?.id : undefined }
    },
    decodeError
  ),
  cancel: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ path: `/batches/${encodeURIComponent(batch)}/cancel` }),
    (body) => decode(body),
    decodeError
  ),
  results: BatchCodec.results(
    protocol,
    (place) => ({ method: "GET", path: `/files/${encodeURIComponent(place)}/content` }),
    (line, { provider }) => decodeItem(line, provider),
    decodeError
  )
}

const states = {
  completed: "completed",
  failed: "failed",
  expired: "expired",
  cancelled: "canceled"
} as const

const decode = (body: unknown): Batch | undefined => {
  const id = isObject(body) ? text(body.id) : undefined
  if (!isObject(body) || id === undefined) return undefined
  const word = text(body.status)
  const counts = object(body.request_counts) ?? {}
  const total = nonNegativeInt(counts.total)
  const succeeded = nonNegativeInt(counts.completed)
  const failed = nonNegativeInt(counts.failed)
  return {
    id,
    state: BatchCodec.stateOf(word, states),
    rawState: word,
    counts: {
      total,
      succeeded,
      failed,
      pending: total === undefined ? undefined : Math.max(0, total - (succeeded ?? 0) - (failed ?? 0))
    },
    errors: array(object(body.errors)?.data).flatMap((error) => (isObject(error) ? (text(error.message) ?? []) : [])),
    createdAt: time(body.created_at),
    expiresAt: time(body.expires_at),
    endedAt: time(body.completed_at ?? body.failed_at ?? body.expired_at ?? body.cancelled_at),
    results: [body.output_file_id, body.error_file_id].flatMap((file) => text(file) ?? []),
    raw: body as Json
  }
}

/** Reads a line of results of OpenAI's form, `{ custom_id, response: { status_code, body }, error }`. */
export const decodeItem = (
  line: WireObject,
  provider: string,
  chat: ChatProtocol = OpenAiChat
): ItemResult | undefined => {
  const customId = text(line.custom_id)
  if (customId === undefined) return undefined
  const response = object(line.response)
  const error = object(line.error)
  const code = text(error?.code)
  if (code === "batch_expired") return { customId, result: "expired" }
  if (code === "batch_cancelled") return { customId, result: "canceled" }
  const status = nonNegativeInt(response?.status_code)
  const body = response?.body
  if (response === undefined || (status !== undefined && status >= 300)) {
    const failure = decodeError(response === undefined ? line : body)
    return { customId, result: Result.fail({ ...failure, status: failure.status ?? status }) }
  }
  if (!isObject(body)) {
    return {
      customId,
      result: Result.fail(new ResponseParseError({ provider, body: line, detail: "there is no answer" }))
    }
  }
  const model = text(body.model) ?? ""
  const reader: Pick<ChatProtocol, "decodeResponse"> = body.object === "response" ? OpenAiResponses : chat
  return { customId, result: BatchCodec.atBatchRate(reader.decodeResponse(body, { provider, model })) }
}
