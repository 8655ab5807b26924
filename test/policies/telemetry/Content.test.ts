import { assert, describe, it } from "@effect/vitest"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart, Message } from "../../../src/domain/Message.ts"
import { unknown } from "../../../src/domain/Usage.ts"
import { type ContentOptions, contentOf, finishReason } from "../../../src/policies/telemetry/Content.ts"

const shown = (capability: string, request: unknown, response?: unknown, options: ContentOptions = {}) =>
  Object.fromEntries(
    Object.entries(contentOf(capability, options, request, response)).map(([name, json]) => [name, JSON.parse(json)])
  )
const text = (content: string) => ({ type: "text", content })
const user = (content: string) => [{ role: "user", parts: [text(content)] }]
const input = "gen_ai.input.messages"
const output = "gen_ai.output.messages"

const messages: ReadonlyArray<Message> = [
  { role: "system", content: [{ type: "text", text: "Be brief" }] },
  {
    role: "user",
    content: [
      { type: "text", text: "Hi" },
      { type: "image", data: "https://a.example/b.png" },
      { type: "image", data: "data:image/png;base64,AAAA", mediaType: "image/png" },
      { type: "audio", data: Uint8Array.of(1), mediaType: "audio/wav" },
      { type: "file", data: { fileId: "f" }, mediaType: "application/pdf" },
      { type: "file", data: { text: "in full" } }
    ]
  },
  { role: "assistant", content: [{ type: "tool-call", id: "1", name: "find", input: { what: ["a", null, 1] } }] },
  {
    role: "tool",
    content: [
      { type: "tool-result", id: "1", name: "find", output: "none" },
      { type: "tool-result", id: "2", name: "find", output: [{ type: "text", text: "one" }] }
    ]
  }
]
const request: ChatRequest = { messages, tools: [{ name: "find", inputSchema: { secret: 1 } }] }
const answer = (content: ReadonlyArray<AssistantPart>, rest: Partial<ChatResponse> = {}) =>
  new ChatResponse({ content, finishReason: "stop", usage: unknown, warnings: [], attempts: [], ...rest })

describe("what telemetry shows of a chat", () => {
  it("is every part of its messages, with the type and address of media and the names of tools", () => {
    assert.deepStrictEqual(shown("chat", request), {
      "gen_ai.system_instructions": [text("Be brief")],
      [input]: [
        {
          role: "user",
          parts: [
            text("Hi"),
            { type: "uri", modality: "image", uri: "https://a.example/b.png" },
            { type: "blob", modality: "image", mime_type: "image/png", content: "" },
            { type: "blob", modality: "audio", mime_type: "audio/wav", content: "" },
            { type: "file", modality: "document", mime_type: "application/pdf", file_id: "f" },
            text("in full")
          ]
        },
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "1", name: "find", arguments: { what: ["a", null, 1] } }]
        },
        {
          role: "tool",
          parts: [
            { type: "tool_call_response", id: "1", response: "none" },
            { type: "tool_call_response", id: "2", response: [text("one")] }
          ]
        }
      ],
      "gen_ai.tool.definitions": [{ type: "function", name: "find" }]
    })
    assert.deepStrictEqual(Object.keys(shown("chat", { messages: [], tools: [] })), [input])
  })

  it("is every part of its response, and why that ended", () => {
    const content: ReadonlyArray<AssistantPart> = [
      { type: "reasoning", text: "hm" },
      { type: "refusal", text: "No." },
      { type: "tool-call", id: "1", name: "find", input: undefined, rawInput: "{" },
      { type: "provider", protocol: "p", value: { a: "b" } }
    ]
    assert.deepStrictEqual(shown("chat", { messages: [] }, answer(content))[output], [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "refusal", content: "No." },
          { type: "tool_call", id: "1", name: "find", arguments: "{" },
          { type: "p", value: { a: "b" } }
        ],
        finish_reason: "stop"
      }
    ])
    for (const [reason, raw, word] of [
      ["tool-calls", "tool_use", "tool_call"],
      ["content-filter", undefined, "content_filter"],
      ["length", "max_tokens", "length"],
      ["other", "pause", "pause"],
      ["other", undefined, "other"]
    ] as const) {
      assert.strictEqual(finishReason(reason, raw), word)
    }
  })

  it("is each text, name and key redacted and cut, wherever it is", () => {
    const options = { redact: (text: string) => text.replaceAll("key", "***"), maxLength: 5 }
    const call: AssistantPart = { type: "tool-call", id: "1", name: "find", input: { "a key": ["my key", "123456"] } }
    const parts = shown("chat", { messages: [{ role: "assistant", content: [call] }] }, undefined, options)[input]
    assert.deepStrictEqual(parts[0].parts[0].arguments, { "a ***": ["my **…", "12345…"] })
    assert.lengthOf(shown("image", { prompt: "a".repeat(20_000) })[input][0].parts[0].content, 16_385)
  })

  it("is only the request or the response if configured so", () => {
    const response = answer([{ type: "text", text: "Hi" }])
    assert.notProperty(shown("chat", request, response, { input: false }), input)
    assert.property(shown("chat", request, response, { input: false }), output)
    assert.deepStrictEqual(Object.keys(shown("chat", { messages }, response, { output: false })), [
      "gen_ai.system_instructions",
      input
    ])
  })
})

describe("what telemetry shows of other calls", () => {
  it("is the user's input, and a transcript", () => {
    assert.deepStrictEqual(shown("embedding", { inputs: ["a", { type: "image" }] }), { [input]: user("a") })
    assert.deepStrictEqual(shown("image", { prompt: "a" }), { [input]: user("a") })
    assert.deepStrictEqual(shown("speech", { text: "a" }), { [input]: user("a") })
    assert.deepStrictEqual(shown("rerank", { query: "a" }), { [input]: user("a") })
    assert.deepStrictEqual(shown("transcription", {}, { text: "a" }), {
      [output]: [{ role: "assistant", parts: [text("a")] }]
    })
    assert.deepStrictEqual(shown("toString", {}, {}), {})
  })
})
