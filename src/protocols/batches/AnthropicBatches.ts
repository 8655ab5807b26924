import * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { Json } from "../../domain/Json.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import { AnthropicMessages } from "../AnthropicMessages.ts"
import { compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import * as BatchCodec from "./BatchCodec.ts"
import type { BatchProtocol, ItemResult } from "./BatchProtocol.ts"

const protocol = "anthropic-batches"

const { decodeError } = AnthropicMessages

/**
 * Batches of Anthropic. Results can be read for 29 days.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing
 */
export const AnthropicBatches: BatchProtocol = {
  create: {
    id: protocol,
    encodeRequest: (request, options) =>
      Result.map(BatchCodec.bodies(AnthropicMessages, request, options), ({ betas, lines, warnings }) => ({
        path: "/v1/messages/batches",
        ...(betas.length > 0 && { headers: { "anthropic-beta": betas.join(",") } }),
        body: {
          _tag: "json",
          value: { requests: lines.map(({ body, customId }) => ({ custom_id: customId, params: body })) }
        },
        warnings:
          request.metadata === undefined
            ? warnings
            : [
                ...warnings,
                { type: "unsupported-parameter", parameter: "metadata", message: "batches have no metadata" }
              ]
      })),
    decodeResponse: (body, options) => BatchCodec.answered(decode(body), body, options),
    decodeError
  },
  get: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ method: "GET", path: `/v1/messages/batches/${encodeURIComponent(batch)}` }),
    (body) => decode(body),
    decodeError
  ),
  list: BatchCodec.byPath(
    protocol,
    ({ after, limit }) => {
      const query = new URLSearchParams(compact({ after_id: after, limit: limit?.toString() }))
      return { method: "GET", path: `/v1/messages/batches${query.size === 0 ? "" : `?${query.toString()}`}` }
    },
    (body) =>
      isObject(body) && Array.isArray(body.data)
        ? {
            batches: body.data.flatMap((batch) => decode(batch) ?? []),
            next: body.has_more === true ? text(body.last_id) : undefined
          }
        : undefined,
    decodeError
  ),
  cancel: BatchCodec.byPath(
    protocol,
    ({ batch }) => ({ path: `/v1/messages/batches/${encodeURIComponent(batch)}/cancel` }),
    (body) => decode(body),
    decodeError
  ),
  results: BatchCodec.results(
    protocol,
    (place) => ({ method: "GET", path: `/v1/messages/batches/${encodeURIComponent(place)}/results` }),
    (line, { provider }) => decodeItem(line, provider),
    decodeError
  )
}

const decode = (body: unknown): Batch | undefined => {
  const id = isObject(body) ? text(body.id) : undefined
  if (!isObject(body) || id === undefined) return undefined
  const word = text(body.processing_status)
  const counts = object(body.request_counts) ?? {}
  const count = (name: string) => nonNegativeInt(counts[name]) ?? 0
  const failed = count("errored") + count("canceled") + count("expired")
  const ended = word === "ended"
  return {
    id,
    // A batch that was canceled or has run out of time ends too; its requests say which were not answered.
    state: ended ? "completed" : "running",
    rawState: word,
    counts: {
      total: failed + count("succeeded") + count("processing"),
      succeeded: nonNegativeInt(counts.succeeded),
      failed,
      pending: nonNegativeInt(counts.processing)
    },
    errors: [],
    createdAt: text(body.created_at),
    expiresAt: text(body.expires_at),
    endedAt: text(body.ended_at),
    results: ended ? [id] : [],
    raw: body as Json
  }
}

const decodeItem = (line: WireObject, provider: string): ItemResult | undefined => {
  const customId = text(line.custom_id)
  const result = object(line.result)
  if (customId === undefined) return undefined
  switch (result?.type) {
    case "succeeded": {
      const message = object(result.message) ?? {}
      const model = text(message.model) ?? ""
      return {
        customId,
        result: BatchCodec.atBatchRate(AnthropicMessages.decodeResponse(message, { provider, model }))
      }
    }
    case "errored":
      return { customId, result: Result.fail(decodeError(result.error)) }
    case "expired":
    case "canceled":
      return { customId, result: result.type }
    default: {
      const detail = "the result is of no known kind"
      return { customId, result: Result.fail(new ResponseParseError({ provider, body: line, detail })) }
    }
  }
}
