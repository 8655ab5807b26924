import { assert, describe, it } from "@effect/vitest"
import * as ChatRequest from "../../../src/domain/ChatRequest.ts"
import { responseText, promptOf } from "../../../src/testing/simulator/ResponseText.ts"

describe("ResponseText", () => {
  const prompt = (text: string) => promptOf(ChatRequest.make(text))

  it("repeats a short prompt in one line, and the beginning of a long one", () => {
    assert.strictEqual(prompt(" Why is\n\nthe sky  blue? "), "Why is the sky blue?")
    assert.strictEqual(prompt("word ".repeat(50)), `${"word ".repeat(24)}…`)
  })

  it("does not cut a character in half", () => {
    const long = `a${"😀".repeat(100)}`
    assert.isTrue(long.startsWith(prompt(long).replace(" …", "")))
    assert.notMatch(prompt(long), /\p{Surrogate}/u)
  })

  it("repeats the results of tools, given as text or parts", () => {
    const results = [
      { type: "tool-result", id: "a", output: "18 degrees" },
      { type: "tool-result", id: "b", output: [{ type: "text", text: "dry" }] }
    ] as const
    const messages = ["How is it?", { role: "tool", content: results }] as const
    assert.include(responseText(ChatRequest.make({ messages })), "18 degrees dry.")
  })
})
