import * as Result from "effect/Result"
import { MistralChat } from "../MistralChat.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { nextNumber, time } from "../wire/ValueCall.ts"
import { array, compact, isObject, nonNegativeInt, object, text } from "../wire/WireObject.ts"
import { encodeItems, make, stateOf } from "./BatchProtocol.ts"
import { decodeItem } from "./OpenAiBatches.ts"

const path = "/batch/jobs"

const pageSize = 100

/**
 * Batches of Mistral: the requests are in the job itself, up to ten thousand of them.
 *
 * Source: https://docs.mistral.ai/studio-api/batch-processing
 */
export const MistralBatches = make({
  id: "mistral-batches",
  decodeError,
  path,
  encodeRequest: (request, options) =>
    Result.map(encodeItems(MistralChat, request, options), ({ lines, warnings }) => ({
      path,
      body: compact({
        endpoint: "/v1/chat/completions",
        model: options.model,
        requests: lines.map(({ body: { model: _, ...body }, customId }) => ({ custom_id: customId, body })),
        metadata: request.metadata
      }),
      warnings
    })),
  query: ({ after = "0", limit = pageSize }) => ({ page: after, page_size: limit }),
  next: (page, _, { after, limit = pageSize }) => nextNumber(page, { after, limit }),
  decode: (batch) => {
    const rawState = text(batch.status)
    const total = nonNegativeInt(batch.total_requests)
    const completed = nonNegativeInt(batch.completed_requests)
    return {
      state: stateOf(rawState, states),
      rawState,
      counts: {
        total,
        succeeded: nonNegativeInt(batch.succeeded_requests),
        failed: nonNegativeInt(batch.failed_requests),
        pending: total === undefined || completed === undefined ? undefined : Math.max(0, total - completed)
      },
      errors: array(batch.errors).flatMap((error) => text(object(error)?.message) ?? []),
      createdAt: time(batch.created_at),
      expiresAt: undefined,
      endedAt: time(batch.completed_at),
      results: [batch.output_file, batch.error_file].flatMap((file) => text(file) ?? [])
    }
  },
  resultsPath: (file) => `/files/${encodeURIComponent(file)}/content`,
  decodeItem: (line, provider) => decodeItem(line, provider, MistralChat),
  held: ({ raw }, { provider }) => {
    const outputs = array(object(raw)?.outputs).filter(isObject)
    return outputs.length === 0 ? undefined : outputs.flatMap((line) => decodeItem(line, provider, MistralChat) ?? [])
  }
})

const states = {
  SUCCESS: "completed",
  FAILED: "failed",
  TIMEOUT_EXCEEDED: "expired",
  CANCELLED: "canceled"
} as const
