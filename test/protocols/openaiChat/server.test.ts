import { assert, describe, it } from "@effect/vitest"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import { ChatResponse, OverloadedError } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { make as makeUsage } from "../../../src/domain/Usage.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"
import { read, readUnary } from "./wire.ts"

const options = { id: "chatcmpl-1", model: "requested", created: 1_700_000_000 }

const usage = makeUsage({ input: 10, cacheRead: 4, output: 5, reasoning: 2 })

const respond = (...content: ReadonlyArray<AssistantPart>) =>
  new ChatResponse({ content, finishReason: "stop", usage, warnings: [], attempts: [] })

const encode = (events: ReadonlyArray<ChatEvent>, more: object = {}) => {
  const encoder = OpenAiChat.makeEncoder({ ...options, ...more })
  return [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
}

const json = (events: ReadonlyArray<ChatEvent>, more?: object) =>
  encode(events, more).map(({ data }) =>
    data === "[DONE]" ? data : (JSON.parse(data) as { readonly [key: string]: unknown })
  )

const finish: ChatEvent = { type: "finish", finishReason: "stop", usage }

describe("encodeResponse", () => {
  it("writes a chat completion", () => {
    assert.deepStrictEqual(
      JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(respond({ type: "text", text: "a" }), options))),
      {
        id: "chatcmpl-1",
        object: "chat.completion",
        created: 1_700_000_000,
        model: "requested",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: "a", refusal: null },
            logprobs: null,
            finish_reason: "stop"
          }
        ],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 }
        }
      }
    )
  })

  it("keeps the response's own id and model", () => {
    const body = OpenAiChat.encodeResponse(
      respond({ type: "text", text: "a" }).with({ id: "own", model: "real" }),
      options
    )
    assert.deepInclude(body as object, { id: "own", model: "real" })
  })

  it("leaves out provider-executed calls and parts of other protocols", () => {
    const answer = respond(
      { type: "tool-call", id: "1", name: "web_search", input: {}, providerExecuted: true },
      { type: "provider", protocol: "anthropic-messages", value: { type: "web_search_tool_result" } },
      { type: "text", text: "a" }
    )
    assert.deepStrictEqual<unknown>(
      readUnary(JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(answer, options)))).content,
      [{ type: "text", text: "a" }]
    )
    const streamed = read(encode(toEvents(answer))).response
    assert.deepStrictEqual<unknown>(streamed.content, [{ type: "text", text: "a" }])
    assert.strictEqual(streamed.finishReason, "stop")
  })

  it("shifts citations of later texts to their offset in the whole content", () => {
    const cited = (text: string) => ({
      type: "text" as const,
      text,
      citations: [{ url: "https://a.example", start: 0, end: 2, raw: { type: "x" } }]
    })
    const answer = respond(cited("abc"), cited("def"))
    for (const back of [
      readUnary(JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(answer, options)))),
      read(encode(toEvents(answer))).response
    ]) {
      assert.deepStrictEqual<unknown>(back.content, [
        {
          type: "text",
          text: "abcdef",
          citations: [
            { url: "https://a.example", start: 0, end: 2 },
            { url: "https://a.example", start: 3, end: 5 }
          ]
        }
      ])
    }
  })

  it("writes audio, custom calls and parts of this protocol", () => {
    const answer = respond(
      { type: "provider", protocol: "openai-chat", value: { extra_content: { a: 1 } } },
      {
        type: "audio",
        id: "audio_1",
        data: "data:audio/wav;base64,UklGRjEyMzRXQVZF",
        mediaType: "audio/wav",
        transcript: "hi"
      },
      {
        type: "tool-call",
        id: "1",
        name: "shell",
        rawInput: "ls",
        providerOptions: { "openai-chat": { type: "custom" } }
      }
    )
    for (const back of [
      readUnary(JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(answer, options)))),
      read(encode(toEvents(answer))).response
    ]) {
      assert.deepStrictEqual(JSON.parse(JSON.stringify(back.content)), answer.content)
    }
  })

  it("leaves out unknown usage, and keeps another server's finish reason", () => {
    const answer = respond().with({
      usage: { inputTokens: {}, outputTokens: {} },
      finishReason: "other",
      rawFinishReason: "pause_turn"
    })
    const body = OpenAiChat.encodeResponse(answer, options) as { readonly choices: ReadonlyArray<object> }
    assert.notProperty(body, "usage")
    assert.deepInclude(body.choices[0], { finish_reason: "pause_turn" })
  })
})

describe("the stream encoder", () => {
  const events: ReadonlyArray<ChatEvent> = [
    { type: "response-start", provider: "p" },
    { type: "response-metadata", id: "own", model: "real" },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "a" },
    { type: "text-end", id: "0" },
    { type: "usage", usage },
    finish
  ]

  it("writes the role, the text, the finish reason, then [DONE]", () => {
    const chunk = (choice: object) => ({
      id: "own",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: "real",
      choices: [{ index: 0, logprobs: null, finish_reason: null, ...choice }]
    })
    assert.deepStrictEqual<unknown>(json(events), [
      chunk({ delta: { role: "assistant", content: "" } }),
      chunk({ delta: { content: "a" } }),
      chunk({ delta: {}, finish_reason: "stop" }),
      "[DONE]"
    ])
  })

  it("writes usage in a chunk of its own, if requested", () => {
    const sent = json(events, { includeUsage: true })
    assert.strictEqual(sent.length, 5)
    assert.deepInclude(sent[3] as object, { choices: [] })
    assert.deepInclude((sent[3] as { readonly usage: object }).usage, { prompt_tokens: 10, completion_tokens: 5 })
    assert.deepInclude(sent[1] as object, { usage: null })
  })

  it("writes a complete stream for an empty response", () => {
    const { response, whole } = read(encode([finish]))
    assert.isTrue(whole)
    assert.deepStrictEqual(response.content, [])
  })

  it("writes a call that came without deltas", () => {
    const call = { type: "tool-call" as const, id: "1", name: "f", input: { a: 1 } }
    const late: ReadonlyArray<ChatEvent> = [
      { type: "tool-input-start", id: "1", name: "f" },
      { type: "tool-call", id: "1", call }
    ]
    for (const calls of [late, late.slice(1)]) {
      assert.deepStrictEqual(read(encode([...calls, finish])).response.toolCalls, [call])
    }
  })

  it("writes reasoning once, and its signature after it", () => {
    const { response } = read(
      encode([
        { type: "reasoning-start", id: "r" },
        { type: "reasoning-delta", id: "r", delta: "h" },
        { type: "reasoning-delta", id: "r", delta: "m" },
        { type: "reasoning-end", id: "r", signature: "s" },
        { type: "text-delta", id: "t", delta: "a" },
        finish
      ])
    )
    assert.deepStrictEqual<unknown>(response.content, [
      { type: "reasoning", text: "hm", signature: "s" },
      { type: "text", text: "a" }
    ])
  })

  it("does not repeat reasoning that came before the text", () => {
    const reasoning = (id: string, end: object = {}): ReadonlyArray<ChatEvent> => [
      { type: "reasoning-start", id },
      { type: "reasoning-delta", id, delta: id },
      { type: "reasoning-end", id, ...end }
    ]
    const { response } = read(
      encode([
        ...reasoning("a"),
        { type: "text-delta", id: "t", delta: "x" },
        ...reasoning("b", { signature: "s" }),
        finish
      ])
    )
    assert.deepStrictEqual<unknown>(response.content, [
      { type: "reasoning", text: "a" },
      { type: "text", text: "x" },
      { type: "reasoning", text: "b", signature: "s" }
    ])
  })

  it("skips events that the protocol cannot express", () => {
    const silent: ReadonlyArray<ChatEvent> = [
      { type: "malformed-frame", frame: { data: "{" }, message: "no" },
      { type: "restarted", attempts: [] },
      { type: "citation", id: "t", citation: { documentIndex: 1, citedText: "a" } },
      { type: "text-end", id: "t" }
    ]
    const encoder = OpenAiChat.makeEncoder(options)
    assert.deepStrictEqual(
      silent.flatMap((event) => encoder.encode(event)),
      []
    )
  })

  it("fails when the response restarts after part of it was sent: it is never spliced", () => {
    const frames = encode([
      { type: "text-delta", id: "t", delta: "a" },
      { type: "restarted", attempts: [] },
      { type: "text-delta", id: "t", delta: "b" },
      finish
    ])
    const { failure, response } = read(frames)
    assert.strictEqual(response.text, "a")
    assert.strictEqual(failure?.type, "server_error")
    assert.notInclude(
      frames.map(({ data }) => data),
      "[DONE]"
    )
  })

  it("ends a failed stream with the error", () => {
    const encoder = OpenAiChat.makeEncoder(options)
    const frames = [
      ...encoder.encode({ type: "text-delta", id: "t", delta: "a" }),
      ...encoder.fail(new OverloadedError({})),
      ...encoder.end()
    ]
    const { failure, response } = read(frames)
    assert.strictEqual(response.text, "a")
    assert.strictEqual(failure?.code, "overloaded")
    assert.strictEqual(frames.length, 3)
  })
})
