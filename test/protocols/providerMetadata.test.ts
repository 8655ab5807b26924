/** What a provider says of a response besides its content: the same whole and streamed, in every protocol. */
import { assert, describe, it } from "@effect/vitest"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { halvesOf, type Wire } from "./halves.ts"
import { toEvents } from "../../src/domain/ChatFold.ts"

const container = { id: "container_1", expires_at: "2030-01-01T00:00:00Z" }
const edits = { applied_edits: [{ type: "clear_tool_uses", cleared_input_tokens: 5 }] }
const anthropicBody = {
  id: "m",
  content: [{ type: "text", text: "Hi." }],
  stop_reason: "end_turn",
  stop_sequence: null
}

const openAi = (protocol: ChatProtocol<never>) => ({
  protocol,
  said: { system_fingerprint: "fp", timings: { predicted_ms: 5 }, native_finish_reason: "STOP", executed: [1] },
  body: {
    system_fingerprint: "fp",
    timings: { predicted_ms: 5 },
    choices: [{ message: { content: "Hi, you.", executed: [1] }, finish_reason: "stop", native_finish_reason: "STOP" }]
  },
  frames: [
    { choices: [{ delta: { role: "assistant", content: "Hi" } }] },
    { system_fingerprint: "fp", choices: [{ delta: { content: ", " } }] },
    { system_fingerprint: "fp", choices: [{ delta: { content: "you." } }], obfuscation: "xx" },
    { choices: [{ delta: { executed: [1] }, finish_reason: "stop", native_finish_reason: "STOP" }] },
    { choices: [], timings: { predicted_ms: 5 } }
  ]
})

const samples: ReadonlyArray<{
  readonly protocol: ChatProtocol<never>
  readonly said: Wire
  readonly body: Wire
  readonly frames: ReadonlyArray<Wire>
}> = [
  openAi(OpenAiChat),
  openAi(MistralChat),
  {
    protocol: AnthropicMessages,
    said: { container, context_management: edits },
    body: { ...anthropicBody, container, context_management: edits },
    frames: [
      { type: "message_start", message: { ...anthropicBody, content: [], stop_reason: null, container: null } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "Hi." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", container }, context_management: edits },
      { type: "message_stop" }
    ]
  },
  {
    protocol: GoogleGenerateContent,
    said: { finishMessage: "Enough.", safetyRatings: [{ category: "X" }], modelStatus: { stage: "PREVIEW" } },
    body: {
      candidates: [
        {
          content: { parts: [{ text: "Hi." }] },
          finishReason: "STOP",
          finishMessage: "Enough.",
          safetyRatings: [{ category: "X" }]
        }
      ],
      modelStatus: { stage: "PREVIEW" }
    },
    frames: [
      { candidates: [{ content: { parts: [{ text: "Hi." }] } }], modelStatus: { stage: "PREVIEW" } },
      { candidates: [{ finishReason: "STOP", finishMessage: "Enough.", safetyRatings: [{ category: "X" }] }] }
    ]
  },
  {
    protocol: BedrockConverse,
    said: { metrics: { latencyMs: 5 }, additionalModelResponseFields: { a: 1 }, trace: { guardrail: { b: 2 } } },
    body: {
      output: { message: { content: [{ text: "Hi." }] } },
      stopReason: "end_turn",
      additionalModelResponseFields: { a: 1 },
      metrics: { latencyMs: 5 },
      trace: { guardrail: { b: 2 } }
    },
    frames: [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Hi." } } },
      { messageStop: { stopReason: "end_turn", additionalModelResponseFields: { a: 1 } } },
      { metadata: { usage: {}, metrics: { latencyMs: 5 }, trace: { guardrail: { b: 2 } } } }
    ]
  },
  {
    protocol: CohereChat,
    said: { warnings: ["w"] },
    body: { message: { content: [{ type: "text", text: "Hi." }] }, finish_reason: "COMPLETE", warnings: ["w"] },
    frames: [
      { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "Hi." } } } },
      { type: "message-end", delta: { finish_reason: "COMPLETE", warnings: ["w"] } }
    ]
  },
  {
    protocol: OllamaChat,
    said: { remote_host: "h" },
    body: { message: { content: "Hi." }, done: true, remote_host: "h" },
    frames: [{ message: { content: "Hi." } }, { message: {}, done: true, remote_host: "h" }]
  },
  {
    protocol: OpenAiResponses,
    said: { conversation: { id: "conv" }, content_filters: [{ blocked: false, a: "b" }] },
    body: {
      status: "completed",
      output: [],
      tools: [{ type: "x" }],
      conversation: { id: "conv" },
      content_filters: [{ blocked: false, a: "b" }]
    },
    frames: [
      {
        type: "response.completed",
        response: {
          status: "completed",
          output: [],
          tools: [{ type: "x" }],
          conversation: { id: "conv" },
          content_filters: [{ blocked: false, a: "b" }]
        }
      }
    ]
  }
]

describe("additional fields of a provider", () => {
  for (const { body, frames, protocol, said } of samples) {
    it(`are kept by ${protocol.id}, whole and streamed`, () => {
      const { decode, fold } = halvesOf(protocol as ChatProtocol, "any")
      const expected = { [protocol.id]: said }
      const response = fold(frames.map((frame) => ({ data: JSON.stringify(frame) })))
      assert.deepStrictEqual<unknown>(decode(body).providerMetadata, expected)
      assert.deepStrictEqual<unknown>(response.providerMetadata, expected)
      assert.deepStrictEqual<unknown>(response.text, decode(body).text)
      assert.deepStrictEqual<unknown>(toEvents(response).at(-1)?.type === "finish", true)
    })
  }

  it("is passed on by a server of OpenAI's and Anthropic's protocol", () => {
    for (const { body, protocol, said } of samples.slice(0, 3)) {
      const { decode, fold, toBody, toFrames } = halvesOf(protocol as ChatProtocol, "any")
      const response = decode(body)
      assert.deepStrictEqual<unknown>(decode(toBody(response)).providerMetadata, { [protocol.id]: said })
      assert.deepStrictEqual<unknown>(fold(toFrames(toEvents(response))).providerMetadata, { [protocol.id]: said })
    }
  })
})
