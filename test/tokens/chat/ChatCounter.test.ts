import { assert, describe, it } from "@effect/vitest"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import type { ContentPart } from "../../../src/domain/ContentPart.ts"
import type { Message } from "../../../src/domain/Message.ts"
import type { Json } from "../../../src/domain/Json.ts"
import { ChatCounter } from "../../../src/tokens/chat/ChatCounter.ts"
import { functionsNamespace } from "../../../src/tokens/chat/ToolTokens.ts"
import * as ModelRule from "../../../src/tokens/ModelRule.ts"
import { atMost } from "../../../src/tokens/TokenCount.ts"
import * as Arbitraries from "../../domain/arbitraries.ts"

/** A token for each character, so that sums can be read. */
const counter = (model: string, error = 0) =>
  new ChatCounter(ModelRule.of(model), { tokens: (text) => text.length, error, reason: "a character is a token" })
const gpt4o = counter("gpt-4o")
const userSays = (...content: ReadonlyArray<ContentPart>): Message => ({ role: "user", content }) as Message
const only = (counter: ChatCounter, message: Message) => counter.messages([message])[0]!.count
const text = (text: string) => ({ type: "text" as const, text })

describe("ChatCounter", () => {
  it("sums texts, roles, names and the chat's overhead, exactly where that is published", () => {
    assert.deepStrictEqual(gpt4o.request({ messages: [] }), { tokens: 3, precision: { _tag: "Exact" } })
    assert.deepStrictEqual(
      gpt4o.request({ messages: [{ ...userSays(text("abc"), text("de")), name: "bob" } as Message] }),
      {
        tokens: 3 + 4 + 5 + 1 + 3,
        precision: { _tag: "Exact" }
      }
    )
    const estimate = counter("command-r", 0.1).request({ messages: [userSays(text("a".repeat(1000)))] })
    assert.strictEqual(estimate.precision._tag, "Estimated")
    if (estimate.precision._tag === "Estimated") {
      assert.approximately(estimate.precision.expectedError, 0.1 + ModelRule.of("command-r").chat.spread / 1000, 0.01)
      assert.include(estimate.precision.reasons, "a character is a token")
    }
  })

  it("counts more for several calls or results in one message", () => {
    const call = (id: string): ContentPart => ({ type: "tool-call", id, name: "abc", input: { a: 1 } })
    const { call: perCall, parallel, result: perResult } = ModelRule.of("gpt-4o").chat
    const one = only(gpt4o, { role: "assistant", content: [call("1")] } as Message)
    const two = only(gpt4o, { role: "assistant", content: [call("1"), call("2")] } as Message)
    assert.strictEqual(one.tokens, 4 + perCall + 3 + 7)
    assert.strictEqual(two.tokens, 4 + 2 * (perCall + 3 + 7) + parallel)
    assert.strictEqual(one.precision._tag, "Estimated")
    const result = only(gpt4o, {
      role: "tool",
      content: [
        { type: "tool-result", id: "1", output: "four" },
        { type: "tool-result", id: "2", output: [text("five")] }
      ]
    })
    assert.strictEqual(result.tokens, 4 + 2 * perResult + 8)
    const raw = only(gpt4o, { role: "assistant", content: [{ ...call("1"), rawInput: "{ }" }] } as Message)
    assert.strictEqual(raw.tokens, 4 + perCall + 3 + 3)
  })

  it("counts reasoning only after the last message of the user, and only for models that are sent it", () => {
    const hidden = "x".repeat(640 + 160)
    const reasoned: Message = { role: "assistant", content: [{ type: "reasoning", text: "hm", encrypted: hidden }] }
    const { roles } = ModelRule.of("claude-opus-4-7").chat
    assert.strictEqual(only(gpt4o, reasoned).tokens, 4)
    const claude = counter("claude-opus-4-7")
    assert.strictEqual(only(claude, reasoned).tokens, roles.assistant + 2 + 30)
    assert.strictEqual(claude.messages([reasoned, userSays(text("go on"))])[0]?.count.tokens, roles.assistant)
    const thought: Message = {
      role: "assistant",
      content: [text("<think>\nhm\n</think>\nyes <think>"), text("<think>no end")]
    }
    const gptOss = ModelRule.of("gpt-oss-120b").chat
    assert.strictEqual(
      only(counter("gpt-oss-120b"), thought).tokens,
      gptOss.roles.assistant + "\nyes <think>".length + "<think>no end".length
    )
  })

  it("counts the overhead of reasoning, however it is requested", () => {
    const of = (request: Partial<ChatRequest>) =>
      counter("claude-sonnet-4-5").request({ messages: [], ...request }).tokens
    const { base, thinking } = ModelRule.of("claude-sonnet-4-5").chat
    assert.strictEqual(of({}), base)
    for (const reasoning of [{ effort: "high" as const }, { budget: 2048 }, {}]) {
      assert.strictEqual(of({ reasoning }), base + thinking)
    }
    for (const options of [{ reasoning: { enabled: true } }, { thinking: { type: "enabled" } }]) {
      assert.strictEqual(of({ providerOptions: { any: options } }), base + thinking)
    }
    assert.strictEqual(of({ reasoning: { effort: "none" } }), base)
    assert.strictEqual(of({ providerOptions: { any: { thinking: { type: "disabled" }, reasoning: null } } }), base)
  })

  it("flags as inexact what only the provider can count", () => {
    const options: ReadonlyArray<Record<string, Json>> = [
      { tools: [{ type: "web_search" }] },
      { plugins: [{ id: "web" }] },
      { mcp_servers: [{ url: "https://example.com" }] },
      { previous_response_id: "resp_1" },
      { conversation: "conv_1" },
      { prompt: { id: "pmpt_1" } },
      { cachedContent: "cachedContents/1" }
    ]
    for (const one of options) {
      const { precision } = gpt4o.request({ messages: [], providerOptions: { any: one } })
      assert.isTrue(precision._tag === "Estimated" && precision.expectedError > 100, JSON.stringify(one))
    }
    for (const one of [{ tools: [] }, { conversation: null }, { store: true }]) {
      const { precision } = gpt4o.request({ messages: [], providerOptions: { any: one } })
      assert.strictEqual(precision._tag, "Exact", JSON.stringify(one))
    }
  })

  it("counts the overhead of citations once, wherever they are requested", () => {
    const claude = counter("claude-sonnet-4-5")
    const { citations } = ModelRule.of("claude-sonnet-4-5").chat
    const file = { type: "file" as const, data: { text: "abc" } }
    const result = { type: "tool-result" as const, id: "1" }
    const of = (...messages: ReadonlyArray<Message>) => claude.request({ messages }).tokens
    const cited = { ...file, citations: true }
    assert.strictEqual(of(userSays(cited, cited)) - of(userSays(file, file)), citations)
    assert.strictEqual(
      of({ role: "tool", content: [{ ...result, output: [cited] }] }) -
        of({ role: "tool", content: [{ ...result, output: [file] }] }),
      citations
    )
    const found = (enabled: boolean) => ({
      "anthropic-messages": { content: [{ type: "search_result", citations: { enabled } }, "text"] }
    })
    assert.strictEqual(
      of({ role: "tool", content: [{ ...result, output: "abc", providerOptions: found(true) }] }) -
        of({ role: "tool", content: [{ ...result, output: "abc", providerOptions: found(false) }] }),
      citations
    )
  })

  it("counts the other parts of a message", () => {
    const of = (part: ContentPart) => only(gpt4o, userSays(part)).tokens - 4
    assert.strictEqual(of({ type: "refusal", text: "no" }), 2)
    assert.strictEqual(of({ type: "provider", protocol: "p", value: [1, 2] }), 5)
    assert.strictEqual(of({ type: "file", data: { text: "plain" }, title: "ti", context: "con" }), 10)
    assert.strictEqual(of({ type: "file", data: "data:text/plain;base64,aGVsbG8=" }), 5)
    assert.strictEqual(of({ type: "file", data: new TextEncoder().encode("{}"), mediaType: "application/json" }), 2)
    const spoken: ContentPart = { type: "audio", data: { fileId: "a" }, transcript: "hello" }
    assert.strictEqual(only(gpt4o, { role: "assistant", content: [spoken] }).tokens, 4 + 5)
  })

  it("counts tools as a TypeScript namespace, or as JSON below instructions", () => {
    const tools = [{ name: "f", description: "does.", inputSchema: { type: "object", properties: { a: {} } } }]
    const request: ChatRequest = { messages: [], tools }
    const system: ChatRequest = { messages: [{ role: "system", content: [] }], tools }
    const namespace = functionsNamespace(tools).length
    const { alone = 0, base } = ModelRule.of("gpt-4o").chat.tools
    assert.strictEqual(gpt4o.request(request).tokens, 3 + namespace + base + alone)
    assert.strictEqual(gpt4o.request(system).tokens, 3 + 4 + namespace + base)

    const { inputSchema } = tools[0]!
    const json = JSON.stringify({ name: "f", description: "does.", parameters: inputSchema }).length
    const claude = counter("claude-3-opus-20240229")
    const { chat } = ModelRule.of("claude-3-opus-20240229")
    const without = chat.base + chat.tools.perTool + json
    assert.strictEqual(claude.request(request).tokens, without + 530)
    assert.strictEqual(claude.request({ ...request, toolChoice: "required" }).tokens, without + 281)
    assert.strictEqual(claude.request({ ...request, toolChoice: { tool: "f" } }).tokens, without + 281)

    const { chat: spaced } = ModelRule.of("mistral-small-latest")
    const python =
      '{"type": "function", "function": {"name": "f", "description": "does.", "parameters": {"type": "object", "properties": {"a": {}}}}}'
    assert.strictEqual(
      counter("mistral-small-latest").request(request).tokens,
      spaced.base + spaced.preamble + spaced.tools.base + spaced.tools.perTool + python.length
    )
  })

  it("counts the schema of the response, which Google does not", () => {
    const schema = { type: "object" }
    const of = (model: string) =>
      counter(model).request({ messages: [], responseFormat: { type: "json-schema", schema } })
    assert.isAtLeast(of("gpt-4o").tokens, JSON.stringify(schema).length)
    assert.strictEqual(of("gpt-4o").precision._tag, "Estimated")
    assert.strictEqual(of("gemini-2.5-flash").tokens, counter("gemini-2.5-flash").request({ messages: [] }).tokens)
  })

  it.prop(
    "a request is the sum of its messages and the rest, and no message makes it shorter",
    { request: Arbitraries.request({ tools: true, rawInput: true }) },
    ({ request }) => {
      for (const model of ["gpt-4o", "gpt-5", "claude-opus-4-7", "any other"]) {
        const of = counter(model)
        const whole = of.request(request)
        const tally = of.rest(request)
        for (const message of of.messages(request.messages)) tally.addTally(message)
        assert.deepStrictEqual(tally.count, whole)
        const oldest = request.messages.findIndex(({ role }) => role !== "system")
        const shorter = { ...request, messages: request.messages.filter((_, index) => index !== oldest) }
        assert.isAtMost(of.request(shorter).tokens, whole.tokens)
        assert.isAtLeast(atMost(tally.count), whole.tokens)
      }
    }
  )
})
