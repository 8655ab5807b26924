import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { ChatResponse, ServerError } from "../../src/domain/ChatResponse.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as Wire from "../../src/domain/Wire.ts"

const response = () =>
  new ChatResponse({
    id: "1",
    content: [{ type: "text", text: "hi" }],
    finishReason: "stop",
    usage: unknown,
    warnings: [],
    attempts: []
  })
const body = { protocol: "p", text: "{}", status: 200, headers: { "x-a": "b" } }
const delta = (text: string): ChatEvent => ({ type: "text-delta", id: "0", delta: text })
const message = { protocol: "p", text: "data: {}\n\n", data: "{}" }

describe("the bytes behind a call", () => {
  it.effect("are remembered only if a fiber enables it", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* Wire.CurrentMemory)
      assert.isTrue(yield* Effect.provideService(Effect.service(Wire.CurrentMemory), Wire.CurrentMemory, true))
    })
  )

  it("are those of a response, and of copies with the same content", () => {
    const original = Wire.rememberResponse(response(), body)
    assert.strictEqual(Wire.responseOf(original), body)
    assert.strictEqual(Wire.headOf(original), body)
    const same = Object.assign(Object.create(ChatResponse.prototype), original) as ChatResponse
    assert.strictEqual(Wire.responseOf(same), body)
    // What a policy adds is not of the body.
    for (const [field, value] of Object.entries({
      attempts: [{}],
      cached: true,
      cost: {},
      provider: "q",
      rateLimits: {},
      requestId: "r",
      timings: {},
      warnings: [{}]
    })) {
      assert.strictEqual(Wire.responseOf(Object.assign({}, original, { [field]: value })), body, field)
    }
    assert.isUndefined(Wire.responseOf(response()))
    assert.isUndefined(Wire.headOf(response()))
  })

  it("are not those of a copy with other content", () => {
    const original = Wire.rememberResponse(response(), body)
    for (const change of [{ content: [] }, { id: "2" }, { id: undefined }, { raw: {} }]) {
      assert.isUndefined(Wire.responseOf(Object.assign({}, original, change)), JSON.stringify(change))
    }
    const { id: _, ...without } = original
    assert.isUndefined(Wire.responseOf(without as ChatResponse))
    const unnamed = Wire.rememberResponse(Object.assign(response(), { id: undefined }), body)
    const { id: __, ...same } = unnamed
    assert.strictEqual(Wire.responseOf(same as ChatResponse), body)
  })

  it("are those of the events of a stream, one message for all that it was read as", () => {
    const events = [delta("before"), delta("a"), delta("b")]
    Wire.rememberFrame(events, 1, message)
    assert.isUndefined(Wire.frameOf(events[0]!))
    for (const [at, index] of [
      [1, 0],
      [2, 1]
    ] as const) {
      const found = Wire.frameOf({ ...events[at]! })
      assert.strictEqual(found?.index, index)
      assert.deepInclude(found?.frame, message)
      assert.deepStrictEqual(found?.frame.events, events.slice(1))
    }
    assert.isUndefined(Wire.frameOf({ ...events[1]!, delta: "c" } as ChatEvent))
  })

  it("of a message without an event are those of an empty one", () => {
    const events: Array<ChatEvent> = []
    Wire.rememberFrame(events, 0, message)
    assert.strictEqual(events.length, 1)
    assert.isTrue(Wire.isSilent(events[0]!))
    assert.strictEqual(Wire.frameOf(events[0]!)?.frame.text, message.text)
    assert.isFalse(Wire.isSilent({ type: "response-metadata", id: "1" } as ChatEvent))
    assert.isFalse(Wire.isSilent({ type: "restarted" } as ChatEvent))
  })

  it("are separate for an event that several streams or messages share", () => {
    const shared = Object.freeze(delta("a"))
    const events: Array<ChatEvent> = [shared]
    Wire.rememberFrame(events, 0, message)
    assert.notStrictEqual(events[0], shared)
    assert.isUndefined(Wire.frameOf(shared))
    const again: Array<ChatEvent> = [events[0]!]
    Wire.rememberFrame(again, 0, { ...message, text: "data: again\n\n" })
    assert.strictEqual(Wire.frameOf(events[0]!)?.frame.text, message.text)
    assert.strictEqual(Wire.frameOf(again[0]!)?.frame.text, "data: again\n\n")
    const own = delta("b")
    const kept = [own]
    Wire.rememberFrame(kept, 0, message)
    assert.strictEqual(kept[0], own)
  })

  it("begin with the status and the headers of a stream", () => {
    const start: ChatEvent = { type: "response-start", provider: "a", model: "b" }
    assert.strictEqual(Wire.rememberHead(start, body), start)
    assert.deepStrictEqual(Wire.headOf(start), { headers: body.headers, status: 200 })
  })

  it("are those of an error", () => {
    const error = new ServerError({})
    const memory = { ...body, status: 500 }
    assert.strictEqual(Wire.rememberError(error, memory), error)
    assert.strictEqual(Wire.errorOf(error), memory)
    for (const other of [new ServerError({}), null, undefined, "text"]) assert.isUndefined(Wire.errorOf(other))
  })

  it("are those of a request, with the request as it was read", () => {
    const request: ChatRequest = { messages: [], temperature: 1 }
    const memory = { protocol: "p", body: { a: 1 }, headers: {} }
    const remembering = Wire.rememberRequest(request, memory)
    assert.notStrictEqual(remembering, request)
    assert.deepStrictEqual(Wire.requestOf({ ...remembering, temperature: 2 } as ChatRequest), { ...memory, request })
    assert.isUndefined(Wire.requestOf(request))
  })
})
