import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { ChatEvent, isContent } from "../../src/domain/ChatEvent.ts"
import { ChatFold, foldEvents, toEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../src/domain/Message.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as Arbitraries from "./arbitraries.ts"

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown
const same = (one: unknown, other: unknown) => assert.deepStrictEqual(json(one), json(other))

const cited: Arbitrary.Arbitrary<AssistantPart> = Arbitrary.map(
  Arbitrary.all([Arbitraries.text, Arbitrary.array(Arbitraries.urlCitation, { minLength: 1, maxLength: 2 })]),
  ([text, citations]) => ({ type: "text", text, citations })
)
const part = Arbitraries.oneOf<AssistantPart>(
  Arbitraries.textPart,
  cited,
  Arbitraries.signedReasoningPart,
  Arbitraries.encryptedReasoningPart,
  Arbitraries.plainReasoningPart,
  Arbitraries.refusalPart,
  Arbitraries.imageDataUriPart,
  Arbitrary.Constant<AssistantPart>({ type: "provider", protocol: "p", value: { a: 1 } })
)
const response = Arbitraries.response({
  content: Arbitrary.array(part, { maxLength: 5 }),
  sources: Arbitrary.array(Arbitraries.urlCitation, { maxLength: 2 }),
  rawInput: true
})

/** A delta cut into pieces; any other event as it is. */
const pieced = (event: ChatEvent, at: ReadonlyArray<number>): ReadonlyArray<ChatEvent> => {
  if (event.type !== "text-delta" && event.type !== "reasoning-delta" && event.type !== "refusal-delta") return [event]
  const { id, type } = event
  return Arbitraries.cut(event.delta, at).map((delta) => ({ type, id, delta }))
}

/** The events of an answer with every delta cut into pieces, the events of different parts shuffled into each other. */
const scattered = (answer: ChatResponse, at: ReadonlyArray<number>): ReadonlyArray<ChatEvent> => {
  const lanes = new Map<string, Array<ChatEvent>>()
  const rest: Array<ChatEvent> = []
  const [start, metadata, ...events] = toEvents(answer)
  for (const event of events) {
    const lane = event.type === "part" || !("id" in event) ? undefined : event.id
    if (lane === undefined) rest.push(event)
    else {
      const pieces = pieced(event, at)
      lanes.set(lane ?? "", [...(lanes.get(lane ?? "") ?? []), ...pieces])
    }
  }
  // Parts begin in order, then take turns.
  const [...queues] = lanes.values()
  const scattered = queues.flatMap((queue) => queue.splice(0, 1))
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const queue = queues[(at[turn % Math.max(1, at.length)] ?? turn) % queues.length]!
    const next = queue.length > 0 ? queue : queues.find((queue) => queue.length > 0)!
    scattered.push(...next.splice(0, 1))
  }
  return [start!, metadata!, ...scattered, ...rest]
}

/** What a schema makes of JSON, and JSON of it, made once for all runs. */
const codecOf = <A, E>(schema: Schema.Codec<A, E>) => {
  const codec = Schema.toCodecJson(schema)
  return { decode: Schema.decodeUnknownSync(codec), encode: Schema.encodeSync(codec) }
}

describe("ChatResponse", () => {
  it.prop(
    "folding the events of a response gives the response",
    { answer: response },
    ({ answer }) => {
      same(foldEvents(toEvents(answer)), answer)
    },
    { arbitrary: { runs: 100 } }
  )

  const texts = Arbitraries.response({
    content: Arbitrary.array(
      Arbitraries.oneOf<AssistantPart>(
        Arbitraries.textPart,
        cited,
        Arbitraries.signedReasoningPart,
        Arbitraries.refusalPart
      ),
      { maxLength: 4 }
    )
  })

  it.prop(
    "however its deltas are cut and its parts interleave",
    { answer: texts, at: Arbitraries.cuts },
    ({ answer, at }) => {
      const parts = answer.with({ content: answer.content.filter(({ type }) => type !== "tool-call") })
      same(foldEvents(scattered(parts, at)), parts)
    },
    { arbitrary: { runs: 100 } }
  )

  const events = codecOf(Schema.Array(ChatEvent))

  it.prop("its events conform to the schema, and survive JSON", { answer: response }, ({ answer }) =>
    same(foldEvents(events.decode(json(events.encode(toEvents(answer))))), answer)
  )

  const whole = codecOf(ChatResponse)

  it.prop("survives JSON", { answer: response }, ({ answer }) => {
    const decoded = whole.decode(json(whole.encode(answer)))
    assert.instanceOf(decoded, ChatResponse)
    same(decoded, answer)
  })

  it.prop(
    "events before `restarted` are discarded",
    { before: response, cut: Arbitraries.nonNegativeInt(20), answer: response },
    ({ answer, before, cut }) => {
      const shown = toEvents(before)
        .slice(0, cut)
        .filter(({ type }) => type !== "finish")
      const events: ReadonlyArray<ChatEvent> = [...shown, { type: "restarted", attempts: [] }, ...toEvents(answer)]
      same(foldEvents(events), answer)
    }
  )

  it("gives the partial response of a stream that broke off", () => {
    const fold = new ChatFold()
    const events: ReadonlyArray<ChatEvent> = [
      { type: "response-start", provider: "a", model: "b" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "half a sen" },
      { type: "tool-input-start", id: "1", name: "search" },
      { type: "tool-input-delta", id: "1", delta: '{"a":' },
      { type: "usage", usage: { inputTokens: { total: 3 }, outputTokens: {} } }
    ]
    for (const event of events) fold.add(event)
    assert.isFalse(fold.complete)
    const partial = new ChatResponse(fold.fields())
    assert.strictEqual(partial.text, "half a sen")
    assert.deepStrictEqual(partial.toolCalls, [])
    assert.strictEqual(partial.finishReason, "other")
    assert.strictEqual(partial.usage.inputTokens.total, 3)
  })

  it("accepts deltas without a start, and the later of two metadata, field by field", () => {
    const answer = foldEvents([
      { type: "response-metadata", id: "1" },
      { type: "response-metadata", model: "m", id: undefined },
      { type: "text-delta", id: "x", delta: "a" },
      { type: "malformed-frame", frame: { data: "{" }, message: "not JSON" }
    ])
    assert.strictEqual(answer.text, "a")
    assert.strictEqual(`${answer.id} ${answer.model}`, "1 m")
    assert.deepStrictEqual(answer.warnings, [{ type: "malformed-frame", message: "not JSON" }])
  })

  it("is empty again after `restarted`, but for the start of the stream", () => {
    const citation = { type: "url", url: "https://a.example" } as const
    const before: ReadonlyArray<ChatEvent> = [
      { type: "response-start", provider: "a", model: "b", requestId: "r" },
      { type: "response-metadata", id: "1", model: "c" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "lost" },
      { type: "source", source: citation },
      { type: "logprobs", logprobs: [{ token: "lost", logprob: -1 }] },
      { type: "usage", usage: { inputTokens: { total: 3 }, outputTokens: {} } }
    ]
    const restarted = foldEvents([...before, { type: "restarted", attempts: [] }])
    same(restarted, foldEvents(before.slice(0, 1)))
    assert.strictEqual(restarted.model, "b")
    const text: ReadonlyArray<ChatEvent> = [
      { type: "text-delta", id: "0", delta: "kept" },
      { type: "text-delta", id: "0", delta: " too" }
    ]
    const after = foldEvents([...before, { type: "restarted", attempts: [] }, ...text])
    assert.deepStrictEqual(after.content, [{ type: "text", text: "kept too" }])
  })

  it("separates parts of the same id and different types, also when they alternate", () => {
    const { content } = foldEvents([
      { type: "reasoning-delta", id: "0", delta: "h" },
      { type: "text-delta", id: "0", delta: "a" },
      { type: "refusal-delta", id: "0", delta: "n" },
      { type: "reasoning-delta", id: "0", delta: "m" },
      { type: "text-delta", id: "0", delta: "b" },
      { type: "text-delta", id: "1", delta: "c" },
      { type: "refusal-delta", id: "0", delta: "o" }
    ])
    assert.deepStrictEqual(content, [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "ab" },
      { type: "refusal", text: "no" },
      { type: "text", text: "c" }
    ])
  })

  it("drops an empty text or refusal unless it carries citations or options, and keeps empty reasoning", () => {
    const citation = { type: "url", url: "https://a.example" } as const
    const providerOptions = { google: { thoughtSignature: "s" } }
    const { content } = foldEvents([
      { type: "text-start", id: "0" },
      { type: "text-end", id: "0" },
      { type: "refusal-start", id: "1" },
      { type: "refusal-end", id: "1", isExplanation: true },
      { type: "reasoning-start", id: "2" },
      { type: "text-start", id: "3" },
      { type: "citation", id: "3", citation },
      { type: "citation", id: "3", citation },
      { type: "text-start", id: "4" },
      { type: "text-end", id: "4", providerOptions },
      { type: "text-end", id: "4" },
      { type: "refusal-delta", id: "5", delta: "no" },
      { type: "refusal-end", id: "5", isExplanation: true },
      { type: "refusal-end", id: "5", isExplanation: false },
      { type: "refusal-delta", id: "6", delta: "no" },
      { type: "refusal-end", id: "6" }
    ])
    assert.deepStrictEqual(content, [
      { type: "reasoning", text: "" },
      { type: "text", text: "", citations: [citation, citation] },
      { type: "text", text: "", providerOptions },
      { type: "refusal", text: "no", isExplanation: true },
      { type: "refusal", text: "no" }
    ])
  })

  it("adds up the warnings, sources and logprobs of all its events", () => {
    const warning = (message: string) => ({ type: "malformed-frame", message }) as const
    const source = (url: string) => ({ type: "url", url }) as const
    const response = foldEvents([
      { type: "response-start", warnings: [warning("first")] },
      { type: "source", source: source("https://a.example") },
      { type: "logprobs", logprobs: [{ token: "a", logprob: -1 }] },
      { type: "malformed-frame", frame: { data: "{" }, message: "second" },
      { type: "source", source: source("https://b.example") },
      { type: "logprobs", logprobs: [{ token: "b", logprob: -2 }] },
      { type: "finish", finishReason: "stop", usage: unknown, warnings: [warning("third")] }
    ])
    assert.deepStrictEqual(response.warnings, ["first", "second", "third"].map(warning))
    assert.deepStrictEqual(response.sources, ["https://a.example", "https://b.example"].map(source))
    assert.deepStrictEqual(
      response.logprobs?.map(({ token }) => token),
      ["a", "b"]
    )
    const plain = foldEvents([{ type: "finish", finishReason: "stop", usage: unknown }])
    assert.deepStrictEqual([plain.sources, plain.logprobs, plain.warnings], [undefined, undefined, []])
  })

  it("collects very many citations and log probabilities, without changing a response that was read before", () => {
    const citations = Array.from({ length: 60_000 }, (_, index) => ({ url: `https://${index}.example` }))
    const logprobs = citations.map(({ url }) => ({ token: url, logprob: 0 }))
    const fold = new ChatFold()
    fold.add({ type: "text-delta", id: "0", delta: "a" })
    fold.add({ type: "citation", id: "0", citation: { url: "https://first.example" } })
    const before = fold.fields().content
    for (const citation of citations) fold.add({ type: "citation", id: "0", citation })
    fold.add({ type: "logprobs", logprobs: [...logprobs, ...logprobs, ...logprobs] })
    assert.deepStrictEqual(before, [{ type: "text", text: "a", citations: [{ url: "https://first.example" }] }])
    const [text] = ChatResponse.of(fold.fields()).content
    assert.strictEqual(text?.type === "text" ? text.citations?.length : undefined, citations.length + 1)
    assert.strictEqual(fold.fields().logprobs?.length, 3 * logprobs.length)
  })

  it("has getters for what callers need most", () => {
    const answer = new ChatResponse({
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "a" },
        { type: "tool-call", id: "1", name: "search", input: {} },
        { type: "tool-call", id: "2", name: "web", input: {}, providerExecuted: true },
        { type: "text", text: "b" },
        { type: "refusal", text: "no" }
      ],
      finishReason: "tool-calls",
      usage: unknown,
      warnings: [],
      attempts: []
    })
    assert.strictEqual(answer.text, "ab")
    assert.strictEqual(answer.reasoningText, "hm")
    assert.strictEqual(answer.refusal, "no")
    assert.deepStrictEqual(
      answer.toolCalls.map(({ id }) => id),
      ["1"]
    )
    assert.deepStrictEqual(answer.message, { role: "assistant", content: answer.content })
  })
})

describe("ChatEvent.isContent", () => {
  it("is true for content and for the end", () => {
    const id = "0"
    const content: ReadonlyArray<ChatEvent> = [
      { type: "text-delta", id, delta: "a" },
      { type: "reasoning-delta", id, delta: "a" },
      { type: "refusal-delta", id, delta: "a" },
      { type: "tool-input-start", id, name: "a" },
      { type: "finish", finishReason: "stop", usage: unknown },
      { type: "restarted", attempts: [] }
    ]
    const other: ReadonlyArray<ChatEvent> = [
      { type: "response-start" },
      { type: "response-metadata" },
      { type: "text-start", id },
      { type: "text-delta", id, delta: "" },
      { type: "reasoning-start", id },
      { type: "usage", usage: unknown },
      { type: "malformed-frame", frame: { data: "" }, message: "" }
    ]
    for (const event of content) assert.isTrue(isContent(event), event.type)
    for (const event of other) assert.isFalse(isContent(event), event.type)
  })
})
