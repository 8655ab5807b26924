/** A tool call that nobody can run is told: a response that lacks it is not whole. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import type { Wire } from "./halves.ts"

const options = { provider: "any", model: "m" }
const text = "Let me see."

/** A text and a call of this name, as the frames of a stream and as a body. */
interface Case {
  readonly protocol: ChatProtocol<never>
  readonly frames: (name: unknown) => ReadonlyArray<Wire>
  readonly body: (name: unknown) => Wire
}

const functionOf = (name: unknown) => ({ id: "c", type: "function", function: { name, arguments: '{"a":1}' } })

const openAi = (protocol: ChatProtocol<never>): Case => ({
  protocol,
  frames: (name) => [
    { id: "1", choices: [{ index: 0, delta: { content: text }, finish_reason: null }] },
    { id: "1", choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...functionOf(name) }] } }] },
    { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
    "[DONE]"
  ],
  body: (name) => ({
    id: "1",
    choices: [{ message: { content: text, tool_calls: [functionOf(name)] }, finish_reason: "tool_calls" }]
  })
})

const ollama = (name: unknown) => ({ content: text, tool_calls: [{ function: { name, arguments: { a: 1 } } }] })
const google = (name: unknown) => ({
  candidates: [{ content: { parts: [{ text }, { functionCall: { name, args: { a: 1 } } }] }, finishReason: "STOP" }]
})

const said = { type: "message", id: "m", role: "assistant", content: [{ type: "output_text", text, annotations: [] }] }

const responses = (type: string, field: string): Case => {
  const item = (name: unknown) => ({ type, id: "f", call_id: "c", name, [field]: '{"a":1}' })
  const body = (name: unknown) => ({ id: "1", status: "completed", output: [said, item(name)] })
  return {
    protocol: OpenAiResponses as unknown as ChatProtocol<never>,
    frames: (name) => [
      { type: "response.output_item.done", output_index: 0, item: said },
      { type: "response.output_item.added", output_index: 1, item: { ...item(name), [field]: "" } },
      { type: "response.output_item.done", output_index: 1, item: item(name) },
      { type: "response.completed", response: body(name) }
    ],
    body
  }
}

const cases: ReadonlyArray<Case> = [
  responses("function_call", "arguments"),
  responses("custom_tool_call", "input"),
  openAi(OpenAiChat as unknown as ChatProtocol<never>),
  openAi(MistralChat as unknown as ChatProtocol<never>),
  {
    protocol: OllamaChat as unknown as ChatProtocol<never>,
    frames: (name) => [
      { model: "m", message: ollama(name), done: false },
      { model: "m", done: true, done_reason: "stop" }
    ],
    body: (name) => ({ model: "m", message: ollama(name), done: true, done_reason: "stop" })
  },
  {
    protocol: GoogleGenerateContent as unknown as ChatProtocol<never>,
    frames: (name) => [google(name)],
    body: google
  },
  {
    protocol: CohereChat as unknown as ChatProtocol<never>,
    frames: (name) => [
      { type: "message-start", id: "1" },
      { type: "content-delta", index: 0, delta: { message: { content: { text } } } },
      { type: "tool-call-start", index: 0, delta: { message: { tool_calls: functionOf(name) } } },
      { type: "tool-call-end", index: 0 },
      { type: "message-end", delta: { finish_reason: "TOOL_CALL", usage: {} } }
    ],
    body: (name) => ({
      id: "1",
      message: { content: [{ type: "text", text }], tool_calls: [functionOf(name)] },
      finish_reason: "TOOL_CALL"
    })
  }
]

const stream = ({ frames, protocol }: Case, name: unknown): ReadonlyArray<ChatEvent> => {
  const events: Array<ChatEvent> = []
  const decoder = protocol.makeDecoder(options)
  for (const frame of frames(name)) {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame)
    assert.strictEqual(decoder.decode({ data }, events), undefined)
  }
  assert.isTrue(decoder.end(events))
  return events
}

describe("a tool call without a name is reported", () => {
  for (const [at, one] of cases.entries()) {
    it(`of ${one.protocol.id}, case ${at}`, () => {
      assert.lengthOf(foldEvents(stream(one, "f")).toolCalls, 1)
      assert.lengthOf(Result.getOrThrow(one.protocol.decodeResponse(one.body("f"), options)).toolCalls, 1)
      for (const name of ["", null, undefined]) {
        const events = stream(one, name)
        assert.isTrue(events.some(({ type }) => type === "malformed-frame"))
        assert.strictEqual(foldEvents(events).text, text)
        const answer = one.protocol.decodeResponse(one.body(name), options)
        assert.isTrue(Result.isFailure(answer) && answer.failure._tag === "ResponseParseError")
      }
    })
  }
})

describe("blank tool calls", () => {
  it("are ignored among others, and may still receive a name", () => {
    const events: Array<ChatEvent> = []
    const decoder = OpenAiChat.makeDecoder(options)
    for (const calls of [
      [{ index: 0, id: "", function: { name: "", arguments: "" } }],
      [{ index: 1, ...functionOf("f") }],
      [{ index: 2, id: null, type: "function", function: {} }],
      [{ index: 0, id: "later", function: { name: "g" } }]
    ]) {
      decoder.decode(
        { data: JSON.stringify({ id: "1", choices: [{ index: 0, delta: { tool_calls: calls } }] }) },
        events
      )
    }
    decoder.decode({ data: "[DONE]" }, events)
    assert.isTrue(decoder.end(events))
    assert.deepStrictEqual(
      foldEvents(events)
        .toolCalls.map(({ id, name }) => [id, name])
        .toSorted(),
      [
        ["c", "f"],
        ["later", "g"]
      ]
    )
    assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
  })

  it("cause a warning if the finish reason is tool-calls", () => {
    const warning = "the response ends with tool calls, but holds none that can be read"
    for (const answer of [
      OpenAiChat.decodeResponse(
        { id: "1", choices: [{ message: { content: text, tool_calls: null }, finish_reason: "tool_calls" }] },
        options
      ),
      AnthropicMessages.decodeResponse(
        { id: "1", content: [{ type: "text", text }], stop_reason: "tool_use", usage: {} },
        options
      )
    ]) {
      const { finishReason, warnings } = Result.getOrThrow(answer)
      assert.deepStrictEqual([finishReason, warnings.map(({ message }) => message)], ["tool-calls", [warning]])
    }
  })
})
