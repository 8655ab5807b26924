import * as Result from "effect/Result"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { OpenAiChat } from "../OpenAiChat.ts"
import { OpenAiResponses } from "../OpenAiResponses.ts"
import { Form } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { responseOf, time } from "../wire/ValueCall.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import * as WellFormed from "../wire/request/WellFormed.ts"
import { decodeChat, encodeItems, type ItemResult, make, stateOf } from "./BatchProtocol.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

const id = "openai-batches"

const path = "/batches"

const chats = "/v1/chat/completions"

/**
 * Batches of OpenAI: the requests are chat completions in a file. Batches of responses that others made can be read too.
 * Responses are in one file, failures in another.
 *
 * Source: https://developers.openai.com/api/docs/guides/batch
 */
export const OpenAiBatches = make({
  id,
  decodeError,
  path,
  upload: {
    id,
    encodeRequest: (request, options) =>
      Result.map(encodeItems(OpenAiChat, request, options), ({ lines, warnings }) => {
        const json = lines.map(({ body, customId }) =>
          WellFormed.stringify({ custom_id: customId, method: "POST", url: chats, body })
        )
        const bytes = new TextEncoder().encode(`${json.join("\n")}\n`)
        return {
          path: "/files",
          body: new Form([
            { name: "purpose", value: "batch" },
            { name: "file", bytes, fileName: "batch.jsonl", mediaType: "application/jsonl" }
          ]),
          warnings
        }
      }),
    decodeResponse: (body, options) => responseOf(text(object(body)?.id), body, options),
    decodeError
  },
  encodeRequest: ({ endpoint = chats, file, metadata, providerOptions }, { provider }) => {
    const known = compact({ input_file_id: file, endpoint, completion_window: "24h", metadata })
    const body = new OwnFields(id).patched(known, providerOptions, provider)
    return Result.succeed({ path, body, warnings: [] })
  },
  query: ({ after, limit }) => ({ after, limit }),
  next: (page, batches) => (page.has_more === true ? batches.at(-1)?.id : undefined),
  decode: (batch) => {
    const rawState = text(batch.status)
    const counts = object(batch.request_counts) ?? {}
    const total = nonNegativeInt(counts.total)
    const succeeded = nonNegativeInt(counts.completed)
    const failed = nonNegativeInt(counts.failed)
    return {
      state: stateOf(rawState, states),
      rawState,
      counts: {
        total,
        succeeded,
        failed,
        pending: total === undefined ? undefined : Math.max(0, total - (succeeded ?? 0) - (failed ?? 0))
      },
      errors: array(object(batch.errors)?.data).flatMap((error) => text(object(error)?.message) ?? []),
      createdAt: time(batch.created_at),
      expiresAt: time(batch.expires_at),
      endedAt: time(batch.completed_at ?? batch.failed_at ?? batch.expired_at ?? batch.cancelled_at),
      results: [batch.output_file_id, batch.error_file_id].flatMap((file) => text(file) ?? [])
    }
  },
  resultsPath: (file) => `/files/${encodeURIComponent(file)}/content`,
  decodeItem: (line, provider) => decodeItem(line, provider, OpenAiChat)
})

const states = {
  completed: "completed",
  failed: "failed",
  expired: "expired",
  cancelled: "canceled"
} as const

/** Reads a line of results, `{ custom_id, response: { status_code, body }, error }`. */
export const decodeItem = (
  line: WireObject,
  provider: string,
  chat: Pick<ChatProtocol, "decodeResponse">
): ItemResult | undefined => {
  const customId = text(line.custom_id)
  return customId === undefined ? undefined : { customId, result: decodeResult(line, provider, chat) }
}

const decodeResult = (
  line: WireObject,
  provider: string,
  chat: Pick<ChatProtocol, "decodeResponse">
): ItemResult["result"] => {
  const response = object(line.response)
  const code = text(object(line.error)?.code)
  if (code === "batch_expired") return "expired"
  if (code === "batch_cancelled") return "canceled"
  const status = nonNegativeInt(response?.status_code)
  const body = response?.body
  if (response === undefined || (status !== undefined && status >= 300)) {
    const failure = decodeError(response === undefined ? line : body)
    return Result.fail({ ...failure, status: failure.status ?? status })
  }
  if (!isObject(body)) {
    return unreadable("there is no response", line, { provider })
  }
  return decodeChat(body.object === "response" ? OpenAiResponses : chat, body, provider)
}
