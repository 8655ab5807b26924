import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { foldEvents, toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ContentPart, MediaData, TextPart } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { decode, frame, fold, json, meaning, read, type Wire } from "./wire.ts"
import { claudeMarks, withinMarks } from "../../../src/protocols/wire/request/FittedRequest.ts"

const answer = { model: "asked", created: 0, id: "none" }

const cached = <A extends object>(part: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(Arbitrary.all([part, Arb.cacheControl]), ([part, cacheControl]) => ({ ...part, cacheControl }))

const media: Arbitrary.Arbitrary<Extract<ContentPart, { type: "text" | "image" | "file" }>> = cached(
  Arb.oneOf<Extract<ContentPart, { type: "text" | "image" | "file" }>>(
    Arb.textPart,
    Arb.imageUrlPart,
    Arb.imageDataUriPart,
    Arb.imageBytesPart,
    Arb.pdfBytesPart,
    Arb.fileIdPart
  )
)

const thought = Arb.oneOf<AssistantPart>(Arb.signedReasoningPart, Arb.encryptedReasoningPart)

const requests = Arb.request({
  system: cached(Arb.textPart),
  user: media,
  assistant: Arb.oneOf<AssistantPart>(cached(Arb.textPart), thought),
  toolOutput: Arb.oneOf<Wire>(Arb.text, Arbitrary.array(media, { minLength: 1, maxLength: 2 })),
  toolErrors: true,
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(AnthropicMessages, "metadata", "serviceTier")
})

/** Bytes come back as a `data:` URI, and the name of a file as its title. */
const normalPart = (part: Wire): Wire => {
  const { fileName, mediaType, ...rest } = part
  switch (part.type) {
    case "image":
    case "file":
      return { ...rest, data: normalData(part.data, mediaType), title: part.title ?? fileName }
    case "tool-call": {
      const { rawInput: _, ...call } = part
      return part.input === undefined ? part : call
    }
    case "tool-result":
      return { ...part, output: Array.isArray(part.output) ? part.output.map(normalPart) : part.output }
    default:
      return part
  }
}

const normalData = (data: MediaData, mediaType: string): MediaData =>
  data instanceof Uint8Array ? `data:${mediaType};base64,${Buffer.from(data).toString("base64")}` : data

/**
 * What a request is after it went over the wire. Beside the parts: `max_tokens` is always said; `minimal` is `low`; a
 * schema's name and strictness have no word; a limit on parallel calls is said within a choice, and so not beside `none`.
 */
const normalRequest = (request: ChatRequest): Wire => {
  const { messages, parallelToolCalls, reasoning, responseFormat, toolChoice, tools, ...rest } = request
  const parallel = tools === undefined || toolChoice === "none" ? undefined : parallelToolCalls
  return json({
    ...rest,
    maxOutputTokens: rest.maxOutputTokens ?? 32_000,
    messages: messages.map((message) =>
      Object.assign({}, message, { content: message.content.map(normalPart as never) })
    ),
    tools,
    toolChoice: parallel === undefined ? toolChoice : (toolChoice ?? "auto"),
    parallelToolCalls: parallel,
    reasoning: reasoning?.effort === "minimal" ? { effort: "low" } : reasoning,
    responseFormat:
      responseFormat?.type === "json-schema" ? { type: "json-schema", schema: responseFormat.schema } : undefined
  })
}

const citedText: Arbitrary.Arbitrary<TextPart> = Arbitrary.map(
  Arbitrary.all([Arb.text, Arbitrary.array(Arb.urlCitation, { maxLength: 2 })]),
  ([text, citations]) => ({ type: "text", text, ...(citations.length === 0 ? {} : { citations }) })
)

const block = Arbitrary.map(Arb.jsonObject, (value): AssistantPart => ({
  type: "provider",
  protocol: "anthropic-messages",
  value: { ...(value as { [key: string]: Json }), type: "mcp_tool_result" }
}))

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(citedText, thought, block, Arb.refusalPart), { maxLength: 4 }),
  rawInput: true
})

/**
 * What an answer is after it went over the wire: refusals are one explanation at the end, and the reason of the stop;
 * a citation's places in the text have no word; the raw word is the wire's.
 */
const normalResponse = (response: ChatResponse, rawInput: boolean): Wire => {
  const { content, finishReason, rawFinishReason: _, usage, ...rest } = meaning(response)
  const refusal = response.refusal
  const parts = content
    .filter(({ type }: Wire) => type !== "refusal")
    .map((part: Wire) => {
      if (part.type === "text") return json({ ...part, citations: part.citations?.map(withoutPlace) })
      return rawInput ? part : normalPart(part)
    })
  const { raw: __, ...counts } = usage
  return {
    ...rest,
    content: refusal === "" ? parts : [...parts, { type: "refusal", text: refusal }],
    finishReason: refusal === "" ? finishReason : "content-filter",
    usage: counts
  }
}

const withoutPlace = ({ end: _, raw: __, start: ___, ...citation }: Wire): Wire => citation

const runs = { arbitrary: { runs: 60 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([given]) => {
      const request = withinMarks(given, claudeMarks)
      if (request.responseFormat?.type === "json") return
      assert.isUndefined(Conversation.check(request))
      const encoded = Result.getOrThrow(
        AnthropicMessages.encodeRequest(request, { provider: "anthropic", model: "claude", stream: true })
      )
      const decoded = Result.getOrThrow(AnthropicMessages.decodeRequest(json(encoded.body)))
      assert.strictEqual(decoded.model, "claude")
      assert.isTrue(decoded.stream)
      assert.deepStrictEqual(json(decoded.request) as Wire, normalRequest(request))
    },
    runs
  )
})

const streamOf = (events: ReadonlyArray<ChatEvent>) => {
  const encoder = AnthropicMessages.makeEncoder(answer)
  return [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
}

/** The parts of one kind come in their own order, all else is shuffled by `picks`. */
const interleave = (events: ReadonlyArray<ChatEvent>, picks: ReadonlyArray<number>): ReadonlyArray<ChatEvent> => {
  const queues = new Map<string, Array<ChatEvent>>()
  for (const event of events) {
    const key = "id" in event && event.type !== "response-metadata" ? `${event.type.split("-")[0]} ${event.id}` : "rest"
    queues.set(key, [...(queues.get(key) ?? []), event])
  }
  const calls = [...queues].filter(([key]) => key.startsWith("tool ")).map(([, queue]) => queue)
  const started = calls.map((queue) => queue.shift()!)
  const mixed: Array<ChatEvent> = [...started]
  for (let turn = 0; calls.some((queue) => queue.length > 0); turn++) {
    const open = calls.filter((queue) => queue.length > 0)
    mixed.push(open[(picks[turn % Math.max(1, picks.length)] ?? 0) % open.length]!.shift()!)
  }
  return events.flatMap((event, index) => {
    const isCall = event.type.startsWith("tool-")
    const isFirst = events.findIndex(({ type }) => type.startsWith("tool-")) === index
    return isFirst ? mixed : isCall ? [] : [event]
  })
}

const isDelta = (event: ChatEvent): event is Extract<ChatEvent, { readonly delta: string }> => "delta" in event

describe("a response survives the wire", () => {
  it.prop(
    "encodeResponse, then decodeResponse",
    [responses],
    ([response]) => {
      const decoded = decode(json(AnthropicMessages.encodeResponse(response, answer)))
      assert.deepStrictEqual(normalResponse(decoded, false), normalResponse(response, false))
    },
    runs
  )

  it.prop(
    "its stream folds to it, and to what the unary response decodes to",
    [responses],
    ([response]) => {
      const frames = streamOf(toEvents(response))
      const streamed = fold(frames)
      assert.isTrue(read(frames).whole)
      assert.deepStrictEqual(normalResponse(streamed, true), normalResponse(response, true))
      const whole = decode(json(AnthropicMessages.encodeResponse(response, answer)))
      assert.deepStrictEqual(normalResponse(streamed, false), normalResponse(whole, false))
    },
    runs
  )

  it.prop(
    "however text and arguments are split",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const pieces = toEvents(response).flatMap((event): ReadonlyArray<ChatEvent> =>
        isDelta(event) ? Arb.cut(event.delta, cuts).map((delta) => Object.assign({}, event, { delta })) : [event]
      )
      assert.deepStrictEqual(
        normalResponse(foldEvents(read(streamOf(pieces)).events), true),
        normalResponse(response, true)
      )
    },
    runs
  )

  it.prop(
    "however parallel calls interleave",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const frames = streamOf(interleave(toEvents(response), cuts))
      assert.deepStrictEqual(normalResponse(fold(frames), true), normalResponse(response, true))
      let open: number | undefined
      let next = 0
      for (const { data } of frames) {
        const { index, type } = JSON.parse(data)
        if (type === "content_block_start") {
          assert.isUndefined(open)
          assert.strictEqual(index, next++)
          open = index
        }
        if (type === "content_block_delta" || type === "content_block_stop") assert.strictEqual(index, open)
        if (type === "content_block_stop") open = undefined
      }
      assert.isUndefined(open)
    },
    runs
  )

  it.prop(
    "with pings, comments and unknown events, which change nothing",
    [responses, Arb.cuts],
    ([response, places]) => {
      const frames = [...streamOf(toEvents(response))]
      const noise = [frame({ type: "ping" }), frame({ type: "something_new", index: 0 }), { event: "ping", data: "{}" }]
      for (const [index, place] of places.entries()) {
        frames.splice(place % (frames.length + 1), 0, noise[index % noise.length]!)
      }
      assert.deepStrictEqual(normalResponse(fold(frames), true), normalResponse(response, true))
    },
    runs
  )
})
