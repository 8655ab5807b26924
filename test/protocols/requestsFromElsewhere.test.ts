/** Requests as providers take them and other clients send them, though their documentation says otherwise. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../src/protocols/BedrockAnthropic.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { VertexAnthropic } from "../../src/protocols/VertexAnthropic.ts"
import { WatsonxChat } from "../../src/protocols/WatsonxChat.ts"
import type { Wire } from "./halves.ts"

const hi = { role: "user", content: "hi" }

const withoutModel: ReadonlyArray<readonly [ChatProtocol<never>, Wire]> = [
  [OpenAiChat, { messages: [hi] }],
  [MistralChat, { messages: [hi] }],
  [WatsonxChat, { messages: [hi] }],
  [OpenAiResponses, { input: "hi" }],
  [AnthropicMessages, { messages: [hi], max_tokens: 5 }],
  [BedrockAnthropic, { anthropic_version: "bedrock-2023-05-31", messages: [hi], max_tokens: 5 }],
  [VertexAnthropic, { anthropic_version: "vertex-2023-10-16", messages: [hi], max_tokens: 5 }],
  [BedrockConverse, { messages: [{ role: "user", content: [{ text: "hi" }] }] }],
  [GoogleGenerateContent, { contents: [{ role: "user", parts: [{ text: "hi" }] }] }],
  [CohereChat, { messages: [hi] }],
  [OllamaChat, { messages: [hi] }]
]

const request = (protocol: ChatProtocol<never>, body: Wire) => Result.getOrThrow(protocol.decodeRequest(body)).request

describe("a request whose path names the model", () => {
  for (const [protocol, body] of withoutModel) {
    it(`is read by ${protocol.id}, and the body takes precedence`, () => {
      const path = { model: "of-the-path", stream: true }
      const decoded = Result.getOrThrow(protocol.decodeRequest(body, path))
      assert.strictEqual(decoded.model, "of-the-path")
      assert.isTrue(decoded.stream)
      assert.strictEqual(decoded.request.messages.length, 1)
      assert.isUndefined(decoded.request.providerOptions)
      const name = protocol === WatsonxChat ? "model_id" : protocol === BedrockConverse ? "modelId" : "model"
      const own = Result.getOrThrow(protocol.decodeRequest({ ...body, [name]: "own", stream: false }, path))
      assert.deepStrictEqual([own.model, own.stream], ["own", false])
    })
  }
})

describe("a request of Mistral's client", () => {
  it("may leave out the type of a tool", () => {
    const tools = [{ function: { name: "f", parameters: { type: "object", properties: {} } } }]
    const { providerOptions, tools: read } = request(MistralChat, { model: "m", messages: [hi], tools })
    assert.deepStrictEqual(
      read?.map(({ name }) => name),
      ["f"]
    )
    assert.isUndefined(providerOptions)
  })
})

describe("a request to Google", () => {
  const full = {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [{ role: "user", parts: [{ text: "hi" }] }],
    tools: [{ functionDeclarations: [{ name: "f" }] }],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } }
  }

  it("may have a single value in place of an array", () => {
    const bare = {
      system_instruction: { parts: { text: "Be brief." } },
      contents: { role: "user", parts: { text: "hi" } },
      tools: { functionDeclarations: { name: "f" } },
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: "f" } }
    }
    assert.deepStrictEqual(request(GoogleGenerateContent, bare), request(GoogleGenerateContent, full))
  })
})

describe("a request for a stored prompt", () => {
  it("needs no model in its body, and others do", () => {
    const prompt = { id: "pmpt", version: "2", variables: { town: "Lima" } }
    const decoded = Result.getOrThrow(OpenAiResponses.decodeRequest({ prompt }))
    assert.strictEqual(decoded.model, "")
    assert.deepStrictEqual<unknown>(decoded.request.providerOptions, { "openai-responses": { prompt } })
    const failed = Result.getOrThrow(Result.flip(OpenAiResponses.decodeRequest({ input: "hi" })))
    assert.strictEqual(failed.at, "model")
  })
})

describe("a call that goes back to a server of OpenAI's protocol", () => {
  it("may have an empty custom tool next to its function", () => {
    const call = {
      id: "c",
      type: "function",
      function: { name: "f", arguments: "{}" },
      custom: { name: "", input: "" }
    }
    const { messages } = request(OpenAiChat, { model: "m", messages: [{ role: "assistant", tool_calls: [call] }] })
    assert.deepStrictEqual<unknown>(messages[0]?.content, [{ type: "tool-call", id: "c", name: "f", input: {} }])
  })
})
