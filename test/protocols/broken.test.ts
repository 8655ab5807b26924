/** Responses that are none: two in one stream, and those that have nothing but a reason for having nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { halvesOf, type Wire } from "./halves.ts"

/** The first frames of a response of each protocol: its beginning, and two pieces of text. */
const beginnings: ReadonlyArray<{ readonly protocol: ChatProtocol<never>; readonly frames: (id: string) => Wire }> = [
  ...[OpenAiChat, MistralChat].map((protocol: ChatProtocol<never>) => ({
    protocol,
    frames: (id: string) =>
      ["One, ", "two."].map((content) => ({ id, choices: [{ delta: { role: "assistant", content } }] }))
  })),
  {
    protocol: AnthropicMessages,
    frames: (id) => [
      { type: "message_start", message: { id, content: [] } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...["One, ", "two."].map((text) => ({
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text }
      }))
    ]
  },
  {
    protocol: OpenAiResponses,
    frames: (id) => [
      { type: "response.created", response: { id } },
      ...["One, ", "two."].map((delta) => ({
        type: "response.output_text.delta",
        item_id: `m_${id}`,
        output_index: 0,
        content_index: 0,
        delta
      }))
    ]
  },
  {
    protocol: GoogleGenerateContent,
    frames: (responseId) =>
      ["One, ", "two."].map((text) => ({ responseId, candidates: [{ content: { parts: [{ text }] } }] }))
  },
  {
    protocol: BedrockConverse,
    frames: () => [
      { messageStart: { role: "assistant" } },
      ...["One, ", "two."].map((text) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } }))
    ]
  },
  {
    protocol: CohereChat,
    frames: (id) => [
      { type: "message-start", id },
      ...["One, ", "two."].map((text) => ({
        type: "content-delta",
        index: 0,
        delta: { message: { content: { text } } }
      }))
    ]
  }
]

describe("a second response in the same stream", () => {
  for (const { frames, protocol } of beginnings) {
    const { read } = halvesOf(protocol as ChatProtocol, "any")
    const readAll = (...frames: ReadonlyArray<Wire>) => read(frames.map((frame) => ({ data: JSON.stringify(frame) })))

    it(`is the end of the first, by ${protocol.id}`, () => {
      const { events, failure } = readAll(...frames("first"), ...frames("second"))
      assert.isTrue(failure?.isInterrupted)
      const said = events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : []))
      assert.strictEqual(said.join(""), "One, two.")
    })

    it(`may not begin before the first has content, by ${protocol.id}`, () => {
      const [start, ...rest] = frames("first")
      const { failure } = readAll(...(rest.length > 1 ? [start, start] : [start]), ...rest)
      assert.isUndefined(failure)
    })
  }

  it("is detected by a new id that repeats, however short the first response was", () => {
    const { read } = halvesOf(OpenAiChat as ChatProtocol, "any")
    const chunk = (id: string, delta: Wire) => ({ data: JSON.stringify({ id, choices: [{ delta }] }) })
    const second = [{ role: "assistant", content: "" }, { content: "two" }].map((delta) => chunk("b", delta))
    assert.isTrue(read([chunk("a", { role: "assistant", content: "One, " }), ...second]).failure?.isInterrupted)
    assert.isUndefined(read([chunk("a", { role: "assistant", content: "" }), ...second]).failure)
  })

  it("is detected by its model where there are no ids", () => {
    const { read } = halvesOf(OllamaChat as ChatProtocol, "ollama")
    const line = (model: string, content: string) => ({ data: JSON.stringify({ model, message: { content } }) })
    assert.isTrue(read([line("a", "One, "), line("b", "two")]).failure?.isInterrupted)
    assert.isUndefined(read([line("a", ""), line("b", "two")]).failure)
  })

  it("is not detected where every chunk has its own id, or only usage", () => {
    const { read } = halvesOf(OpenAiChat as ChatProtocol, "any")
    const chunk = (id: string, content: string) => ({ id, choices: [{ delta: { content } }] })
    for (const chunks of [
      [chunk("a", "x"), chunk("b", "y"), chunk("c", "z")],
      ["x", "y", "z"].map((content, index) => ({
        id: `chunk-${index}`,
        choices: [{ delta: { role: "assistant", content } }]
      })),
      [chunk("a", "x"), chunk("a", "y"), { id: "", choices: [{ delta: { content: "z" } }] }],
      [chunk("a", "xy"), chunk("a", "z"), { id: "b", choices: [], usage: { prompt_tokens: 1 } }]
    ]) {
      const { events, failure } = read(chunks.map((frame) => ({ data: JSON.stringify(frame) })))
      assert.isUndefined(failure)
      assert.strictEqual(events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : [])).join(""), "xyz")
    }
  })
})

describe("a response without content, because the model's output was unusable", () => {
  const google = (parts: Wire, finishReason: string) => ({ candidates: [{ content: { parts }, finishReason }] })
  const bedrock = (content: Wire, stopReason: string) => ({ output: { message: { content } }, stopReason })
  const openAi = (content: Wire, native_finish_reason: string) => ({
    choices: [{ message: { content }, finish_reason: "stop", native_finish_reason }]
  })
  const cases: ReadonlyArray<readonly [ChatProtocol<never>, Wire, boolean]> = [
    [GoogleGenerateContent, google([], "MALFORMED_FUNCTION_CALL"), false],
    [GoogleGenerateContent, google([{ text: "Hm.", thought: true }], "UNEXPECTED_TOOL_CALL"), false],
    [GoogleGenerateContent, google([{ text: "" }], "OTHER"), false],
    [GoogleGenerateContent, google([{ text: "Hi." }], "MALFORMED_FUNCTION_CALL"), true],
    [GoogleGenerateContent, google([], "MAX_TOKENS"), true],
    [BedrockConverse, bedrock([], "malformed_tool_use"), false],
    [BedrockConverse, bedrock([{ text: "Hi." }], "malformed_model_output"), true],
    [OpenAiChat, openAi("", "MALFORMED_FUNCTION_CALL"), false],
    [OpenAiChat, openAi("Hi.", "MALFORMED_FUNCTION_CALL"), true],
    [OpenAiChat, openAi("", "STOP"), true]
  ]
  for (const [protocol, body, succeeds] of cases) {
    it(`${succeeds ? "is one with content" : "is a failure"}: ${protocol.id} ${JSON.stringify(body)}`, () => {
      const decoded = (protocol as ChatProtocol).decodeResponse(body, { provider: "any", model: "asked" })
      assert.strictEqual(Result.isSuccess(decoded), succeeds)
    })
  }

  it("is reported in a stream too", () => {
    const { read } = halvesOf(GoogleGenerateContent as ChatProtocol, "google")
    const body = { candidates: [{ finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "call: f(" }] }
    assert.deepInclude(read([{ data: JSON.stringify(body) }]).failure, {
      code: "MALFORMED_FUNCTION_CALL",
      message: "call: f("
    })
  })
})

describe("an error within a stream", () => {
  const errors: ReadonlyArray<Wire> = [
    { error: { message: "boom", code: 429 } },
    { error: "boom" },
    { detail: "boom" },
    { detail: [{ msg: "boom" }] },
    { message: "boom", code: 500 },
    { type: "error", error: { type: "overloaded_error", message: "boom" } },
    { errors: [{ message: "boom" }] },
    { object: "error", message: "boom", code: 400 },
    { status: "error", message: "boom" },
    { code: 400, msg: "boom" }
  ]
  const protocols = [...beginnings.map(({ protocol }) => protocol), OllamaChat as ChatProtocol<never>]
  for (const protocol of protocols.filter((one) => one !== (BedrockConverse as ChatProtocol<never>))) {
    it(`is the provider's, in whichever form a server or proxy words it: ${protocol.id}`, () => {
      const { read } = halvesOf(protocol as ChatProtocol, "any")
      for (const error of errors) {
        const { events, failure } = read([{ data: JSON.stringify(error) }])
        assert.strictEqual(failure?.message, "boom", JSON.stringify(error))
        assert.deepStrictEqual(events, [])
      }
    })
  }
})
