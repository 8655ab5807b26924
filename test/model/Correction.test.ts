import { assert, describe, it } from "@effect/vitest"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { AssistantPart, Message } from "../../src/domain/Message.ts"
import { unknown } from "../../src/domain/Usage.ts"
import { correct } from "../../src/model/Correction.ts"

const request: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text: "Who?" }] }], seed: 1 }
const corrected = (...content: ReadonlyArray<AssistantPart>) => {
  const response = new ChatResponse({ content, finishReason: "stop", usage: unknown, warnings: [], attempts: [] })
  const { messages, ...rest } = correct(request, response, "no name")
  assert.deepStrictEqual(rest, { seed: 1 })
  assert.deepStrictEqual(messages.slice(0, 1), request.messages)
  return messages.slice(1)
}
const text = "Your response was rejected: no name\nRespond again and correct this. Write only the corrected response."
const fromUser: Message = { role: "user", content: [{ type: "text", text }] }
const say = (text: string): AssistantPart => ({ type: "text", text })
const thought: AssistantPart = { type: "reasoning", text: "hm" }
const call = (id: string): AssistantPart => ({ type: "tool-call", id, name: "search", input: {} })

describe("the correction of a rejected response", () => {
  it("follows the response, without its blank texts", () => {
    assert.deepStrictEqual(corrected(thought, say(" \n"), say("Ada")), [
      { role: "assistant", content: [thought, say("Ada")] },
      fromUser
    ])
  })

  it("is the only message after an empty response", () => {
    for (const content of [
      [],
      [say(" ")],
      [thought],
      [{ type: "refusal", text: "policy", isExplanation: true }]
    ] as ReadonlyArray<ReadonlyArray<AssistantPart>>) {
      assert.deepStrictEqual(corrected(...content), [fromUser])
    }
    const refusal: AssistantPart = { type: "refusal", text: "No." }
    assert.deepStrictEqual(corrected(refusal), [{ role: "assistant", content: [refusal] }, fromUser])
  })

  it("is the result of every tool call", () => {
    const result = (id: string) => ({ type: "tool-result", id, name: "search", output: text, isError: true }) as const
    assert.deepStrictEqual(corrected(call("a"), call("b")), [
      { role: "assistant", content: [call("a"), call("b")] },
      { role: "tool", content: [result("a"), result("b")] }
    ])
  })
})
