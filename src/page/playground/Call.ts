import { open } from "../server/Server.ts"
import { readEvents } from "../server/EventStream.ts"
import { messageIn, ServerError, toServerError } from "../server/ServerError.ts"
import type { ChatBody } from "./Message.ts"
import type { Figures, Reply, ToolCall } from "./Reply.ts"

/** The fields of a chunk of a chat completion that are read. */
interface Chunk {
  readonly error?: unknown
  readonly choices?: ReadonlyArray<{
    readonly delta?: {
      readonly content?: string | null
      readonly refusal?: string | null
      readonly reasoning_content?: string | null
      readonly tool_calls?: ReadonlyArray<ToolCallDelta>
      readonly images?: ReadonlyArray<{ readonly image_url?: { readonly url?: string } }>
    }
    readonly finish_reason?: string | null
  }>
  readonly usage?: {
    readonly prompt_tokens?: number
    readonly completion_tokens?: number
    readonly prompt_tokens_details?: { readonly cached_tokens?: number }
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number }
    readonly cost?: number
  } | null
}

interface ToolCallDelta {
  readonly index: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

/** Calls a model, and adds what it streams to the reply. Never rejects: the reply has the outcome. */
export const call = async (reply: Reply, body: ChatBody): Promise<void> => {
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  try {
    const response = await open("v1/chat/completions", {
      body: { ...body, stream: true, stream_options: { include_usage: true } },
      signal: reply.signal
    })
    reply.learn(headFigures(response.headers))
    if (response.body === null) throw new ServerError(response.status, "The response has no body.")
    let isWhole = false
    await readEvents(response.body, ({ data }) => {
      if (data === "[DONE]") isWhole = true
      else read(reply, JSON.parse(data) as Chunk, data, elapsed)
    })
    if (!isWhole) throw new ServerError(0, "The stream was cut: it ended without its last event.")
    reply.learn({ totalMillis: elapsed() })
    reply.state.value = "done"
  } catch (thrown) {
    const error = toServerError(thrown)
    reply.error.value = error
    reply.learn({ totalMillis: elapsed() })
    reply.state.value = error === undefined ? "stopped" : "failed"
  }
}

const read = (reply: Reply, chunk: Chunk, data: string, elapsed: () => number): void => {
  if (chunk.error !== undefined) throw new ServerError(0, messageIn(data) ?? "The stream ended with an error.")
  for (const { delta, finish_reason: finishReason } of chunk.choices ?? []) {
    const text = delta?.content ?? delta?.refusal ?? ""
    const reasoning = delta?.reasoning_content ?? ""
    const isContent = text !== "" || reasoning !== "" || delta?.tool_calls !== undefined || delta?.images !== undefined
    if (isContent && reply.state.value === "waiting") {
      reply.learn({ firstTokenMillis: elapsed() })
      reply.state.value = "streaming"
    }
    if (reasoning !== "") {
      reply.hasReasoning.value = true
      reply.reasoning.append(reasoning)
    }
    if (text !== "") reply.text.append(text)
    if (delta?.tool_calls !== undefined) reply.toolCalls.value = delta.tool_calls.reduce(grown, reply.toolCalls.value)
    const images = (delta?.images ?? []).flatMap(({ image_url: image }) => image?.url ?? [])
    if (images.length > 0) reply.images.value = [...reply.images.value, ...images]
    if (typeof finishReason === "string") reply.learn({ finishReason })
  }
  if (chunk.usage) reply.learn(usageFigures(chunk.usage))
}

const grown = (calls: ReadonlyArray<ToolCall>, delta: ToolCallDelta): ReadonlyArray<ToolCall> => {
  const known = calls[delta.index]
  const next = {
    id: known?.id ?? delta.id ?? "",
    name: known?.name ?? delta.function?.name ?? "",
    arguments: (known?.arguments ?? "") + (delta.function?.arguments ?? "")
  }
  return known === undefined ? [...calls, next] : calls.with(delta.index, next)
}

const usageFigures = (usage: NonNullable<Chunk["usage"]>): Figures => ({
  ...(usage.prompt_tokens !== undefined && { inputTokens: usage.prompt_tokens }),
  ...(usage.completion_tokens !== undefined && { outputTokens: usage.completion_tokens }),
  ...(usage.prompt_tokens_details?.cached_tokens !== undefined && {
    cachedTokens: usage.prompt_tokens_details.cached_tokens
  }),
  ...(usage.completion_tokens_details?.reasoning_tokens !== undefined && {
    reasoningTokens: usage.completion_tokens_details.reasoning_tokens
  }),
  ...(usage.cost !== undefined && { cost: String(usage.cost) })
})

const headFigures = (headers: Headers): Figures => {
  const requestId = headers.get("x-request-id")
  const servedBy = headers.get("x-effect-llm-deployment") ?? headers.get("x-effect-llm-model")
  const attempts = headers.get("x-effect-llm-attempts")
  return {
    ...(requestId !== null && { requestId }),
    ...(servedBy !== null && { servedBy }),
    ...(attempts !== null && { attempts: Number(attempts) })
  }
}
