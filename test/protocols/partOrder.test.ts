/** The parts of a response stand in the order in which the model wrote them, also where text was held back. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { Warning } from "../../src/domain/Warning.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import type { Wire } from "./halves.ts"

const options = { provider: "any", model: "m", quirks: { stripTokens: ["</s>"], thinkTags: true } }
const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } }
const image = "data:image/png;base64,iVBORw0KGgo="

interface Case {
  readonly protocol: ChatProtocol
  /** A piece of a response, and a whole one. */
  readonly piece: (message: Wire, last?: boolean) => Wire
  readonly whole: (message: Wire) => Wire
  readonly others: ReadonlyArray<Wire>
}

const chat = (protocol: ChatProtocol, ...others: ReadonlyArray<Wire>): Case => ({
  protocol,
  piece: (delta, last) => ({ id: "1", choices: [{ index: 0, delta, finish_reason: last === true ? "stop" : null }] }),
  whole: (message) => ({ id: "1", choices: [{ index: 0, message, finish_reason: "stop" }] }),
  others
})

const cases: ReadonlyArray<Case> = [
  chat(
    OpenAiChat as unknown as ChatProtocol,
    { tool_calls: [{ index: 0, ...call }] },
    { function_call: call.function },
    { images: [{ type: "image_url", image_url: { url: image } }] }
  ),
  chat(MistralChat as unknown as ChatProtocol, { tool_calls: [{ index: 0, ...call }] }),
  {
    protocol: OllamaChat as unknown as ChatProtocol,
    piece: (message, done = false) => ({ model: "m", message: { content: "", ...message }, done }),
    whole: (message) => ({ model: "m", message, done: true, done_reason: "stop" }),
    others: [{ tool_calls: [{ id: "c", function: { name: "f", arguments: {} } }] }, { images: ["iVBORw0KGgo="] }]
  }
]

const kindsOf = ({ content }: ChatResponse) => content.map(({ type }) => type)

describe("text before a call or an image stays before it", () => {
  for (const { others, piece, protocol, whole } of cases) {
    for (const other of others) {
      for (const text of ["Hi", "\n", " <thi", "<", "</", "Hi\n\n</"]) {
        it(`${protocol.id}, ${Object.keys(other)[0]} after ${JSON.stringify(text)}`, () => {
          const events: Array<ChatEvent> = []
          const decoder = protocol.makeDecoder(options)
          for (const frame of [piece({ content: text }), piece(other), piece({}, true)])
            assert.strictEqual(decoder.decode({ data: JSON.stringify(frame) }, events), undefined)
          assert.isTrue(decoder.end(events))
          const streamed = foldEvents(events)
          const answer = Result.getOrThrow(protocol.decodeResponse(whole({ content: text, ...other }), options))
          for (const response of [streamed, answer]) {
            assert.lengthOf(response.content, 2)
            assert.strictEqual(kindsOf(response)[0], "text")
            assert.strictEqual(response.text, text)
          }
        })
      }
    }
  }
})

describe("several choices", () => {
  it("cause a warning, whole or streamed, and only the first is the response", () => {
    const warning: Warning = { type: "other", message: "the server sent 2 choices; the first one is the response" }
    const choice = (index: number, content: string, field: string) => ({
      index,
      [field]: { content },
      finish_reason: "stop"
    })
    const body = (field: string) => ({ id: "1", choices: [choice(1, "B", field), choice(0, "A", field)] })
    const answer = Result.getOrThrow(OpenAiChat.decodeResponse(body("message"), { provider: "any", model: "m" }))
    const events: Array<ChatEvent> = []
    const decoder = OpenAiChat.makeDecoder({ provider: "any", model: "m" })
    decoder.decode({ data: JSON.stringify(body("delta")) }, events)
    assert.isTrue(decoder.end(events))
    for (const { text, warnings } of [answer, foldEvents(events)]) {
      assert.strictEqual(text, "A")
      assert.deepStrictEqual(warnings, [warning])
    }
  })
})
