import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ContentPart } from "../../../src/domain/ContentPart.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { CohereChat } from "../../../src/protocols/CohereChat.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, read, toBody, toFrames } = halvesOf(CohereChat, "cohere")

type Output = Extract<ContentPart, { type: "text" | "image" | "file" }>

const document: Arbitrary.Arbitrary<Output> = Arbitrary.map(
  Arbitrary.all([Arb.text, Arb.optional(Arb.name)]),
  ([text, title]) => ({
    type: "file",
    data: { text },
    title
  })
)

const requests = Arb.request({
  user: Arb.oneOf<Arb.UserPart>(Arb.textPart, Arb.imageUrlPart, Arb.imageBytesPart),
  assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart),
  toolOutput: Arb.oneOf<Wire>(
    Arb.text,
    Arbitrary.array(Arb.oneOf<Output>(Arb.textPart, Arb.imageUrlPart, document), { minLength: 1, maxLength: 2 })
  ),
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(CohereChat, "logprobs")
})

const normalPart = (part: Wire): Wire => {
  const { data, mediaType, output, ...rest } = part
  if (Array.isArray(output)) {
    const [first, ...more] = output
    const isBare = first.type === "text" && more.length === 0
    return { ...rest, output: isBare ? first.text : output.map(normalPart) }
  }
  return data instanceof Uint8Array
    ? { ...rest, data: `data:${mediaType};base64,${Buffer.from(data).toString("base64")}` }
    : part
}

/**
 * What a request is after it went over the wire: thinking is on or off; one strictness holds for all tools; a tool is
 * demanded by being the only one; a format says its schema alone.
 */
const normalRequest = ({ messages, reasoning, responseFormat, toolChoice, tools, ...rest }: ChatRequest): Wire => {
  const offered = typeof toolChoice === "object" ? tools?.filter(({ name }) => name === toolChoice.tool) : tools
  const strict = offered?.some((tool) => tool.strict === true)
    ? offered.every((tool) => tool.strict === true)
    : offered?.some((tool) => tool.strict === false)
      ? false
      : undefined
  return json({
    ...rest,
    messages: messages.map((message) =>
      Object.assign({}, message, { content: (message.content as ReadonlyArray<Wire>).map(normalPart) })
    ),
    tools: offered?.map((tool) => Object.assign({}, tool, { strict })),
    toolChoice: typeof toolChoice === "object" ? "required" : toolChoice === "auto" ? undefined : toolChoice,
    reasoning: reasoning === undefined || reasoning.effort === "none" ? reasoning : {},
    responseFormat:
      responseFormat?.type === "json-schema" ? { type: "json-schema", schema: responseFormat.schema } : responseFormat
  })
}

const runs = { arbitrary: { runs: 100 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([request]) => {
      const encoded = CohereChat.encodeRequest(request, { provider: "cohere", model: "m", stream: true })
      const decoded = Result.getOrThrow(CohereChat.decodeRequest(json(Result.getOrThrow(encoded).body)))
      assert.deepStrictEqual([decoded.model, decoded.stream], ["m", true])
      assert.deepStrictEqual(json(decoded.request) as Wire, normalRequest(request))
    },
    runs
  )
})

const citedText: Arbitrary.Arbitrary<AssistantPart> = Arbitrary.map(
  Arbitrary.all([Arb.text, Arbitrary.array(Arb.urlCitation, { maxLength: 2 })]),
  ([text, citations]) => ({ type: "text", text, ...(citations.length === 0 ? {} : { citations }) })
)

const block = Arbitrary.map(Arb.jsonObject, (value): AssistantPart => ({
  type: "provider",
  protocol: "cohere-chat",
  value: { ...value, type: "something_new" }
}))

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(citedText, Arb.plainReasoningPart, block, Arb.refusalPart), {
    maxLength: 4
  }),
  rawInput: true
})

/** What a response is after it went over the wire: a refusal is text. */
const normalResponse = ({ content, finishReason, id, usage }: ChatResponse): Wire =>
  json({
    content: content.map((part) => {
      if (part.type === "refusal") return { type: "text", text: part.text }
      if (part.type !== "text") return part
      return { ...part, citations: part.citations?.map(({ raw: _, ...citation }) => citation) }
    }),
    finishReason,
    id,
    input: usage.inputTokens.total,
    output: usage.outputTokens.total,
    reasoning: usage.outputTokens.reasoning
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
    },
    runs
  )
})
