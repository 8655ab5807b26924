import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { ContextWindowExceededError } from "../../../src/domain/CallErrors.ts"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import { decode, fold, frame, json, options, read, type Wire } from "./wire.ts"

const answer = { model: "asked", created: 0, id: "none" }

const bodyOf = (content: ReadonlyArray<Wire>, more: Wire = {}): Wire => ({
  output: { message: { role: "assistant", content } },
  stopReason: "end_turn",
  usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 },
  ...more
})

const delta = (delta: Wire, contentBlockIndex = 0): Frame => frame("contentBlockDelta", { delta, contentBlockIndex })
const stop = frame("messageStop", { stopReason: "end_turn" })
const metadata = frame("metadata", { usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 } })

describe("decodeResponse", () => {
  it("adds cached tokens to the input, and keeps cache writes by ttl", () => {
    const usage = {
      inputTokens: 3,
      outputTokens: 5,
      totalTokens: 138,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 30,
      cacheDetails: [
        { ttl: "1h", inputTokens: 20 },
        { ttl: "5m", inputTokens: 10 }
      ],
      serverToolUsage: { webSearchRequests: 2 }
    }
    const decoded = decode(bodyOf([{ text: "a" }], { usage, serviceTier: { type: "flex" } })).usage
    assert.deepStrictEqual(json(decoded.inputTokens), {
      total: 133,
      uncached: 3,
      cacheRead: 100,
      cacheWrite: 30,
      cacheWrite5m: 10,
      cacheWrite1h: 20
    })
    assert.strictEqual(decoded.serviceTier, "flex")
    assert.deepStrictEqual(decoded.toolRequests, { webSearchRequests: 2 })
    const again = json(BedrockConverse.encodeResponse(decode(bodyOf([], { usage })), answer)) as Wire
    assert.deepStrictEqual(again.usage, usage)
  })

  it("reads missing counters as unknown, not as 0", () => {
    const decoded = decode({ output: { message: { content: [{ text: "a" }] } } })
    assert.deepStrictEqual(json(decoded.usage), { inputTokens: {}, outputTokens: {} })
    assert.strictEqual(decoded.finishReason, "other")
    const nulls = decode(bodyOf([], { usage: { inputTokens: null, outputTokens: 5, cacheReadInputTokens: null } }))
    assert.deepStrictEqual(json(nulls.usage.inputTokens), {})
    assert.deepStrictEqual(decode(bodyOf([{ text: "" }, { citationsContent: {} }])).content, [])
  })

  it("decodes every stop reason, and keeps an unknown one", () => {
    const reasons = {
      end_turn: "stop",
      stop_sequence: "stop",
      max_tokens: "length",
      model_context_window_exceeded: "length",
      tool_use: "tool-calls",
      guardrail_intervened: "content-filter",
      content_filtered: "content-filter",
      malformed_model_output: "other",
      malformed_tool_use: "other",
      something_new: "other"
    }
    for (const [stopReason, reason] of Object.entries(reasons)) {
      const decoded = decode(bodyOf([{ text: "Hi." }], { stopReason }))
      assert.deepStrictEqual([decoded.finishReason, decoded.rawFinishReason], [reason, stopReason])
      if (stopReason === "something_new") continue
      assert.strictEqual((BedrockConverse.encodeResponse(decoded, answer) as Wire)["stopReason"], stopReason)
    }
  })

  it("has the stop sequence and the model that a prompt router chose", () => {
    const decoded = decode(
      bodyOf([], {
        stopReason: "stop_sequence",
        additionalModelResponseFields: { stop_sequence: "END" },
        trace: { promptRouter: { invokedModelId: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude" } }
      })
    )
    assert.strictEqual(decoded.stopSequence, "END")
    assert.strictEqual(decoded.model, "anthropic.claude")
  })

  it("decodes citations of pages and documents", () => {
    const citations = [
      { location: { web: { url: "https://a.example/x", domain: "a.example" } } },
      {
        title: "facts",
        source: "s3://b/facts",
        sourceContent: [{ text: "one " }, { text: "two" }],
        location: { documentChar: { documentIndex: 1, start: 0, end: 7 } }
      }
    ]
    const [part] = decode(bodyOf([{ citationsContent: { content: [{ text: "c" }], citations } }])).content
    assert.deepStrictEqual(json(part), {
      type: "text",
      text: "c",
      citations: [
        { url: "https://a.example/x", title: "a.example", raw: citations[0] },
        { url: "s3://b/facts", title: "facts", citedText: "one two", documentIndex: 1, raw: citations[1] }
      ]
    } as never)
  })

  it("decodes images and audio as parts, and keeps failed and unknown blocks unchanged", () => {
    const failed = { image: { format: "png", error: { message: "no" }, source: { bytes: "" } } }
    const video = { video: { format: "mp4", source: { bytes: "AQID" } } }
    const { content } = decode(
      bodyOf([
        { image: { format: "png", source: { bytes: "AQID" } } },
        { audio: { format: "wav", source: { bytes: "AQID" } } },
        failed,
        video,
        { new: 1 }
      ])
    )
    assert.deepStrictEqual(json(content) as Wire, [
      { type: "image", data: "data:image/png;base64,AQID", mediaType: "image/png" },
      { type: "audio", data: "data:audio/wav;base64,AQID", mediaType: "audio/wav" },
      ...[failed, video, { new: 1 }].map((value) => ({ type: "provider", protocol: "bedrock-converse", value }))
    ])
  })

  it("decodes an error body, in every form that AWS has", () => {
    const failureOf = (body: unknown) => Result.getOrThrow(Result.flip(BedrockConverse.decodeResponse(body, options)))
    for (const [body, type] of [
      [{ message: "no" }, undefined],
      [{ Message: "no" }, undefined],
      [{ __type: "com.amazon.coral.service#ThrottlingException", message: "no" }, "ThrottlingException"],
      [
        { Output: { __type: "com.amazon.coral.service#UnknownOperationException", message: "no" } },
        "UnknownOperationException"
      ]
    ] as const) {
      assert.deepInclude(failureOf(body), {
        _tag: "ProviderFailure",
        message: "no",
        ...(type === undefined ? {} : { type })
      })
    }
    assert.strictEqual(failureOf([])._tag, "ResponseParseError")
    assert.strictEqual(failureOf({ output: {} })._tag, "ResponseParseError")
    const headers = { "x-amzn-errortype": "ValidationException:http://internal.amazon.com/coral/" }
    assert.strictEqual(BedrockConverse.decodeError("Not JSON", headers).type, "ValidationException")
    assert.strictEqual(BedrockConverse.decodeError("Not JSON", headers).message, "Not JSON")
  })
})

describe("a stream", () => {
  it("is complete at the metadata after the stop, at the stop after the usage, or at its end after the stop", () => {
    for (const frames of [
      [delta({ text: "a" }), stop, metadata],
      [delta({ text: "a" }), metadata, stop],
      [delta({ text: "a" }), stop]
    ]) {
      const { events, whole } = read(frames)
      assert.isTrue(whole)
      assert.lengthOf(
        events.filter(({ type }) => type === "finish"),
        1
      )
    }
    assert.isFalse(read([delta({ text: "a" }), metadata]).whole)
    assert.isFalse(read([]).whole)
  })

  it("keeps its usage when later metadata has none", () => {
    const { usage } = fold([metadata, frame("metadata", { metrics: { latencyMs: 1 } }), stop])
    assert.strictEqual(usage.inputTokens.total, 3)
  })

  it("ends with an exception, with its name and status", () => {
    const exception = frame("exception:modelStreamErrorException", { message: "no", originalStatusCode: 503 })
    const { events, failure } = read([delta({ text: "a" }), exception, stop])
    assert.deepInclude(failure, { type: "ModelStreamErrorException", message: "no", status: 503 })
    assert.isFalse(events.some(({ type }) => type === "finish"))
    assert.strictEqual(read([{ event: "exception:InternalError", data: "gone" }]).failure?.message, "gone")
    assert.strictEqual(read([frame("throttlingException", { message: "slow" })]).failure?.type, "ThrottlingException")
  })

  it("reports frames that cannot be decoded, and continues", () => {
    const { events, whole } = read([
      { event: "contentBlockDelta", data: "{oops" },
      { data: "[]" },
      frame("contentBlockDelta", { contentBlockIndex: 0 }),
      delta({ text: "a" }),
      delta({ toolUse: { input: "x" } }),
      frame("contentBlockStop", { contentBlockIndex: 7 }),
      stop
    ])
    assert.lengthOf(
      events.filter(({ type }) => type === "malformed-frame"),
      4
    )
    assert.isTrue(whole)
  })

  it("begins a block with its first delta where the start has no kind", () => {
    const { content } = fold([
      frame("contentBlockStart", { start: {}, contentBlockIndex: 0 }),
      delta({ text: "a" }),
      frame("contentBlockStop", { contentBlockIndex: 0 }),
      frame("contentBlockStart", { contentBlockIndex: 1 }),
      delta({ reasoningContent: { text: "hm" } }, 1),
      frame("contentBlockStart", { start: { text: "b" }, contentBlockIndex: 2 }),
      delta({ text: "c" }, 2),
      stop
    ])
    assert.deepStrictEqual(
      content.map((part) => ("text" in part ? part.text : part.type)),
      ["a", "hm", "bc"]
    )
  })

  it("collects blocks of unknown kinds, and drops empty ones", () => {
    const { content } = fold([
      delta({ novel: "a" }),
      delta({ novel: "b" }),
      delta({}, 1),
      frame("contentBlockStop", { contentBlockIndex: 1 }),
      frame("contentBlockStart", { start: { rare: { x: 1 } }, contentBlockIndex: 2 }),
      delta({ rare: { y: 2 } }, 2),
      stop
    ])
    assert.deepStrictEqual(json(content) as Wire, [
      { type: "provider", protocol: "bedrock-converse", value: { novel: "ab" } },
      { type: "provider", protocol: "bedrock-converse", value: { rare: { x: 1, y: 2 } } }
    ])
  })

  it("is decoded from a proxy's JSON lines, each event wrapped in its name", () => {
    const frames = [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { delta: { text: "a" }, contentBlockIndex: 0 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } } }
    ].map((data) => ({ data: JSON.stringify(data) }))
    assert.strictEqual(fold(frames).text, "a")
    assert.isTrue(read(frames).whole)
  })

  it("joins hidden reasoning, signatures and images that come in pieces", () => {
    const { content } = fold([
      delta({ reasoningContent: { redactedContent: Buffer.from([1, 2]).toString("base64") } }, 0),
      delta({ reasoningContent: { redactedContent: Buffer.from([3]).toString("base64") } }, 0),
      frame("contentBlockStop", { contentBlockIndex: 0 }),
      delta({ reasoningContent: { text: "hm" } }, 1),
      delta({ reasoningContent: { signature: "si" } }, 1),
      delta({ reasoningContent: { signature: "gn" } }, 1),
      frame("contentBlockStart", { start: { image: { format: "png" } }, contentBlockIndex: 2 }),
      delta({ image: { source: { bytes: Buffer.from([1, 2]).toString("base64") } } }, 2),
      delta({ image: { source: { bytes: Buffer.from([3]).toString("base64") } } }, 2),
      frame("contentBlockStart", { start: { toolResult: { toolUseId: "1", type: "r" } }, contentBlockIndex: 3 }),
      delta({ toolResult: [{ text: "a" }] }, 3),
      delta({ toolResult: [{ text: "b" }, { json: 1 }] }, 3),
      stop
    ])
    assert.deepStrictEqual(json(content) as Wire, [
      { type: "reasoning", text: "", encrypted: "AQID", protocol: "bedrock-converse" },
      { type: "reasoning", text: "hm", signature: "sign", protocol: "bedrock-converse" },
      { type: "image", data: "data:image/png;base64,AQID", mediaType: "image/png" },
      {
        type: "provider",
        protocol: "bedrock-converse",
        value: { toolResult: { toolUseId: "1", type: "r", content: [{ text: "ab" }, { json: 1 }] } }
      }
    ])
  })

  it("gives a call without arguments an empty object, and keeps arguments that are not JSON", () => {
    const start = (name: string, contentBlockIndex: number) =>
      frame("contentBlockStart", { start: { toolUse: { toolUseId: name, name } }, contentBlockIndex })
    const { toolCalls } = fold([start("a", 0), start("b", 1), delta({ toolUse: { input: '{"x":' } }, 1), stop])
    assert.deepStrictEqual(
      toolCalls.map(({ input, rawInput }) => ({ input, rawInput })),
      [
        { input: {}, rawInput: undefined },
        { input: undefined, rawInput: '{"x":' }
      ] as never
    )
  })
})

describe("the server half", () => {
  it("ends a stream with an exception that streams may have", () => {
    const encoder = BedrockConverse.makeEncoder(answer)
    encoder.encode({ type: "text-delta", id: "1", delta: "a" })
    const [frame] = encoder.fail(new RateLimitError({ detail: "slow down" }))
    assert.strictEqual(frame?.event, "exception:throttlingException")
    assert.match(JSON.parse(String(frame?.data)).message, /slow down/)
    assert.deepStrictEqual(encoder.encode({ type: "text-delta", id: "1", delta: "b" }), [])
  })

  it("ends a stream that is restarted after something was shown", () => {
    const encoder = BedrockConverse.makeEncoder(answer)
    const restarted = { type: "restarted", attempts: [] } as const
    assert.deepStrictEqual(encoder.encode(restarted), [])
    encoder.encode({ type: "text-delta", id: "1", delta: "a" })
    assert.deepStrictEqual(
      encoder.encode(restarted).map(({ event }) => event),
      ["exception:modelStreamErrorException"]
    )
  })

  it("names errors as Bedrock does, and a context overflow by its words", () => {
    const { body, status } = BedrockConverse.encodeError(new ContextWindowExceededError({}))
    assert.strictEqual(status, 400)
    assert.strictEqual((body as Wire).__type, "ValidationException")
    assert.match((body as Wire).message, /^Input is too long for requested model/)
    assert.strictEqual(BedrockConverse.encodeError(new RateLimitError({})).status, 429)
  })
})
