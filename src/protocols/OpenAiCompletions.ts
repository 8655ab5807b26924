/**
 * OpenAI's old completions, over chat models: the prompt is the message of a user. It is the server half only, since what
 * they request can be requested of every provider as a chat.
 *
 * ```ts
 * const decoded = OpenAiCompletions.decodeRequest(body)
 * const body = OpenAiCompletions.encodeResponse(response, options)
 * ```
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { InvalidRequestError } from "../domain/CallErrors.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { Json } from "../domain/Json.ts"
import type { DecodedRequest, EncodeResponseOptions, RequestPath, StreamEncoder } from "./ChatProtocol.ts"
import { OpenAiChat } from "./OpenAiChat.ts"
import { encodeUsage } from "./openaiChat/Usage.ts"
import { encodeFinish, encodeTokens, TextChunks } from "./openaiCompletions/Choice.ts"
import { isObject, type WireObject } from "./wire/WireObject.ts"

/**
 * What the server half needs to encode a completion.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeCompletionOptions extends EncodeResponseOptions {
  /** The prompt, where the completion is to begin with it. */
  readonly echo?: string | undefined
}

/**
 * @since 0.1.0
 * @category protocols
 */
export const OpenAiCompletions: {
  readonly id: string
  readonly framing: "sse"
  /** One chat for each prompt. Fields that a chat model cannot serve are refused by name. */
  readonly decodeRequest: (body: unknown, path?: RequestPath) => Result.Result<DecodedCompletion, InvalidRequestError>
  /** A completion for each response. */
  readonly encodeResponses: (
    responses: ReadonlyArray<readonly [response: ChatResponse, echo: string | undefined]>,
    options: EncodeResponseOptions
  ) => Json
  readonly makeEncoder: (options: EncodeCompletionOptions) => StreamEncoder
} = {
  id: "openai-completions",
  framing: "sse",
  decodeRequest: (body, path) => decodeRequest(body, path),
  encodeResponses: (responses, options) => {
    const [first] = responses
    const choices = responses.map(([{ finishReason, logprobs, text }, echo = ""], index) => ({
      text: echo + text,
      index,
      logprobs: logprobs === undefined ? null : encodeTokens(logprobs, echo.length),
      finish_reason: encodeFinish(finishReason)
    }))
    const counts = responses.map(([{ usage }]) => encodeUsage(usage))
    return {
      id: first?.[0].id ?? options.id,
      object: "text_completion",
      created: options.created,
      model: first?.[0].model ?? options.model,
      choices,
      usage: (counts.length === 1 ? counts[0] : totalOf(counts)) ?? null
    } as unknown as Json
  },
  makeEncoder: (options) => new TextChunks(options, options.echo)
}

/**
 * A request as a server received it: the chats of its prompts, and whether completions begin with their prompts.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedCompletion {
  readonly chats: readonly [DecodedCompletionChat, ...Array<DecodedCompletionChat>]
}

/**
 * The chat of one prompt.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedCompletionChat extends DecodedRequest {
  readonly echo: string | undefined
}

/** A call is made for each prompt. */
const mostPrompts = 20

const decodeRequest = (
  body: unknown,
  path: RequestPath | undefined
): Result.Result<DecodedCompletion, InvalidRequestError> => {
  if (!isObject(body)) return refused("", "the body is not an object")
  const { best_of: bestOf, echo, logprobs, n, prompt, suffix, ...rest } = body
  if ((n ?? 1) !== 1) return refused("n", "chat models give one completion of a prompt")
  if ((bestOf ?? 1) !== 1) return refused("best_of", "chat models give one completion of a prompt")
  if ((suffix ?? "") !== "") return refused("suffix", "chat models do not insert text")
  if (typeof (echo ?? false) !== "boolean") return refused("echo", "expected true or false")
  const prompts =
    typeof prompt === "string" ? [prompt] : Array.isArray(prompt) ? (prompt as ReadonlyArray<unknown>) : []
  if (prompts.length === 0) return refused("prompt", "expected a text, or a list of texts")
  if (prompts.some((prompt) => typeof prompt !== "string"))
    return refused("prompt", "chat models take text, not tokens")
  if (prompts.length > mostPrompts) return refused("prompt", `expected at most ${mostPrompts} prompts`)
  if (prompts.length > 1 && body.stream === true) return refused("prompt", "a stream has one prompt")
  const chats: Array<DecodedCompletionChat> = []
  for (const content of prompts) {
    const chat: WireObject = {
      ...rest,
      messages: [{ role: "user", content }],
      ...(typeof logprobs === "number" && { logprobs: true, top_logprobs: logprobs })
    }
    const decoded = OpenAiChat.decodeRequest(chat, path)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    chats.push({ ...decoded.success, echo: echo === true ? String(content) : undefined })
  }
  const [first, ...others] = chats
  return first === undefined ? refused("prompt", "expected a text") : Result.succeed({ chats: [first, ...others] })
}

const refused = (at: string, detail: string): Result.Result<never, InvalidRequestError> =>
  Result.fail(new InvalidRequestError({ at, detail }))

const totalOf = (counts: ReadonlyArray<unknown>): WireObject => {
  const total: Record<string, number> = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  for (const count of counts) {
    for (const name of Object.keys(total)) {
      const value = isObject(count) ? count[name] : undefined
      if (typeof value === "number") total[name] = (total[name] ?? 0) + value
    }
  }
  return total
}
