import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ReasoningPart, ToolCallPart } from "../../domain/ContentPart.ts"
import type { FinishReason } from "../../domain/FinishReason.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import * as Usage from "../../domain/Usage.ts"
import type { Reply } from "../Scenario.ts"
import { responseText, endsWithResults, promptOf, reasoningText } from "./ResponseText.ts"
import * as EstimatedTokens from "./EstimatedTokens.ts"
import { sampleJson } from "./SampleJson.ts"

/** One request to respond to. `number` is unique, so that tool call ids are too. */
export interface SimulatedCall {
  readonly model: string
  readonly request: ChatRequest
  readonly number: number
  /** Tokens of the prompt to report as cache reads and writes. */
  readonly cache: { readonly read: number; readonly write: number }
}

interface Draft {
  readonly content: ReadonlyArray<AssistantPart>
  readonly finishReason: FinishReason
  readonly stopSequence?: string | undefined
}

/**
 * The whole response to a request, always the same for the same request. It honours stop sequences and the token limit,
 * and counts its usage.
 */
export const composeResponse = (reply: Reply, call: SimulatedCall): ChatResponse => {
  if (reply.type === "given" && typeof reply.content !== "string") {
    const { content, model, usage } = reply.content
    const counted = usage.outputTokens.total ?? usage.inputTokens.total
    return reply.content.with({
      model: model ?? call.model,
      usage: counted === undefined ? usageOf(content, call) : usage
    })
  }
  const { request } = call
  const draft = limited(stopped(draftOf(reply, call), request.stop ?? []), request.maxOutputTokens)
  return new ChatResponse({
    ...draft,
    model: call.model,
    usage: usageOf(draft.content, call),
    warnings: [],
    attempts: []
  })
}

const text = (text: string): Draft => ({ content: [{ type: "text", text }], finishReason: "stop" })

const draftOf = (reply: Reply, call: SimulatedCall): Draft => {
  const { request } = call
  switch (reply.type) {
    case "reply":
      return textReply(call)
    case "tool-calls":
      return endsWithResults(request) && !isForced(request)
        ? textReply(call)
        : toolCallReply(reply.calls, reply.broken, call)
    case "reasoning": {
      const reasoning: ReasoningPart = {
        type: "reasoning",
        text: reasoningText(request),
        signature: `c2ltdWxhdGVk${call.number}`
      }
      const { content, ...rest } = textReply(call)
      return { ...rest, content: [reasoning, ...content] }
    }
    case "refusal":
      return { content: [{ type: "refusal", text: "I am sorry, but I cannot help with that." }], finishReason: "stop" }
    case "filtered": {
      const begun = EstimatedTokens.split(responseText(request)).slice(0, 6).join("")
      return { ...text(begun), finishReason: "content-filter" }
    }
    case "given":
      return text(typeof reply.content === "string" ? reply.content : reply.content.text)
  }
}

const isForced = ({ toolChoice }: ChatRequest): boolean => toolChoice === "required" || typeof toolChoice === "object"

const textReply = (call: SimulatedCall): Draft => {
  const { request } = call
  if (isForced(request) && request.tools !== undefined) return toolCallReply(1, false, call)
  switch (request.responseFormat?.type) {
    case "json-schema":
      return text(JSON.stringify(sampleJson(request.responseFormat.schema, 0, promptOf(request))))
    case "json":
      return text(JSON.stringify({ reply: responseText(request) }))
    default:
      return text(responseText(request))
  }
}

const toolCallReply = (calls: number, broken: boolean | undefined, call: SimulatedCall): Draft => {
  const { request } = call
  const { parallelToolCalls, toolChoice, tools = [] } = request
  const named = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.tool) : tools
  if (toolChoice === "none" || named.length === 0) return text(responseText(request))
  const content = Array.from({ length: parallelToolCalls === false ? 1 : calls }, (_, index): ToolCallPart => {
    const tool = named[index % named.length] as (typeof named)[number]
    const input = sampleJson(tool.inputSchema, Math.floor(index / named.length), promptOf(request))
    const toolCall = { type: "tool-call" as const, id: `call_sim_${call.number}_${index + 1}`, name: tool.name }
    return broken === true ? { ...toolCall, rawInput: '{"broken": ' } : { ...toolCall, input }
  })
  return { content, finishReason: "tool-calls" }
}

/** Text ends in front of the first stop text that it holds. */
const stopped = (draft: Draft, stops: ReadonlyArray<string>): Draft => {
  for (const [index, part] of draft.content.entries()) {
    if (part.type !== "text") continue
    const [first] = stops
      .map((stop) => ({ stop, at: stop === "" ? -1 : part.text.indexOf(stop) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
    if (first === undefined) continue
    const content = [...draft.content.slice(0, index), { ...part, text: part.text.slice(0, first.at) }]
    return { content, finishReason: "stop", stopSequence: first.stop }
  }
  return draft
}

/** Reasoning and text end at the limit; tool calls are not cut. */
const limited = (draft: Draft, limit: number | undefined): Draft => {
  if (limit === undefined) return draft
  let left = limit
  const content: Array<AssistantPart> = []
  for (const part of draft.content) {
    if (part.type !== "text" && part.type !== "reasoning") {
      content.push(part)
      continue
    }
    const tokens = EstimatedTokens.split(part.text)
    if (tokens.length > left) {
      const cut = { ...part, text: tokens.slice(0, left).join("") }
      return { content: [...content, cut], finishReason: "length" }
    }
    left -= tokens.length
    content.push(part)
  }
  return { ...draft, content }
}

const usageOf = (content: ReadonlyArray<AssistantPart>, { cache, request }: SimulatedCall): Usage.Usage => {
  let output = 0
  let reasoning = 0
  for (const part of content) {
    if (part.type === "tool-call")
      output += EstimatedTokens.split(part.rawInput ?? JSON.stringify(part.input) ?? "").length
    if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") {
      const tokens = EstimatedTokens.split(part.text).length
      output += tokens
      if (part.type === "reasoning") reasoning += tokens
    }
  }
  const input = EstimatedTokens.ofRequest(request)
  return Usage.make({ input, cacheRead: cache.read, cacheWrite: cache.write, output, reasoning })
}
