import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart, Message } from "../../../src/domain/Message.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../../src/protocols/OpenAiChat.ts"
import { urlOf } from "../../../src/protocols/wire/request/MediaInput.ts"
import * as Arb from "../../domain/arbitraries.ts"
import * as ReceivedBody from "../../../src/client/received/ReceivedBody.ts"
import { assertSame } from "../halves.ts"
import { read, readUnary, comparable } from "./wire.ts"
import { claudeMarks, withinMarks } from "../../../src/protocols/wire/request/FittedRequest.ts"

const answerOptions = { id: "chatcmpl-1", model: "requested", created: 1_700_000_000, includeUsage: true }

/** What this protocol knows to be the same: bytes and their data URI, a file and its usual name, one text and its pieces. */
const normal = (request: ChatRequest): unknown => {
  const part = (part: Record<string, unknown>) => {
    if (part.type !== "image" && part.type !== "audio" && part.type !== "file") return part
    const { data, mediaType, ...rest } = part
    const url = urlOf(data as string, mediaType as string | undefined)
    return {
      ...rest,
      data: url ?? data,
      ...(part.type === "file" && url !== undefined ? { fileName: part.fileName ?? "file.pdf" } : {})
    }
  }
  const message = (message: Message) => {
    const content = (message.content as ReadonlyArray<unknown>).map((one) => part(one as Record<string, unknown>))
    if (message.role !== "assistant") return { ...message, content }
    const text = content.filter((part) => part.type === "text").map((part) => part.text)
    const order = ["reasoning", "text", "refusal", "tool-call"]
    return {
      ...message,
      content: [
        ...content.filter((part) => part.type !== "text"),
        ...(text.length === 0 ? [] : [{ type: "text", text: text.join("") }])
      ].toSorted((a, b) => order.indexOf(String(a.type)) - order.indexOf(String(b.type)))
    }
  }
  return JSON.parse(JSON.stringify({ ...request, messages: request.messages.map(message) }))
}

const overTheWire = (request: ChatRequest, quirks: Partial<OpenAiChatQuirks>, stream: boolean) => {
  const encoded = OpenAiChat.encodeRequest(request, { provider: "test", model: "requested", stream, quirks })
  if (encoded._tag === "Failure") throw encoded.failure
  assertSame(encoded.success.warnings, [])
  const decoded = OpenAiChat.decodeRequest(JSON.parse(JSON.stringify(encoded.success.body)))
  if (decoded._tag === "Failure") throw decoded.failure
  return decoded.success
}

const withCache = <A extends object>(part: Arbitrary.Arbitrary<A>) =>
  Arbitrary.map(Arbitrary.all([part, Arb.cacheControl]), ([part, cacheControl]) =>
    cacheControl === undefined ? part : { ...part, cacheControl }
  ) as Arbitrary.Arbitrary<A>

const runs = { arbitrary: { runs: 60 } }

const parameters = Object.keys(Arb.parameters) as ReadonlyArray<Arb.Parameter>

describe("a request survives the wire", () => {
  it.prop(
    "to OpenAI",
    {
      request: Arb.request({
        user: Arb.oneOf<Arb.UserPart>(
          Arb.textPart,
          Arb.imageUrlPart,
          Arb.imageDataUriPart,
          Arb.imageBytesPart,
          Arb.audioBytesPart,
          Arb.pdfBytesPart,
          Arb.fileIdPart
        ),
        assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.textPart, Arb.refusalPart),
        parameters: parameters.filter((name) => name !== "topK" && name !== "metadata"),
        tools: true,
        rawInput: true
      }),
      stream: Arb.literal(true, false)
    },
    ({ request, stream }) => {
      const decoded = overTheWire(request, {}, stream)
      assertSame(normal(merged(decoded.request)), normal(merged(request)))
      assertSame([decoded.model, decoded.stream, decoded.includeUsage], ["requested", stream, stream])
    },
    runs
  )

  it.prop(
    "to a server that supports everything",
    {
      request: Arb.request({
        system: withCache(Arb.textPart),
        user: withCache(Arb.oneOf<Arb.UserPart>(Arb.textPart, Arb.imageUrlPart, Arb.pdfBytesPart)),
        assistant: Arb.oneOf<AssistantPart>(
          Arb.textPart,
          Arb.signedReasoningPart,
          Arb.encryptedReasoningPart,
          Arb.plainReasoningPart
        ),
        parameters,
        tools: true
      })
    },
    ({ request: generated }) => {
      const request = withinMarks(generated, claudeMarks)
      const decoded = overTheWire(
        request,
        {
          topK: true,
          maxTokensField: "max_tokens",
          systemRole: "system",
          reasoningParameter: "reasoning",
          reasoningField: "reasoning_details",
          cacheControl: "cache_control",
          metadataNeedsStore: false
        },
        false
      )
      assertSame(normal(decoded.request), normal(request))
    },
    runs
  )
})

/** Several refusals of one answer are one. */
const merged = (request: ChatRequest): ChatRequest => ({
  ...request,
  messages: request.messages.map((message) => {
    if (message.role !== "assistant") return message
    const refusals = message.content.filter((part) => part.type === "refusal")
    const rest = message.content.filter((part) => part.type !== "refusal")
    const refusal = { type: "refusal" as const, text: refusals.map(({ text }) => text).join("") }
    return { ...message, content: refusals.length === 0 ? rest : [...rest, refusal] }
  })
})

const content: Arbitrary.Arbitrary<ReadonlyArray<AssistantPart>> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(
      Arb.oneOf<AssistantPart>(
        Arb.signedReasoningPart,
        Arb.encryptedReasoningPart,
        Arb.plainReasoningPart,
        Arbitrary.map(Arb.text, (text) => ({
          type: "reasoning",
          text,
          raw: { type: "reasoning.summary", summary: text }
        }))
      ),
      { maxLength: 3 }
    ),
    Arb.optional(Arbitrary.all([Arb.text, Arbitrary.array(Arb.urlCitation, { maxLength: 2 })])),
    Arb.optional(Arb.refusalPart),
    Arbitrary.array(Arb.imageDataUriPart as Arbitrary.Arbitrary<AssistantPart>, { maxLength: 1 })
  ]),
  ([thoughts, text, refusal, images]) => [
    ...thoughts.map((part, index) =>
      part.type === "reasoning" && part.raw !== undefined ? { ...part, raw: { ...(part.raw as object), index } } : part
    ),
    // Text of white space alone is said last, when it is sure that no thinking comes before it.
    ...(text === undefined
      ? []
      : [{ type: "text" as const, text: `a${text[0]}`, ...(text[1].length === 0 ? {} : { citations: text[1] }) }]),
    ...(refusal === undefined ? [] : [refusal]),
    ...images
  ]
)

const answer: Arbitrary.Arbitrary<ChatResponse> = Arbitrary.map(
  Arbitrary.all([
    Arb.response({
      content,
      rawInput: true,
      sources: Arbitrary.array(
        Arb.oneOf(
          Arbitrary.map(Arb.name, (name) => ({ url: `https://example.com/${name}` })),
          Arbitrary.map(Arbitrary.all([Arb.name, Arb.text]), ([name, title]) => ({
            url: `https://example.com/${name}`,
            title
          }))
        ),
        { maxLength: 2 }
      )
    }),
    Arb.optional(Arb.text),
    Arb.optional(Arb.literal("0.00125", "12", "0.0000003")),
    Arb.optional(Arb.literal("default", "flex")),
    Arb.optional(
      Arbitrary.map(Arb.text, (token) => [{ token, logprob: -0.5, top: [{ token: "b", logprob: -1, bytes: [98] }] }])
    )
  ]),
  ([response, stopSequence, reportedCost, serviceTier, logprobs]) =>
    response.with({
      stopSequence,
      logprobs,
      usage: {
        ...response.usage,
        ...(reportedCost === undefined ? {} : { reportedCost }),
        ...(serviceTier === undefined ? {} : { serviceTier })
      }
    })
)

/** The answer through the server half's stream and the client half's reader. */
const streamed = (events: Iterable<ChatEvent>, quirks?: Partial<OpenAiChatQuirks>): ChatResponse => {
  const encoder = OpenAiChat.makeEncoder(answerOptions)
  const frames = [...[...events].flatMap((event) => encoder.encode(event)), ...encoder.end()]
  const result = read(frames, quirks)
  assert.isUndefined(result.failure)
  assert.isTrue(result.whole)
  return result.response
}

describe("a response survives the wire", () => {
  it.prop(
    "as one body",
    { answer },
    ({ answer }) => {
      const body: unknown = JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(answer, answerOptions)))
      assertSame(comparable(readUnary(body)), comparable(answer))
    },
    runs
  )

  it.prop(
    "as a stream that folds to the unary response",
    { answer },
    ({ answer }) => {
      const body: unknown = JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(answer, answerOptions)))
      assertSame(comparable(streamed(toEvents(answer))), comparable(readUnary(body)))
    },
    runs
  )

  it.prop(
    "however its deltas are split",
    { answer, at: Arb.cuts },
    ({ answer, at }) => {
      assertSame(comparable(streamed(Arb.cutDeltas(toEvents(answer), at))), comparable(streamed(toEvents(answer))))
    },
    runs
  )

  const leaky = Arbitrary.map(
    Arbitrary.array(
      Arb.literal(
        "<think>",
        "</think>",
        "</s>",
        "<",
        "/s",
        ">",
        "think",
        "<|im_end|>",
        "<|",
        "im",
        "_end|>",
        "a",
        " ",
        "\n"
      ),
      { minLength: 1, maxLength: 14 }
    ),
    (pieces) => pieces.join("")
  )

  it.prop("with the same filtered text however it is split", { text: leaky, at: Arb.cuts }, ({ at, text }) => {
    const events: ReadonlyArray<ChatEvent> = [
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: text },
      { type: "text-end", id: "0" },
      { type: "finish", finishReason: "stop", usage: { inputTokens: {}, outputTokens: {} } }
    ]
    for (const quirks of [
      { stripTokens: ["</s>", "<|im_end|>"] },
      { thinkTags: true },
      { stripTokens: ["</s>", "<|im_end|>"], thinkTags: true }
    ]) {
      assertSame(comparable(streamed(Arb.cutDeltas(events, at), quirks)), comparable(streamed(events, quirks)))
      assertSame(
        comparable(readUnary({ choices: [{ message: { content: text }, finish_reason: "stop" }] }, quirks)).content,
        comparable(streamed(events, quirks)).content
      )
    }
  })
})

describe("a response that is one text", () => {
  const blank = Arb.optional(Arb.literal(""))
  it.prop(
    "is read at once as it is with an empty list of calls, which only the reader of all responses knows",
    {
      content: Arb.oneOf(Arb.text, Arb.literal("", " \n")),
      finish_reason: Arb.literal("stop", "length"),
      system_fingerprint: Arb.optional(Arb.oneOf(Arb.name, Arb.literal(""))),
      service_tier: Arb.optional(Arb.literal("", "default", "flex")),
      refusal: blank,
      prompt_tokens: Arb.nonNegativeInt(1000),
      completion_tokens: Arb.nonNegativeInt(1000),
      reasoning_tokens: Arb.nonNegativeInt(1000),
      reasoningOutsideOutput: Arb.literal(true, false)
    },
    ({ completion_tokens, content, finish_reason, prompt_tokens, reasoning_tokens, refusal, ...more }) => {
      const { reasoningOutsideOutput, ...fields } = more
      const usage = { prompt_tokens, completion_tokens, completion_tokens_details: { reasoning_tokens } }
      const read = (message: object) => {
        const { raw: _, ...response } = readUnary(
          {
            id: "answer-1",
            object: "chat.completion",
            created: 1,
            model: "real",
            ...fields,
            choices: [{ index: 0, message: { role: "assistant", content, refusal, ...message }, finish_reason }],
            usage
          },
          { reasoningOutsideOutput }
        )
        return Object.entries(response)
      }
      assert.deepStrictEqual(read({}), read({ tool_calls: [] }))
    },
    runs
  )
})

describe("a received body that goes on without being encoded", () => {
  it.prop(
    "is what it would be with the encoder's word on it",
    {
      request: Arb.request({ parameters, tools: true }),
      stream: Arb.literal(true, false),
      more: Arb.oneOf<object>(
        ...[{}, { n: 1 }, { n: 2 }, { max_tokens: 7 }, { temperature: null }].map((more) => Arbitrary.Constant(more))
      ),
      model: Arb.literal("gpt-5.4", "acme-1")
    },
    ({ model, more, request, stream }) => {
      const options = { provider: "test", model, stream }
      const sent = OpenAiChat.encodeRequest(request, { ...options, model: "requested", quirks: { topK: true } })
      if (sent._tag === "Failure") return
      const body = { ...(JSON.parse(JSON.stringify(sent.success.body)) as object), ...more }
      const passed = OpenAiChat.passOn?.(body, options)
      const decoded = OpenAiChat.decodeRequest(body)
      if (decoded._tag === "Failure") throw decoded.failure
      const encoded = OpenAiChat.encodeRequest(decoded.success.request, options)
      if (passed === undefined || encoded._tag === "Failure") return
      const { body: written } = encoded.success
      assertSame(passed, ReceivedBody.passedOn(body, written, written, model))
    },
    runs
  )

  it("is encoded where the model knows a field by another name, or there is something to warn of", () => {
    const body = { model: "gpt", messages: [{ role: "user", content: "Hi" }] }
    const passed = (more: object, stream = false) =>
      OpenAiChat.passOn?.({ ...body, ...more }, { model: "gpt-5.4", stream })
    assert.deepStrictEqual(passed({ temperature: 1 }), { ...body, model: "gpt-5.4", temperature: 1 })
    assert.deepStrictEqual(passed({ stream_options: { a: 1 } }, true), {
      ...body,
      model: "gpt-5.4",
      stream_options: { a: 1, include_usage: true },
      stream: true
    })
    for (const more of [{ max_tokens: 1 }, { stream_options: {} }, { model: undefined }])
      assert.isUndefined(passed(more))
    assert.isUndefined(passed({ n: 2 }, true))
  })
})
