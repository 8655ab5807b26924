import { assert, describe, it } from "@effect/vitest"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import type { ContentPart } from "../../../src/domain/ContentPart.ts"
import type { Message } from "../../../src/domain/Message.ts"
import { ChatCounter } from "../../../src/tokens/chat/ChatCounter.ts"
import * as ModelRule from "../../../src/tokens/ModelRule.ts"
import { atMost } from "../../../src/tokens/TokenCount.ts"
import * as Arbitraries from "../../domain/arbitraries.ts"

/** A token for each character, so that sums can be read. */
const counter = (model: string, error = 0) =>
  new ChatCounter(ModelRule.of(model), { tokens: (text) => text.length, error, reason: "a character is a token" })
const gpt4o = counter("gpt-4o")
const userSays = (...content: ReadonlyArray<ContentPart>): Message => ({ role: "user", content }) as Message
const text = (text: string) => ({ type: "text" as const, text })

describe("ChatCounter", () => {
  it("adds up texts, roles, names and what the chat adds, exactly where that is published", () => {
    assert.deepStrictEqual(gpt4o.request({ messages: [] }), { tokens: 3, precision: { _tag: "Exact" } })
    assert.deepStrictEqual(
      gpt4o.request({ messages: [{ ...userSays(text("abc"), text("de")), name: "bob" } as Message] }),
      {
        tokens: 3 + 3 + 4 + 5 + 1 + 3,
        precision: { _tag: "Exact" }
      }
    )
    const estimate = counter("command-r", 0.1).request({ messages: [userSays(text("a".repeat(1000)))] })
    assert.strictEqual(estimate.precision._tag, "Estimated")
    if (estimate.precision._tag === "Estimated") {
      assert.approximately(estimate.precision.expectedError, 0.1 + ModelRule.of("command-r").chat.hidden / 1000, 0.01)
      assert.include(estimate.precision.reasons, "a character is a token")
    }
  })

  it("counts calls and results, several in one message more", () => {
    const call = (id: string): ContentPart => ({ type: "tool-call", id, name: "abc", input: { a: 1 } })
    const one = gpt4o.message({ role: "assistant", content: [call("1")] } as Message).count
    const two = gpt4o.message({ role: "assistant", content: [call("1"), call("2")] } as Message).count
    assert.strictEqual(one.tokens, 3 + 9 + 1 + 3 + 7)
    assert.strictEqual(two.tokens, 3 + 9 + 2 * (1 + 3 + 7) + 29)
    assert.strictEqual(one.precision._tag, "Estimated")
    const result = gpt4o.message({
      role: "tool",
      content: [
        { type: "tool-result", id: "1", output: "four" },
        { type: "tool-result", id: "2", output: [text("five")] }
      ]
    })
    assert.strictEqual(result.count.tokens, 3 + 4 + 2 * 4 + 8)
    const raw = gpt4o.message({ role: "assistant", content: [{ ...call("1"), rawInput: "{ }" }] } as Message)
    assert.strictEqual(raw.count.tokens, 3 + 9 + 1 + 3 + 3)
  })

  it("counts thoughts only for models that are sent them", () => {
    const thought: Message = {
      role: "assistant",
      content: [{ type: "reasoning", text: "hm", encrypted: "x".repeat(160) }]
    }
    assert.strictEqual(gpt4o.message(thought).count.tokens, 12)
    assert.strictEqual(counter("claude-opus-4-7").message(thought).count.tokens, 2 + 9 + 2 + 30)
  })

  it("counts what else a message may hold", () => {
    const of = (part: ContentPart) => gpt4o.message(userSays(part)).count.tokens - 7
    assert.strictEqual(of({ type: "refusal", text: "no" }), 2)
    assert.strictEqual(of({ type: "provider", protocol: "p", value: [1, 2] }), 5)
    assert.strictEqual(of({ type: "file", data: { text: "plain" }, title: "ti", context: "con" }), 10)
    assert.strictEqual(of({ type: "file", data: "data:text/plain;base64,aGVsbG8=" }), 5)
    assert.strictEqual(of({ type: "file", data: new TextEncoder().encode("{}"), mediaType: "application/json" }), 2)
    const spoken: ContentPart = { type: "audio", data: { fileId: "a" }, transcript: "hello" }
    assert.strictEqual(gpt4o.message({ role: "assistant", content: [spoken] }).count.tokens, 3 + 9 + 5)
  })

  it("counts tools as lines, or as JSON below instructions", () => {
    const tools = [
      {
        name: "f",
        description: "does.",
        inputSchema: {
          type: "object",
          properties: {
            a: { type: "string", description: "one.", enum: ["x", "yy"] },
            b: { type: "array", items: { type: "object", properties: { c: { type: "number" } } } },
            d: { properties: { e: true } }
          }
        }
      }
    ]
    const request: ChatRequest = { messages: [], tools }
    const lines =
      "f:does".length +
      "a:string:one".length +
      ("x".length + "yy".length) +
      "b:array".length +
      "c:number".length +
      "d".length +
      "e".length
    assert.strictEqual(gpt4o.request(request).tokens, 3 + 7 + 3 * 3 + 5 * 3 + (-3 + 2 * 3) + 12 + lines)

    const json = JSON.stringify({ name: "f", description: "does.", parameters: tools[0]!.inputSchema }).length
    const claude = counter("claude-sonnet-4")
    assert.strictEqual(claude.request(request).tokens, 3 + 346 + 10 + json)
    assert.strictEqual(claude.request({ ...request, toolChoice: "required" }).tokens, 3 + 313 + 10 + json)
    assert.strictEqual(claude.request({ ...request, toolChoice: { tool: "f" } }).tokens, 3 + 313 + 10 + json)
    assert.strictEqual(counter("mistral-small").request({ ...request, toolChoice: "required" }).tokens, 3 + 130 + json)
  })

  it("counts the schema of the answer", () => {
    const schema = { type: "object" }
    const count = gpt4o.request({ messages: [], responseFormat: { type: "json-schema", schema } })
    assert.strictEqual(count.tokens, 3 + JSON.stringify(schema).length)
    assert.strictEqual(count.precision._tag, "Estimated")
  })

  it.prop(
    "a request is the sum of its messages and the rest, and no message makes it shorter",
    { request: Arbitraries.request({ tools: true, rawInput: true }) },
    ({ request }) => {
      for (const model of ["gpt-4o", "gpt-5", "claude-opus-4-7", "any other"]) {
        const of = counter(model)
        const whole = of.request(request)
        const tally = of.rest(request)
        for (const message of request.messages) tally.addTally(of.message(message))
        assert.deepStrictEqual(tally.count, whole)
        assert.isAtMost(of.request({ ...request, messages: request.messages.slice(1) }).tokens, whole.tokens)
        assert.isAtLeast(atMost(tally.count), whole.tokens)
      }
    }
  )
})
