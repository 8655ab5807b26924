import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { decodeMessages } from "./Messages.ts"
import { decodeChoice, decodeFormat, decodeReasoning, decodeTools } from "./DecodeParameters.ts"
import type { OpenAiChatQuirks } from "../Quirks.ts"
import { unswitched } from "./ReasoningSwitch.ts"
import { others, RequestCheck } from "./RequestCheck.ts"
import { compact, isObject } from "../wire/Wire.ts"

const known = new Set([
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logprobs",
  "top_logprobs",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "reasoning_effort",
  "reasoning",
  "user",
  "metadata",
  "service_tier",
  "stream",
  "stream_options"
])

/**
 * Reads a request as a server received it. What the domain has no word for stays in `providerOptions["openai-chat"]`,
 * of the request or of the message, part or tool where it stood; what is not what it must be is an
 * `InvalidRequestError` that names the place.
 */
export const decodeRequest = (
  received: unknown,
  quirks?: Partial<OpenAiChatQuirks>
): Result.Result<DecodedRequest, InvalidRequestError> => {
  if (!isObject(received)) return Result.fail(new InvalidRequestError({ at: "body", detail: "must be a JSON object" }))
  const body = unswitched(received, quirks?.reasoningParameter)
  const check = new RequestCheck()
  const model = check.required(body.model, "model")
  const messages = check.array(body.messages, "messages") ?? check.fail("messages", "is missing") ?? []
  const stream = check.boolean(body.stream, "stream") ?? false
  const streamOptions = check.object(body.stream_options, "stream_options")
  const { include_usage: includeUsage, ...streamOthers } = streamOptions ?? {}
  const reasoning = decodeReasoning(body, check)
  const toolChoice = decodeChoice(body, check)
  const tools = decodeTools(body, check)
  const format = decodeFormat(body.response_format, check)
  // Together's number of alternatives.
  const logprobs = typeof body.logprobs === "number" ? body.logprobs : undefined
  const request: ChatRequest = compact({
    messages: decodeMessages(messages, check),
    maxOutputTokens:
      check.integer(body.max_completion_tokens, "max_completion_tokens") ??
      check.integer(body.max_tokens, "max_tokens"),
    temperature: check.number(body.temperature, "temperature"),
    topP: check.number(body.top_p, "top_p"),
    topK: check.integer(body.top_k, "top_k"),
    stop: typeof body.stop === "string" ? [body.stop] : strings(body.stop, "stop", check),
    seed: check.integer(body.seed, "seed"),
    frequencyPenalty: check.number(body.frequency_penalty, "frequency_penalty"),
    presencePenalty: check.number(body.presence_penalty, "presence_penalty"),
    logprobs:
      logprobs !== undefined
        ? undefined
        : check.boolean(body.logprobs, "logprobs") === true
          ? (check.integer(body.top_logprobs, "top_logprobs") ?? 0)
          : undefined,
    tools: tools.value,
    toolChoice: toolChoice.value,
    parallelToolCalls: check.boolean(body.parallel_tool_calls, "parallel_tool_calls"),
    responseFormat: format.value,
    reasoning: reasoning.value,
    user: check.string(body.user, "user"),
    metadata: decodeMetadata(body.metadata, check),
    serviceTier: check.string(body.service_tier, "service_tier"),
    ...others(body, known, {
      ...reasoning.rest,
      ...toolChoice.rest,
      ...tools.rest,
      ...format.rest,
      logprobs,
      ...(Object.keys(streamOthers).length === 0 ? {} : { stream_options: streamOthers as Json })
    })
  })
  if (check.issue !== undefined) return Result.fail(new InvalidRequestError({ ...check.issue }))
  return Result.succeed({ model, stream, request, includeUsage: includeUsage === true })
}

const strings = (u: unknown, at: string, check: RequestCheck): ReadonlyArray<string> | undefined =>
  check.array(u, at)?.map((value, i) => check.required(value, `${at}[${i}]`))

const decodeMetadata = (u: unknown, check: RequestCheck): ChatRequest["metadata"] => {
  const metadata = check.object(u, "metadata")
  if (metadata === undefined) return undefined
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, check.required(value, `metadata.${key}`)])
  )
}
