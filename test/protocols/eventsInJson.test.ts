/** Events and responses are kept and passed on as JSON, so whatever a provider sent, each has a JSON form. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { chatProtocols } from "./chatProtocols.ts"
import { halvesOf, type Wire } from "./halves.ts"

const eventInJson = Schema.encodeSync(Schema.toCodecJson(ChatEvent))
const responseInJson = Schema.encodeSync(Schema.toCodecJson(ChatResponse))

/** A text and a call; `usage` is of the last events. */
const messageOf = (usage: Wire) =>
  [
    {
      type: "message_start",
      message: {
        id: "1",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        usage: { input_tokens: 5, output_tokens: 1 }
      }
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "a", name: "f", input: { x: 1 } } },
    { type: "content_block_stop", index: 1 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage },
    { type: "message_stop" }
  ].map((event) => ({ event: event.type, data: JSON.stringify(event) }))

const { read } = halvesOf(AnthropicMessages, "any")

describe("the events of a stream, and its response", () => {
  for (const [name, protocol] of Object.entries(chatProtocols)) {
    it(`have a JSON form, by ${name}`, () => {
      const half = halvesOf(protocol, "any")
      const { events, failure } = half.read(half.toFrames(read(messageOf({ output_tokens: 7 })).events))
      assert.isUndefined(failure)
      assert.isAbove(events.length, 0)
      for (const event of events) assert.doesNotThrow(() => eventInJson(event), undefined, event.type)
      assert.doesNotThrow(() => responseInJson(foldEvents(events)))
    })
  }

  it("have one where the output is not counted", () => {
    for (const usage of [undefined, {}, { input_tokens: 5 }]) {
      const { events } = read(messageOf(usage))
      for (const event of events) assert.doesNotThrow(() => eventInJson(event), undefined, event.type)
      const response = foldEvents(events)
      assert.isUndefined(response.usage.outputTokens.total)
      assert.doesNotThrow(() => responseInJson(response))
    }
  })
})
