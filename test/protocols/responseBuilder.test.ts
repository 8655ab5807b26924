/** The response side of the toolkit that protocols are made of: each part by itself, with a protocol that does not exist. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { make, unknown, type Usage } from "../../src/domain/Usage.ts"
import { finishReasons } from "../../src/protocols/wire/response/FinishReasons.ts"
import { ResponseBuilder } from "../../src/protocols/wire/response/ResponseBuilder.ts"
import { array, object, string } from "../../src/protocols/wire/response/Shape.ts"
import { countsOf, usageTable } from "../../src/protocols/wire/response/Usage.ts"

const table = usageTable(
  { input: "in", cacheRead: ["details.cached", "cached"], output: "out", reasoning: "details.reasoning" },
  { cacheOutsideInput: true }
)

const builder = () =>
  new ResponseBuilder({
    protocol: "acme",
    callIdPrefix: "call_",
    usage: (counters) => (counters === undefined ? unknown : make({ ...table.read(counters), cacheOutsideInput: true }))
  })

const options = { provider: "acme-cloud", model: "m" }
const shape = object({ text: string, parts: array(object()) })
const stop = { finishReason: "stop", rawFinishReason: "done" } as const

describe("ResponseBuilder", () => {
  it("closes open parts in the order they began, and finishes once", () => {
    const response = builder()
    const events: Array<ChatEvent> = []
    response.frame({ data: '{"a":1}' }, events)
    const reasoning = response.open("r", "reasoning")
    const call = response.openCall("c", { id: response.callId("x"), name: "f" })
    response.delta(reasoning, "Hm.")
    response.delta(call, '{"a":')
    response.delta(call, "")
    response.delta(call, "1}")
    response.finish(stop)
    response.finish(stop)
    assert.deepStrictEqual(
      events.map(({ type }) => type),
      [
        "reasoning-start",
        "tool-input-start",
        "reasoning-delta",
        "tool-input-delta",
        "tool-input-delta",
        "reasoning-end",
        "tool-call",
        "finish"
      ]
    )
    assert.deepStrictEqual(Result.getOrThrow(builderOf(events)).content, [
      { type: "reasoning", text: "Hm." },
      { type: "tool-call", id: "x", name: "f", input: { a: 1 } }
    ])
    assert.isTrue(response.isFinished && response.hasContent && response.hasReasoning && response.hasCalls)
  })

  it("accepts the input of a call as text or whole, and does not return a server's call to the caller", () => {
    const response = builder()
    response.close(response.openCall(0, { id: "a", name: "f", input: { x: 1 } }))
    response.close(response.openCall(1, { id: "b", name: "g", providerExecuted: true }))
    assert.deepStrictEqual(response.content, [
      { type: "tool-call", id: "a", name: "f", input: { x: 1 } },
      { type: "tool-call", id: "b", name: "g", input: {}, providerExecuted: true }
    ])
    const served = builder()
    served.openCall(0, { id: "b", name: "g", providerExecuted: true })
    assert.isFalse(served.hasCalls)
  })

  it("gives calls without an id one derived from the response's", () => {
    const response = builder()
    response.identify("resp-1", "m1")
    assert.deepStrictEqual(
      ["a", "a", undefined, ""].map((id) => response.callId(id)),
      ["a", "a_1", "call_resp-1_0", "call_resp-1_1"]
    )
  })

  it("emits an id or a model only when it is new", () => {
    const response = builder()
    const events: Array<ChatEvent> = []
    response.into(undefined, events)
    response.identify("r")
    response.identify("r", undefined)
    response.identify(undefined, "m1")
    assert.deepStrictEqual(events, [
      { type: "response-metadata", id: "r", model: undefined },
      { type: "response-metadata", id: "r", model: "m1" }
    ])
  })

  it("finds parts by key: open ones with `at`, the last one with `find`", () => {
    const response = builder()
    const first = response.open(0, "text")
    response.close(first)
    assert.isUndefined(response.at(0))
    assert.strictEqual(response.find(0), first)
    const second = response.open(0, "text")
    assert.strictEqual(response.at(0), second)
    assert.deepStrictEqual(response.openParts, [second])
    assert.notStrictEqual(first.id, second.id)
  })

  it("emits a protocol's own part when it ends, and whole parts as their events", () => {
    const response = builder()
    const own = response.open(0, "provider", { a: 1 })
    own.wire = { ...own.wire, b: 2 }
    response.close(own)
    const citation = { url: "https://example.com" }
    response.add({ type: "text", text: "Hi", citations: [citation] })
    response.add({ type: "refusal", text: "No", isExplanation: true })
    response.add({ type: "reasoning", text: "Hm", signature: "s", id: "i" })
    assert.deepStrictEqual(response.content, [
      { type: "provider", protocol: "acme", value: { a: 1, b: 2 } },
      { type: "text", text: "Hi", citations: [citation] },
      { type: "refusal", text: "No", isExplanation: true },
      { type: "reasoning", text: "Hm", id: "i", signature: "s" }
    ])
  })

  it("skips `[DONE]`, blank data and plain-text errors, and reports other data that is not an object", () => {
    const response = builder()
    const events: Array<ChatEvent> = []
    for (const data of ["[DONE]", " ", ""]) assert.isUndefined(response.frame({ data }, events))
    assert.isUndefined(response.frame({ event: "error", data: "overloaded, try later" }, events))
    assert.deepStrictEqual(events, [])
    const frame = { data: "this is no JSON at all" }
    assert.isUndefined(response.frame(frame, events))
    assert.deepStrictEqual(events, [{ type: "malformed-frame", frame, message: "the data is not a JSON object" }])
  })

  it("never lets a counter decrease, and keeps unknown fields as metadata", () => {
    const response = builder()
    response.count({ in: 5, out: 3 })
    response.count({ in: 5, out: 2, details: { cached: 4 } })
    response.count(undefined)
    assert.strictEqual(response.usage.inputTokens.total, 9)
    assert.strictEqual(response.usage.outputTokens.total, 3)
    response.keepUnknown({ text: "x", mood: "good", empty: "" }, new Set(["text"]))
    response.warn([{ type: "other", message: "w" }])
    response.finish(stop)
    const folded = Result.getOrThrow(response.fold({}, options, shape))
    assert.deepStrictEqual(folded.providerMetadata, { acme: { mood: "good" } })
    assert.deepStrictEqual(folded.warnings, [{ type: "other", message: "w" }])
    assert.strictEqual(folded.provider, "acme-cloud")
  })

  it("fails a whole response of another shape, or with an unreadable part", () => {
    const failed = (response: ResponseBuilder, body: unknown) =>
      Result.getOrThrow(Result.flip(response.fold(body, options, shape)))
    assert.include(failed(builder(), { text: 7 }).message, "text")
    const response = builder()
    response.malformed("a call has no name")
    assert.include(failed(response, {}).message, "a call has no name")
  })
})

const builderOf = (events: ReadonlyArray<ChatEvent>) => {
  const response = builder()
  response.into(undefined, [...events])
  return response.fold({}, options, shape)
}

describe("finishReasons", () => {
  const { decode, encode } = finishReasons({
    words: { STOP: "stop", END: "stop", MAX: "length" },
    synonyms: { eos: "stop" },
    written: { stop: "STOP", length: "MAX", "tool-calls": "STOP", "content-filter": "OTHER", other: "OTHER" },
    unknown: /^[A-Z]+$/
  })

  it("reads its own reasons and those of other servers, and tool-calls if there are calls", () => {
    assert.deepStrictEqual(
      ["STOP", "END", "MAX", "eos", "toString", undefined].map((word) => decode(word)),
      ["stop", "stop", "length", "stop", "other", "other"]
    )
    assert.strictEqual(decode("END", true), "tool-calls")
    assert.strictEqual(decode("MAX", true), "length")
  })

  it("writes the raw reason if it has the same meaning, or is an unknown one that may pass", () => {
    assert.strictEqual(encode("stop", "END"), "END")
    assert.strictEqual(encode("length", "END"), "MAX")
    assert.strictEqual(encode("stop", "eos"), "STOP")
    assert.strictEqual(encode("other", "NEWS"), "NEWS")
    assert.strictEqual(encode("other", "news"), "OTHER")
    assert.strictEqual(encode("other", "MAX"), "OTHER")
    assert.strictEqual(encode("stop", "NEWS"), "STOP")
    assert.strictEqual(encode("content-filter", undefined), "OTHER")
  })
})

describe("usageTable", () => {
  it("reads the first path that holds a count, and writes the first path", () => {
    assert.deepStrictEqual(table.read({ in: 1, cached: 2, out: -1, details: { reasoning: "x" } }), {
      input: 1,
      cacheRead: 2
    })
    const usage: Usage = make({ input: 10, cacheRead: 4, output: 7, reasoning: 3 })
    assert.deepStrictEqual(table.write(usage), { in: 6, details: { cached: 4, reasoning: 3 }, out: 7 })
    assert.deepStrictEqual(table.write(unknown), {})
  })

  it("writes output without reasoning where the protocol counts it separately", () => {
    const apart = usageTable({ output: "out", reasoning: "thoughts" }, { reasoningOutsideOutput: true })
    assert.deepStrictEqual(apart.write(make({ output: 7, reasoning: 3 })), { out: 4, thoughts: 3 })
  })

  it("reads only the counts among the values of an object", () => {
    assert.deepStrictEqual(countsOf({ web: 2, note: "x", bad: -1 }), { web: 2 })
    assert.isUndefined(countsOf({ note: "x" }))
    assert.isUndefined(countsOf("x"))
  })
})
