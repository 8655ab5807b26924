import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { MistralChat } from "../../../src/protocols/MistralChat.ts"
import { encodeCallId } from "../../../src/protocols/mistralChat/Messages.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, read, toBody, toFrames } = halvesOf(MistralChat, "mistral")

const requests = Arb.request({
  user: Arb.oneOf<Arb.UserPart>(
    Arb.textPart,
    Arb.imageUrlPart,
    Arb.imageBytesPart,
    Arb.audioBytesPart,
    Arb.pdfBytesPart,
    Arb.fileIdPart
  ),
  assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart),
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(MistralChat)
})

const normalPart = (part: Wire): Wire => {
  const { data, mediaType, ...rest } = part
  if (part.type === "tool-call" || part.type === "tool-result") return { ...part, id: encodeCallId(part.id) }
  if (data === undefined) return part
  const url = data instanceof Uint8Array ? `data:${mediaType};base64,${Buffer.from(data).toString("base64")}` : data
  return { ...rest, data: url }
}

/** Texts of an answer that follow one another are one. */
const joined = (parts: ReadonlyArray<Wire>, types: ReadonlyArray<string>): ReadonlyArray<Wire> => {
  const all: Array<Wire> = []
  for (const part of parts) {
    const last = all.at(-1)
    if (last !== undefined && last.type === part.type && types.includes(part.type)) {
      all[all.length - 1] = { ...last, text: last.text + part.text }
    } else all.push(part)
  }
  return all
}

const runs = { arbitrary: { runs: 60 } }

/** What a request is after it went over the wire: an effort is `high` or `none`, an id has nine letters. */
const normalRequest = ({ messages, reasoning, ...rest }: ChatRequest): Wire => {
  const effort = reasoning?.effort
  return json({
    ...rest,
    messages: messages.map((message) => {
      const parts = (message.content as ReadonlyArray<Wire>).map(normalPart)
      return { ...message, content: message.role === "assistant" ? joined(parts, ["text"]) : parts }
    }),
    reasoning:
      effort === undefined ? reasoning : { effort: effort === "none" || effort === "minimal" ? "none" : "high" }
  })
}

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([request]) => {
      const encoded = MistralChat.encodeRequest(request, { provider: "mistral", model: "m", stream: true })
      const decoded = Result.getOrThrow(MistralChat.decodeRequest(json(Result.getOrThrow(encoded).body)))
      assert.deepStrictEqual([decoded.model, decoded.stream, decoded.includeUsage], ["m", true, true])
      assert.deepStrictEqual(normalRequest(decoded.request), normalRequest(request))
    },
    runs
  )
})

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart, Arb.refusalPart), {
    maxLength: 4
  }),
  rawInput: true
})

/** What a response is after it went over the wire: texts are one, a refusal is text. */
const normalResponse = (answer: ChatResponse): Wire => {
  const { raw: _, ...usage } = answer.usage
  return json({
    text: answer.content.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join(""),
    thoughts: answer.reasoningText,
    calls: answer.toolCalls,
    id: answer.id,
    model: answer.model,
    finishReason: answer.finishReason,
    usage
  })
}

describe("a response survives the wire", () => {
  it.prop(
    "whole, and as a stream that folds to it however it is split",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const frames = toFrames(Arb.cutDeltas(toEvents(response), cuts))
      assert.isTrue(read(frames).whole)
      assert.deepStrictEqual(normalResponse(decode(toBody(response))), normalResponse(response))
      assert.deepStrictEqual(normalResponse(fold(frames)), normalResponse(response))
    },
    runs
  )
})
