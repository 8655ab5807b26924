import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as ChatRequest from "../../../src/domain/ChatRequest.ts"
import { ofRequest, split } from "../../../src/testing/simulator/EstimatedTokens.ts"

describe("RoughTokens", () => {
  it.prop("joined, the pieces are the text again, and none is empty", [Schema.String], ([text]) => {
    const pieces = split(text)
    assert.strictEqual(pieces.join(""), text)
    assert.notInclude(pieces, "")
  })

  it("splits at words, and in long words", () => {
    assert.deepStrictEqual(split("to be, or internationalization "), [
      "to",
      " be,",
      " or",
      " internationa",
      "lization",
      " "
    ])
    assert.deepStrictEqual(split(""), [])
  })

  it("counts messages, tools, calls and results", () => {
    const count = (input: ChatRequest.ChatRequestInput) => ofRequest(ChatRequest.make(input))
    assert.strictEqual(count("one two three"), 7)
    const tools = [{ name: "look", description: "Look at it", inputSchema: { type: "object" } }]
    assert.isAbove(count({ messages: "one two three", tools }), 11)
    const call = { type: "tool-call", id: "c", name: "look", input: { at: "it" } } as const
    const result = { type: "tool-result", id: "c", output: [{ type: "text", text: "a b" }] } as const
    const image = { type: "image", data: "https://example.com/a.png" } as const
    assert.strictEqual(count({ messages: [{ role: "assistant", content: [call] }] }), 4 + 2)
    assert.strictEqual(count({ messages: [{ role: "tool", content: [result] }] }), 4 + 2)
    assert.strictEqual(count({ messages: [{ role: "user", content: [image, "Hm"] }] }), 4 + 85 + 1)
  })
})
