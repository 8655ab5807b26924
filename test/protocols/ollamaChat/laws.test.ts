import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { OllamaChat } from "../../../src/protocols/OllamaChat.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, read, toBody, toFrames } = halvesOf(OllamaChat, "ollama")

const requests = Arb.request({
  user: Arb.oneOf<Arb.UserPart>(Arb.textPart, Arb.imageBytesPart, Arb.imageDataUriPart),
  assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart),
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(OllamaChat)
})

const base64 = ({ data }: Wire): string =>
  typeof data === "string" ? data.slice(data.indexOf(",") + 1) : Buffer.from(data).toString("base64")

/** A call's input survives; the text in which the model wrote it does only where it is no JSON. */
const normalCall = ({ rawInput, ...call }: Wire): Wire => (call.input === undefined ? { ...call, rawInput } : call)

const normalContent = (role: string, content: ReadonlyArray<Wire>): Wire => ({
  thoughts: content.map(({ text, type }) => (type === "reasoning" ? text : "")).join(""),
  text: content
    .filter(({ type }) => type === "text")
    .map(({ text }) => text)
    .join(role === "assistant" ? "" : "\n\n"),
  images: content.filter(({ type }) => type === "image").map(base64),
  calls: content.filter(({ type }) => type === "tool-call").map(normalCall),
  results: content.filter(({ type }) => type === "tool-result").map(({ name: _, ...result }) => result)
})

const levels: Wire = { minimal: "low", xhigh: "high" }

/**
 * What a request is after it went over the wire. A message is one text with images beside it; there is no choice among
 * tools but to offer none; a format says its schema alone; `minimal` and `xhigh` are the next effort that there is.
 */
const normalRequest = ({ messages, reasoning, responseFormat, toolChoice, tools, ...rest }: ChatRequest): Wire => {
  const effort = reasoning?.effort
  return json({
    ...rest,
    messages: messages.map(({ content, role }) => ({ role, content: normalContent(role, content as Wire) })),
    tools: toolChoice === "none" ? undefined : tools,
    reasoning: effort === undefined ? reasoning : { effort: levels[effort] ?? effort },
    responseFormat:
      responseFormat?.type === "json-schema"
        ? { type: "json-schema", schema: responseFormat.schema }
        : responseFormat?.type === "json"
          ? responseFormat
          : undefined
  })
}

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart, Arb.refusalPart), {
    maxLength: 4
  }),
  rawInput: true
})

/** What a response is after it went over the wire: texts and thoughts are one each, a refusal is text. */
const normalResponse = (answer: ChatResponse): Wire =>
  json({
    text: answer.content.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join(""),
    thoughts: answer.reasoningText,
    calls: answer.toolCalls.map(normalCall),
    model: answer.model,
    finishReason: answer.finishReason,
    input: answer.usage.inputTokens.total,
    output: answer.usage.outputTokens.total
  })

const runs = { arbitrary: { runs: 100 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([request]) => {
      const encoded = OllamaChat.encodeRequest(request, { provider: "ollama", model: "m", stream: true })
      if (request.toolChoice === "required" || typeof request.toolChoice === "object") {
        const error = Result.getOrThrow(Result.flip(encoded))
        assert.strictEqual(error._tag === "UnsupportedParameterError" && error.parameter, "toolChoice")
        return
      }
      const decoded = Result.getOrThrow(OllamaChat.decodeRequest(json(Result.getOrThrow(encoded).body)))
      assert.deepStrictEqual([decoded.model, decoded.stream], ["m", true])
      assert.deepStrictEqual(normalRequest(decoded.request), normalRequest(request))
    },
    runs
  )
})

describe("a response survives the wire", () => {
  it.prop(
    "whole, and as a stream that folds to it however it is split",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const frames = toFrames(Arb.cutDeltas(toEvents(response), cuts))
      assert.isTrue(read(frames).whole)
      assert.deepStrictEqual(normalResponse(decode(toBody(response))), normalResponse(response))
      assert.deepStrictEqual(normalResponse(fold(frames)), normalResponse(response))
      for (let count = 0; count < frames.length; count++) assert.isFalse(read(frames.slice(0, count)).whole)
    },
    runs
  )
})
