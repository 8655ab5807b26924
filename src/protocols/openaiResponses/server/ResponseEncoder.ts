import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Usage } from "../../../domain/Usage.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { encodeStatus } from "../wire/Status.ts"
import { array, type WireObject } from "../wire/Wire.ts"
import { encodeUsage } from "../Usage.ts"
import { encodeItems } from "./Response.ts"

/**
 * Writes a whole answer. What was used of other tools, and pages that the answer as a whole draws on, have no word
 * beside the items that show them.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const { content, finishReason, logprobs, rawFinishReason, usage } = response
  const id = response.id ?? options.id
  const items = encodeItems(content, options.id)
  return whole({
    id,
    model: response.model ?? options.model,
    created: options.created,
    ...encodeStatus(finishReason, rawFinishReason),
    output: logprobs === undefined ? items : withLogprobs(items, encodeLogprobs(logprobs)),
    usage
  }) as Json
}

/** The log probabilities of an answer stand with its first text. */
const withLogprobs = (items: ReadonlyArray<WireObject>, logprobs: ReadonlyArray<Json>): ReadonlyArray<WireObject> => {
  const at = items.findIndex(({ type }) => type === "message")
  const content = array(items[at]?.content) as ReadonlyArray<WireObject>
  const within = content.findIndex(({ type }) => type === "output_text")
  if (within < 0) return items
  return items.with(at, { ...items[at], content: content.with(within, { ...content[within], logprobs }) })
}

/**
 * The object of an answer, at its end or on its way.
 * Source: https://platform.openai.com/docs/api-reference/responses/object
 */
export const whole = (answer: {
  readonly id: string
  readonly model: string
  readonly created: number
  readonly status: string
  readonly incomplete_details: { readonly reason: string } | null
  readonly output: ReadonlyArray<WireObject>
  readonly usage: Usage | undefined
}): WireObject => ({
  id: answer.id,
  object: "response",
  created_at: answer.created,
  status: answer.status,
  error: null,
  incomplete_details: answer.incomplete_details,
  instructions: null,
  metadata: {},
  model: answer.model,
  output: answer.output,
  parallel_tool_calls: true,
  previous_response_id: null,
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_p: null,
  truncation: "disabled",
  service_tier: answer.usage?.serviceTier ?? null,
  usage: answer.usage === undefined ? null : encodeUsage(answer.usage)
})
