/** Fields that say nothing (null, "", 0, [], {}) beside the one that counts, as servers send them that write every field. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { isBlank } from "../../src/protocols/wire/WireObject.ts"
import * as Arb from "../domain/arbitraries.ts"
import { halvesOf, type Wire } from "./halves.ts"

const message = (fields: Wire) => ({ id: "r", choices: [{ index: 0, finish_reason: "tool_calls", message: fields }] })

const openAi = {
  body: message({
    content: "Looking.",
    tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"town":"Lima"}' } }]
  }),
  blanks: [
    ["", "error", { message: "", code: 0 }],
    ["", "citations", []],
    ["", "search_results", null],
    ["", "base_resp", { status_code: 0, status_msg: "" }],
    ["", "x_groq", { error: "" }],
    ["choices.0", "error", {}],
    ["choices.0", "logprobs", {}],
    ["choices.0", "stop_reason", ""],
    ["choices.0.message", "refusal", ""],
    ["choices.0.message", "reasoning_content", ""],
    ["choices.0.message", "reasoning_details", []],
    ["choices.0.message", "audio", { id: "", data: "", transcript: "", expires_at: 0 }],
    ["choices.0.message", "function_call", { name: "", arguments: "" }],
    ["choices.0.message", "annotations", []],
    ["choices.0.message", "extra_content", {}],
    ["choices.0.message", "images", null],
    ["choices.0.message.tool_calls.0", "custom", { name: "", input: "" }],
    ["choices.0.message.tool_calls.0", "extra_content", { google: {} }],
    ["choices.0.message.tool_calls.0", "index", null]
  ]
}

interface Sample {
  readonly protocol: ChatProtocol<never>
  readonly body: Wire
  /** Where, under which name, and what. */
  readonly blanks: ReadonlyArray<ReadonlyArray<Wire>>
}

const samples: ReadonlyArray<Sample> = [
  { protocol: OpenAiChat, ...openAi },
  { protocol: MistralChat, ...openAi },
  {
    protocol: AnthropicMessages,
    body: {
      id: "r",
      content: [
        { type: "text", text: "Looking." },
        { type: "tool_use", id: "c", name: "f", input: { town: "Lima" } }
      ],
      stop_reason: "tool_use"
    },
    blanks: [
      ["", "error", {}],
      ["", "stop_sequence", ""],
      ["", "stop_details", { explanation: "" }],
      ["content.0", "citations", []],
      ["content.0", "citations", null]
    ]
  },
  {
    protocol: OpenAiResponses,
    body: {
      id: "r",
      status: "completed",
      output: [
        { type: "message", id: "m", content: [{ type: "output_text", text: "Looking." }] },
        { type: "function_call", call_id: "c", name: "f", arguments: '{"town":"Lima"}' }
      ]
    },
    blanks: [
      ["", "error", { code: "", message: "" }],
      ["", "incomplete_details", { reason: "" }],
      ["output.0", "role", ""],
      ["output.0.content.0", "annotations", []],
      ["output.0.content.0", "logprobs", null]
    ]
  },
  {
    protocol: GoogleGenerateContent,
    body: {
      responseId: "r",
      candidates: [
        {
          content: { parts: [{ text: "Looking." }, { functionCall: { id: "c", name: "f", args: { town: "Lima" } } }] },
          finishReason: "STOP"
        }
      ]
    },
    blanks: [
      ["", "error", { code: 0, message: "" }],
      ["", "promptFeedback", { blockReason: "" }],
      ["candidates.0.content.parts.0", "functionCall", { name: "", args: {} }],
      ["candidates.0.content.parts.0", "inlineData", { mimeType: "", data: "" }],
      ["candidates.0.content.parts.0", "thought", false],
      ["candidates.0.content.parts.1", "text", ""],
      ["candidates.0.content.parts.1", "executableCode", { code: "" }],
      ["candidates.0", "groundingMetadata", {}],
      ["candidates.0", "finishMessage", ""]
    ]
  },
  {
    protocol: BedrockConverse,
    body: {
      output: {
        message: {
          content: [{ text: "Looking." }, { toolUse: { toolUseId: "c", name: "f", input: { town: "Lima" } } }]
        }
      },
      stopReason: "tool_use"
    },
    blanks: [
      ["output.message.content.0", "toolUse", null],
      ["output.message.content.0", "reasoningContent", {}],
      ["output.message.content.1", "text", ""],
      ["output.message.content.1", "citationsContent", { content: [] }]
    ]
  },
  {
    protocol: CohereChat,
    body: {
      id: "r",
      message: {
        content: [{ type: "text", text: "Looking." }],
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"town":"Lima"}' } }]
      },
      finish_reason: "TOOL_CALL"
    },
    blanks: [
      ["", "error", ""],
      ["message", "tool_plan", ""],
      ["message", "citations", null]
    ]
  },
  {
    protocol: OllamaChat,
    body: {
      message: {
        content: "Looking.",
        tool_calls: [{ id: "c", function: { name: "f", arguments: { town: "Lima" } } }]
      },
      done: true
    },
    blanks: [
      ["", "error", ""],
      ["", "error", {}],
      ["", "response", ""],
      ["message", "thinking", ""],
      ["message", "images", []]
    ]
  }
]

const put = (body: Wire, [path, name, value]: ReadonlyArray<Wire>): Wire => {
  const copy = structuredClone(body)
  const place = String(path)
    .split(".")
    .filter((step) => step !== "")
    .reduce((at, step) => at[step], copy)
  place[name] = value
  return copy
}

describe("a blank field", () => {
  for (const { blanks, body, protocol } of samples) {
    const { decode } = halvesOf(protocol as ChatProtocol, "any")
    for (const blank of blanks) {
      it(`changes no response of ${protocol.id}: ${blank[0]} ${blank[1]} ${JSON.stringify(blank[2])}`, () => {
        assert.isTrue(isBlank(blank[2]))
        const { content, finishReason, text, toolCalls } = decode(put(body, blank))
        assert.strictEqual(text, "Looking.")
        assert.deepStrictEqual(toolCalls, [{ type: "tool-call", id: "c", name: "f", input: { town: "Lima" } }])
        assert.strictEqual(content.length, 2)
        assert.strictEqual(finishReason, body.done === true ? "tool-calls" : decode(body).finishReason)
      })
    }
  }

  it("does not hide the field in use, in either order: a custom tool next to an empty function", () => {
    const call = { id: "c", type: "custom", function: { name: "", arguments: "" }, custom: { name: "sh", input: "ls" } }
    const { toolCalls } = halvesOf(OpenAiChat as ChatProtocol, "any").decode(message({ tool_calls: [call] }))
    assert.deepStrictEqual(
      toolCalls.map(({ name, rawInput }) => [name, rawInput]),
      [["sh", "ls"]]
    )
  })

  it.prop("has only empty values, at any depth", [Arb.jsonObject], ([value]) => {
    const emptied = JSON.parse(JSON.stringify(value), (_, inner: Wire) => (typeof inner === "object" ? inner : null))
    assert.isTrue(isBlank(emptied))
    assert.isFalse(isBlank({ ...emptied, said: "x" }))
  })

  it("is no error", () => {
    const failed = OpenAiChat.decodeResponse(
      { ...openAi.body, error: { message: "busy" } },
      halvesOf(OpenAiChat as ChatProtocol, "any").options
    )
    assert.isTrue(Result.isFailure(failed))
  })
})
