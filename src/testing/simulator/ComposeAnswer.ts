import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ReasoningPart, ToolCallPart } from "../../domain/ContentPart.ts"
import type { FinishReason } from "../../domain/FinishReason.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import * as Usage from "../../domain/Usage.ts"
import type { Answer } from "../Scenario.ts"
import { answerText, endsWithResults, promptOf, thoughtText } from "./AnswerText.ts"
import * as RoughTokens from "./RoughTokens.ts"
import { sampleJson } from "./SampleJson.ts"

/** What an answer is composed for. `number` tells requests apart, so that the ids of calls do not repeat. */
export interface Asked {
  readonly model: string
  readonly request: ChatRequest
  readonly number: number
  /** What of the prompt counts as read from the cache and written to it, in tokens. */
  readonly cache: { readonly read: number; readonly write: number }
}

interface Said {
  readonly content: ReadonlyArray<AssistantPart>
  readonly finishReason: FinishReason
  readonly stopSequence?: string | undefined
}

/**
 * The whole answer to a request, always the same to the same one. It heeds the request's stop texts and its limit of
 * tokens, and counts what was used.
 */
export const composeAnswer = (answer: Answer, asked: Asked): ChatResponse => {
  if (answer.type === "given" && typeof answer.content !== "string") {
    const { content, model, usage } = answer.content
    const counted = usage.outputTokens.total ?? usage.inputTokens.total
    return answer.content.with({
      model: model ?? asked.model,
      usage: counted === undefined ? usageOf(content, asked) : usage
    })
  }
  const { request } = asked
  const said = limited(stopped(saidOf(answer, asked), request.stop ?? []), request.maxOutputTokens)
  return new ChatResponse({
    ...said,
    model: asked.model,
    usage: usageOf(said.content, asked),
    warnings: [],
    attempts: []
  })
}

const text = (text: string): Said => ({ content: [{ type: "text", text }], finishReason: "stop" })

const saidOf = (answer: Answer, asked: Asked): Said => {
  const { request } = asked
  switch (answer.type) {
    case "reply":
      return replied(asked)
    case "tool-calls":
      return endsWithResults(request) && !isForced(request)
        ? replied(asked)
        : called(answer.calls, answer.broken, asked)
    case "reasoning": {
      const thought: ReasoningPart = {
        type: "reasoning",
        text: thoughtText(request),
        signature: `c2ltdWxhdGVk${asked.number}`
      }
      const { content, ...rest } = replied(asked)
      return { ...rest, content: [thought, ...content] }
    }
    case "refusal":
      return { content: [{ type: "refusal", text: "I am sorry, but I cannot help with that." }], finishReason: "stop" }
    case "filtered": {
      const begun = RoughTokens.split(answerText(request)).slice(0, 6).join("")
      return { ...text(begun), finishReason: "content-filter" }
    }
    case "given":
      return text(typeof answer.content === "string" ? answer.content : answer.content.text)
  }
}

const isForced = ({ toolChoice }: ChatRequest): boolean => toolChoice === "required" || typeof toolChoice === "object"

const replied = (asked: Asked): Said => {
  const { request } = asked
  if (isForced(request) && request.tools !== undefined) return called(1, false, asked)
  switch (request.responseFormat?.type) {
    case "json-schema":
      return text(JSON.stringify(sampleJson(request.responseFormat.schema, 0, promptOf(request))))
    case "json":
      return text(JSON.stringify({ answer: answerText(request) }))
    default:
      return text(answerText(request))
  }
}

const called = (calls: number, broken: boolean | undefined, asked: Asked): Said => {
  const { request } = asked
  const { parallelToolCalls, toolChoice, tools = [] } = request
  const named = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.tool) : tools
  if (toolChoice === "none" || named.length === 0) return text(answerText(request))
  const content = Array.from({ length: parallelToolCalls === false ? 1 : calls }, (_, index): ToolCallPart => {
    const tool = named[index % named.length] as (typeof named)[number]
    const input = sampleJson(tool.inputSchema, Math.floor(index / named.length), promptOf(request))
    const call = { type: "tool-call" as const, id: `call_sim_${asked.number}_${index + 1}`, name: tool.name }
    return broken === true ? { ...call, rawInput: '{"broken": ' } : { ...call, input }
  })
  return { content, finishReason: "tool-calls" }
}

/** Text ends in front of the first stop text that it holds. */
const stopped = (said: Said, stops: ReadonlyArray<string>): Said => {
  for (const [index, part] of said.content.entries()) {
    if (part.type !== "text") continue
    const [first] = stops
      .map((stop) => ({ stop, at: stop === "" ? -1 : part.text.indexOf(stop) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
    if (first === undefined) continue
    const content = [...said.content.slice(0, index), { ...part, text: part.text.slice(0, first.at) }]
    return { content, finishReason: "stop", stopSequence: first.stop }
  }
  return said
}

/** Thoughts and text end where the limit is reached; calls are not cut. */
const limited = (said: Said, limit: number | undefined): Said => {
  if (limit === undefined) return said
  let left = limit
  const content: Array<AssistantPart> = []
  for (const part of said.content) {
    if (part.type !== "text" && part.type !== "reasoning") {
      content.push(part)
      continue
    }
    const tokens = RoughTokens.split(part.text)
    if (tokens.length > left) {
      const cut = { ...part, text: tokens.slice(0, left).join("") }
      return { content: [...content, cut], finishReason: "length" }
    }
    left -= tokens.length
    content.push(part)
  }
  return { ...said, content }
}

const usageOf = (content: ReadonlyArray<AssistantPart>, { cache, request }: Asked): Usage.Usage => {
  let output = 0
  let reasoning = 0
  for (const part of content) {
    if (part.type === "tool-call") output += RoughTokens.split(part.rawInput ?? JSON.stringify(part.input) ?? "").length
    if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") {
      const tokens = RoughTokens.split(part.text).length
      output += tokens
      if (part.type === "reasoning") reasoning += tokens
    }
  }
  const input = RoughTokens.ofRequest(request)
  return Usage.make({ input, cacheRead: cache.read, cacheWrite: cache.write, output, reasoning })
}
