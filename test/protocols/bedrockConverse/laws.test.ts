import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ContentPart, MediaData, ReasoningPart, TextPart } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import { EventStreamWriter } from "../../../src/transport/EventStream.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { assertSame } from "../halves.ts"
import { decode, fold, frame, framesOf, json, meaning, read, type Wire } from "./wire.ts"
import { codec } from "../../transport/eventStreamCodec.ts"
import { claudeMarks, withinMarks } from "../../../src/protocols/wire/request/FittedRequest.ts"

const answer = { model: "asked", created: 0, id: "none" }

const cached = <A extends object>(part: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(Arbitrary.all([part, Arb.cacheControl]), ([part, cacheControl]) => ({ ...part, cacheControl }))

type Media = Extract<ContentPart, { type: "text" | "image" | "file" }>

const s3Part = Arbitrary.map(Arb.name, (name): Media => ({
  type: "file",
  data: `s3://bucket/${name}.mp4`,
  mediaType: "video/mp4"
}))

const media: Arbitrary.Arbitrary<Media> = cached(
  Arb.oneOf<Media>(Arb.textPart, Arb.imageDataUriPart, Arb.imageBytesPart, Arb.pdfBytesPart, s3Part)
)

const owned = (part: ReasoningPart): AssistantPart => ({ ...part, protocol: "bedrock-converse" })

const thought = Arb.oneOf<AssistantPart>(
  Arbitrary.map(Arb.signedReasoningPart, owned),
  Arbitrary.map(Arb.encryptedReasoningPart, owned),
  Arbitrary.map(Arb.plainReasoningPart, owned)
)

const requests = Arb.request({
  system: cached(Arb.textPart),
  user: Arb.oneOf<Media | Extract<ContentPart, { type: "audio" }>>(media, Arb.audioBytesPart),
  assistant: Arb.oneOf<AssistantPart>(cached(Arb.textPart), thought),
  toolOutput: Arb.oneOf<Wire>(
    Arb.text,
    Arbitrary.array(Arb.oneOf<Media>(Arb.textPart, Arb.imageBytesPart), { minLength: 1, maxLength: 2 })
  ),
  toolErrors: true,
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(BedrockConverse, "parallelToolCalls")
})

/** Bytes come back as a `data:` URI; the names of documents are tested apart. */
const normalPart = (part: Wire): Wire => {
  const { fileName: _, mediaType, ...rest } = part
  switch (part.type) {
    case "image":
    case "audio":
    case "file":
      return { ...rest, mediaType: typeOf(part), data: normalData(part.data, mediaType), title: undefined }
    case "tool-call": {
      const { rawInput: _, ...call } = part
      return part.input === undefined ? part : call
    }
    case "tool-result": {
      const output = typeof part.output === "string" ? [{ type: "text", text: part.output }] : part.output
      return { ...part, output: output.map(normalPart) }
    }
    default:
      return part
  }
}

const normalData = (data: MediaData, mediaType: string): MediaData =>
  data instanceof Uint8Array ? `data:${mediaType};base64,${Buffer.from(data).toString("base64")}` : data

const typeOf = ({ data, mediaType }: Wire): string => mediaType ?? /^data:(.*?);/.exec(data)?.[1]

/**
 * What a request is after it went over the wire. Beside the parts: `minimal` is `low`, `auto` the default tier; a
 * schema's strictness has no word; "none" offers no tools.
 */
const normalRequest = (request: ChatRequest): Wire => {
  const { messages, reasoning, responseFormat, serviceTier, toolChoice, tools, ...rest } = request
  const isForbidden = toolChoice === "none"
  return json({
    ...rest,
    messages: messages.map((message) =>
      Object.assign({}, message, { content: message.content.map(normalPart as never) })
    ),
    tools: isForbidden ? undefined : tools,
    toolChoice: isForbidden ? undefined : toolChoice,
    reasoning: reasoning?.effort === "minimal" ? { effort: "low" } : reasoning,
    serviceTier: serviceTier === "auto" ? "default" : serviceTier,
    responseFormat:
      responseFormat?.type === "json-schema"
        ? {
            type: "json-schema",
            name: responseFormat.name,
            description: responseFormat.description,
            schema: responseFormat.schema
          }
        : undefined
  })
}

const citedText: Arbitrary.Arbitrary<TextPart> = Arbitrary.map(
  Arbitrary.all([Arb.text, Arbitrary.array(Arb.urlCitation, { maxLength: 2 })]),
  ([text, citations]) => ({ type: "text", text, ...(citations.length === 0 ? {} : { citations }) })
)

const block = Arbitrary.map(Arb.jsonObject, (value): AssistantPart => ({
  type: "provider",
  protocol: "bedrock-converse",
  value: { toolResult: { toolUseId: "a", type: "result", status: "success", content: [{ json: value as Json }] } }
}))

const image = Arbitrary.map(Arb.imageDataUriPart, (part): AssistantPart => ({ ...part, mediaType: typeOf(part) }))

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(citedText, thought, block, image, Arb.refusalPart), {
    maxLength: 4
  }),
  rawInput: true
})

/**
 * What an answer is after it went over the wire: refusals are text; a citation's places have no word; the wire has no
 * id, no model, no count of reasoning; the raw word is the wire's.
 */
const normalResponse = (response: ChatResponse, rawInput: boolean): Wire => {
  const { content, model: _, rawFinishReason: __, usage, ...rest } = meaning(response)
  return json({
    ...rest,
    content: content.map((part: Wire) => {
      if (part.type === "refusal") return { type: "text", text: part.text }
      if (part.type === "text") return Object.assign({}, part, { citations: part.citations?.map(withoutPlace) })
      return rawInput ? part : normalPart(part)
    }),
    usage: {
      inputTokens: usage.inputTokens,
      outputTokens: { total: usage.outputTokens.total, text: usage.outputTokens.total }
    }
  })
}

const withoutPlace = ({ end: _, raw: __, start: ___, ...citation }: Wire): Wire => citation

const runs = { arbitrary: { runs: 60 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([given]) => {
      const request = withinMarks(given, claudeMarks)
      const isCalled = request.messages.some(({ role }) => role === "tool")
      if (request.responseFormat?.type === "json" || (request.toolChoice === "none" && isCalled)) return
      assert.isUndefined(Conversation.check(request))
      const encoded = Result.getOrThrow(
        BedrockConverse.encodeRequest(request, { provider: "bedrock", model: "anthropic.claude", stream: true })
      )
      const { request: decoded } = Result.getOrThrow(BedrockConverse.decodeRequest(json(encoded.body)))
      // Converse wants to be told of the tools that were called.
      const tools = request.tools === undefined || request.tools.length === 0 ? request.tools : decoded.tools
      assertSame(normalRequest({ ...decoded, tools }), normalRequest(request))
    },
    runs
  )
})

const streamOf = (events: ReadonlyArray<ChatEvent>) => {
  const encoder = BedrockConverse.makeEncoder(answer)
  return [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
}

const isDelta = (event: ChatEvent): event is Extract<ChatEvent, { readonly delta: string }> => "delta" in event

describe("a response survives the wire", () => {
  it.prop(
    "encodeResponse, then decodeResponse",
    [responses],
    ([response]) => {
      const decoded = decode(json(BedrockConverse.encodeResponse(response, answer)))
      assertSame(normalResponse(decoded, false), normalResponse(response, false))
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
      assertSame(normalResponse(streamed, true), normalResponse(response, true))
      const whole = decode(json(BedrockConverse.encodeResponse(response, answer)))
      assertSame(normalResponse(streamed, false), normalResponse(whole, false))
    },
    runs
  )

  it.prop(
    "however text and arguments are split, through the bytes",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const pieces = toEvents(response).flatMap((event): ReadonlyArray<ChatEvent> =>
        isDelta(event) ? Arb.cut(event.delta, cuts).map((delta) => Object.assign({}, event, { delta })) : [event]
      )
      const writer = new EventStreamWriter(codec)
      const frames = streamOf(pieces)
      const bytes = Buffer.concat(frames.map((frame) => writer.write(frame))).toString("base64")
      assertSame(framesOf(bytes), frames)
      assertSame(normalResponse(fold(frames), true), normalResponse(response, true))
    },
    runs
  )

  it.prop(
    "with unknown events, which change nothing",
    [responses, Arb.cuts],
    ([response, places]) => {
      const frames = [...streamOf(toEvents(response))]
      for (const place of places) frames.splice(place % (frames.length + 1), 0, frame("somethingNew", { p: "abc" }))
      assertSame(normalResponse(fold(frames), true), normalResponse(response, true))
    },
    runs
  )

  it.prop(
    "with one block after the other, each ended",
    [responses],
    ([response]) => {
      let open: number | undefined
      let next = 0
      for (const { data, event } of streamOf(toEvents(response))) {
        const { contentBlockIndex: index }: Wire = JSON.parse(data)
        if (index === undefined) continue
        if (open === undefined) assert.strictEqual(index, next++)
        else assert.strictEqual(index, open)
        open = event === "contentBlockStop" ? undefined : index
      }
      assert.isUndefined(open)
    },
    runs
  )
})
