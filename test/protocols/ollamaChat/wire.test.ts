import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { OllamaChat } from "../../../src/protocols/OllamaChat.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, read } = halvesOf(OllamaChat, "ollama")

const encode = (request: ChatRequest, quirks = {}) =>
  OllamaChat.encodeRequest(request, { provider: "ollama", model: "m", stream: false, quirks })
const bodyOf = (request: ChatRequest, quirks = {}): Wire => json(Result.getOrThrow(encode(request, quirks)).body)
const refusalOf = (request: ChatRequest) => Result.getOrThrow(Result.flip(encode(request)))
const hi: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }
const frame = (line: object) => ({ data: JSON.stringify(line) })
const server = (body: object) => Result.getOrThrow(OllamaChat.decodeRequest({ model: "m", ...body })).request

describe("a request", () => {
  it("has Ollama's own options along with the request's parameters", () => {
    const own = { keep_alive: "1h", options: { num_ctx: 8192, temperature: null } }
    const body = bodyOf({ ...hi, maxOutputTokens: 5, temperature: 1, providerOptions: { ollama: own } })
    assert.deepStrictEqual(body.options, { num_predict: 5, num_ctx: 8192 })
    assert.strictEqual(body.keep_alive, "1h")
    assert.isFalse(body.stream)
  })

  it("turns reasoning on and off, or to a level that the model has", () => {
    const think = (reasoning: ChatRequest["reasoning"], quirks = {}) => bodyOf({ ...hi, reasoning }, quirks).think
    assert.isTrue(think({}))
    assert.isFalse(think({ effort: "none" }))
    assert.strictEqual(think({ effort: "max" }), "max")
    assert.strictEqual(think({ effort: "xhigh" }), "high")
    assert.strictEqual(think({ effort: "minimal" }), "low")
    assert.isTrue(think({ effort: "high" }, { thinkLevels: [] }))
    assert.isUndefined(think(undefined))
    assert.strictEqual(bodyOf({ ...hi, reasoning: { budget: 9000 } }).think, "medium")
  })

  it("rejects unsupported parameters by name, or leaves them out with a warning", () => {
    for (const [parameter, value] of Object.entries({ parallelToolCalls: false, toolChoice: "required" })) {
      assert.strictEqual((refusalOf({ ...hi, [parameter]: value }) as Wire).parameter, parameter)
      const dropped = Result.getOrThrow(encode({ ...hi, [parameter]: value, onUnsupported: "drop" }))
      assert.strictEqual(dropped.warnings[0]?.parameter, parameter)
    }
    assert.strictEqual(Result.getOrThrow(encode({ ...hi, user: "me" })).warnings[0]?.parameter, "user")
    const image = { type: "image", data: "https://example.com/a.png" } as const
    assert.include(refusalOf({ messages: [{ role: "user", content: [image] }] }).message, "messages[0]")
  })

  it("writes documents as text, results with their tool's name, and no tools with `toolChoice: none`", () => {
    const file = { type: "file", data: { text: "Words." }, title: "T" } as const
    assert.strictEqual(bodyOf({ messages: [{ role: "user", content: [file] }] }).messages[0].content, "T\n\nWords.")
    const call = { type: "tool-call", id: "c1", name: "f", input: { a: 1 } } as const
    const body = bodyOf({
      messages: [
        ...hi.messages,
        { role: "assistant", content: [{ type: "reasoning", text: "Hm.", signature: "s", protocol: "x" }, call] },
        { role: "tool", content: [{ type: "tool-result", id: "c1", output: "no", isError: true }] }
      ],
      tools: [{ name: "f", inputSchema: { type: "object" } }],
      toolChoice: "none"
    })
    assert.notProperty(body, "tools")
    assert.deepStrictEqual(body.messages.slice(1), [
      {
        role: "assistant",
        content: "",
        thinking: "Hm.",
        tool_calls: [{ id: "c1", function: { index: 0, name: "f", arguments: { a: 1 } } }]
      },
      { role: "tool", tool_name: "f", tool_call_id: "c1", content: "Error: no" }
    ])
  })
})

describe("a response", () => {
  it("gives calls without an id one that no other response has", () => {
    const call = { function: { name: "f", arguments: '{"a": 1}' } }
    const answer = (created_at: string) =>
      decode({
        model: "m",
        created_at,
        message: { role: "assistant", content: "", tool_calls: [call, call] },
        done: true
      })
    const first = answer("2026-11-21T09:00:00.123456Z")
    assert.deepStrictEqual(first.toolCalls[0]?.input, { a: 1 })
    assert.strictEqual(first.finishReason, "tool-calls")
    const ids = [first, answer("2026-11-21T09:00:01Z")].flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id))
    assert.strictEqual(new Set(ids).size, 4)
  })

  it("may hold images, log probabilities, and nothing at all", () => {
    const logprobs = [{ token: "a", logprob: -0.5, bytes: [97], top_logprobs: [{ token: "b", logprob: -1 }] }]
    const answer = decode({ message: { content: "a", images: ["/9j/AA", ""], tool_calls: null }, logprobs, done: true })
    assert.deepStrictEqual<unknown>(answer.content, [
      { type: "text", text: "a" },
      { type: "image", data: "data:image/jpeg;base64,/9j/AA" }
    ])
    assert.strictEqual(answer.logprobs?.[0]?.top?.[0]?.token, "b")
    const loaded = decode({ model: "m", message: { role: "assistant", content: "" }, done_reason: "load", done: true })
    assert.deepStrictEqual([loaded.content, loaded.finishReason, loaded.rawFinishReason], [[], "other", "load"])
    assert.deepStrictEqual(loaded.usage, { inputTokens: {}, outputTokens: {} })
  })

  it("fails with an error line, and reports unreadable lines as malformed frames", () => {
    const said = frame({ model: "m", message: { content: "a" }, done: false })
    const broken = read([said, frame({ error: "an error was encountered while running the model" })])
    assert.strictEqual(broken.failure?.message, "an error was encountered while running the model")
    const odd = read([frame({ status: "?" }), { data: "<html>" }, said, frame({ done: true, done_reason: "stop" })])
    assert.lengthOf(
      odd.events.filter(({ type }) => type === "malformed-frame"),
      2
    )
    assert.isTrue(odd.whole)
    assert.strictEqual(
      Result.getOrThrow(Result.flip(OllamaChat.decodeResponse("x", { provider: "o", model: "m" })))._tag,
      "ResponseParseError"
    )
  })

  it("may have reasoning after text", () => {
    const line = (message: object) => frame({ message, done: false })
    const answer = fold([
      line({ thinking: "a" }),
      line({ content: "b" }),
      line({ thinking: "c" }),
      frame({ done: true })
    ])
    assert.strictEqual(answer.reasoningText, "ac")
    assert.lengthOf(
      answer.content.filter(({ type }) => type === "reasoning"),
      2
    )
  })
})

describe("a server", () => {
  it("matches results to calls without ids", () => {
    const call = (name: string) => ({ function: { name, arguments: {} } })
    const { messages } = server({
      messages: [
        { role: "user", content: "Hi", images: ["iVBORw0KGgo="] },
        { role: "assistant", tool_calls: [call("f"), call("g"), call("f")] },
        { role: "tool", tool_name: "g", content: "1" },
        { role: "tool", tool_name: "f", content: "2" },
        { role: "tool", content: "3" }
      ]
    })
    const [, , results] = messages
    assert.deepStrictEqual(results?.role === "tool" && results.content.map(({ id }) => id), [
      "call_1_1",
      "call_1_0",
      "call_1_2"
    ])
  })

  it("streams by default, and keeps unknown fields", () => {
    const decoded = Result.getOrThrow(
      OllamaChat.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }] })
    )
    assert.isTrue(decoded.stream)
    const request = server({ messages: [], format: "", think: "turbo", options: { num_predict: -1, mirostat: 1 } })
    assert.deepStrictEqual<unknown>(request, {
      messages: [],
      providerOptions: { "ollama-chat": { think: "turbo", options: { mirostat: 1, num_predict: -1 } } }
    })
    const wrong = OllamaChat.decodeRequest({ model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] })
    assert.strictEqual(Result.getOrThrow(Result.flip(wrong)).at, "messages[0].content")
  })
})
