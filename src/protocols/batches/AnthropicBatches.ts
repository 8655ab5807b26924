import * as Result from "effect/Result"
import { AnthropicMessages } from "../AnthropicMessages.ts"
import { nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { decodeChat, encodeItems, type ItemResult, make } from "./BatchProtocol.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const { decodeError } = AnthropicMessages

const path = "/v1/messages/batches"

/**
 * Batches of Anthropic. Results can be read for 29 days.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing
 */
export const AnthropicBatches = make({
  id: "anthropic-batches",
  decodeError,
  path,
  encodeRequest: (request, options) =>
    Result.map(encodeItems(AnthropicMessages, request, options), ({ betas, lines, warnings }) => ({
      path,
      ...(betas.length > 0 && { headers: { "anthropic-beta": betas.join(",") } }),
      body: { requests: lines.map(({ body, customId }) => ({ custom_id: customId, params: body })) },
      warnings:
        request.metadata === undefined
          ? warnings
          : [...warnings, { type: "unsupported-parameter", parameter: "metadata", message: "batches have no metadata" }]
    })),
  query: ({ after, limit }) => ({ after_id: after, limit }),
  next: (page) => (page.has_more === true ? text(page.last_id) : undefined),
  decode: (batch, id) => {
    const rawState = text(batch.processing_status)
    const counts = object(batch.request_counts) ?? {}
    const count = (name: string) => nonNegativeInt(counts[name]) ?? 0
    const failed = count("errored") + count("canceled") + count("expired")
    const hasEnded = rawState === "ended"
    return {
      // A canceled or expired batch ends too; its requests say which of them were not answered.
      state: hasEnded ? "completed" : "running",
      rawState,
      counts: {
        total: failed + count("succeeded") + count("processing"),
        succeeded: nonNegativeInt(counts.succeeded),
        failed,
        pending: nonNegativeInt(counts.processing)
      },
      errors: [],
      createdAt: text(batch.created_at),
      expiresAt: text(batch.expires_at),
      endedAt: text(batch.ended_at),
      results: hasEnded ? [id] : []
    }
  },
  resultsPath: (batch) => `${path}/${encodeURIComponent(batch)}/results`,
  decodeItem: (line, provider) => {
    const customId = text(line.custom_id)
    return customId === undefined ? undefined : { customId, result: decodeResult(line, provider) }
  }
})

const decodeResult = (line: WireObject, provider: string): ItemResult["result"] => {
  const result = object(line.result)
  switch (result?.type) {
    case "succeeded":
      return decodeChat(AnthropicMessages, object(result.message) ?? {}, provider)
    case "errored":
      return Result.fail(decodeError(result.error))
    case "expired":
    case "canceled":
      return result.type
    default:
      return unreadable("the result has an unknown type", line, { provider })
  }
}
