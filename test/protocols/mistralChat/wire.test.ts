import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { MistralChat } from "../../../src/protocols/MistralChat.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, toBody } = halvesOf(MistralChat, "mistral")

const encode = (request: ChatRequest) =>
  MistralChat.encodeRequest(request, { provider: "mistral", model: "m", stream: false })
const bodyOf = (request: ChatRequest): Wire => json(Result.getOrThrow(encode(request)).body)
const user = (text: string) => ({ role: "user" as const, content: [{ type: "text" as const, text }] })
const answered = (content: unknown, usage?: object) => ({
  id: "a",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage
})

const reference = { type: "reference", reference_ids: [0, "doc-1"] }
const chunks = [
  { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
  { type: "text", text: "It rains." },
  reference,
  { type: "text", text: " So it does." },
  { type: "tool_reference", tool: "web_search", title: "T" }
]

describe("chunks", () => {
  it("of a response are reasoning, texts with references, and unknown chunks", () => {
    const answer = decode(answered(chunks))
    assert.deepStrictEqual<unknown>(answer.content, [
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "It rains. So it does.", citations: [{ start: 0, end: 9, raw: reference }] },
      { type: "provider", protocol: "mistral-chat", value: { chunks: [chunks[4]] } }
    ])
    const pieces = chunks.map((chunk) => ({
      data: JSON.stringify({ id: "a", choices: [{ index: 0, delta: { content: [chunk] }, finish_reason: null }] })
    }))
    assert.deepStrictEqual(fold([...pieces, { data: "[DONE]" }]).content, answer.content)
    assert.deepStrictEqual(toBody(answer).choices[0].message.content, chunks)
  })

  it("are sent back unchanged, and decoded so by the server half", () => {
    const { content } = decode(answered(chunks))
    const body = bodyOf({ messages: [user("?"), { role: "assistant", content }, user("!")] })
    assert.deepStrictEqual(body.messages[1], { role: "assistant", content: chunks })
    const { request } = Result.getOrThrow(MistralChat.decodeRequest(body))
    assert.deepStrictEqual<unknown>(request.messages[1]?.content, content)
  })

  it("of instructions and results that are more than text are kept unchanged", () => {
    const call = { id: "Abcdef123", type: "function", function: { name: "f", arguments: "{}" } }
    const messages = [
      { role: "system", content: [{ type: "text", text: "First think." }, chunks[0]] },
      { role: "user", content: "?" },
      { role: "assistant", tool_calls: [call] },
      { role: "tool", name: "f", tool_call_id: "Abcdef123", content: [{ type: "text", text: "It rains." }, reference] }
    ]
    const { request } = Result.getOrThrow(MistralChat.decodeRequest({ model: "m", messages }))
    assert.deepStrictEqual<unknown>(request.messages[0]?.content, [{ type: "text", text: "First think." }])
    const [system, , answer, result] = bodyOf(request).messages
    assert.deepStrictEqual([system, result], [messages[0], messages[3]])
    assert.deepStrictEqual(answer, { role: "assistant", content: null, tool_calls: [call] })
  })

  it("of a prompt are documents by URL, bytes or id, and texts", () => {
    const files: ReadonlyArray<Wire> = [
      { type: "file", data: "https://example.com/a.pdf", fileName: "a.pdf" },
      { type: "file", data: { fileId: "f1" } },
      { type: "file", data: { text: "Words." }, title: "T" }
    ]
    const body = bodyOf({ messages: [{ role: "user", content: files as never }] })
    assert.deepStrictEqual(body.messages[0].content, [
      { type: "document_url", document_url: "https://example.com/a.pdf", document_name: "a.pdf" },
      { type: "file", file_id: "f1" },
      { type: "text", text: "T\n\nWords." }
    ])
    const { request } = Result.getOrThrow(MistralChat.decodeRequest(body))
    assert.deepStrictEqual<unknown>(request.messages[0]?.content.slice(0, 2), files.slice(0, 2))
    const video = { type: "file", data: "https://x/a.mp4", mediaType: "video/mp4" } as const
    assert.isTrue(Result.isFailure(encode({ messages: [{ role: "user", content: [video] }] })))
  })
})

describe("a request", () => {
  it("may have audio as bare bytes or URL", () => {
    const content = [
      { type: "text", text: "?" },
      { type: "input_audio", input_audio: "https://example.com/a.mp3" }
    ]
    const { request } = Result.getOrThrow(
      MistralChat.decodeRequest({ model: "m", messages: [{ role: "user", content }] })
    )
    assert.deepStrictEqual(bodyOf(request).messages, [{ role: "user", content }])
  })

  it("has Mistral's field names and the caller's options", () => {
    const body = bodyOf({
      messages: [
        user("?"),
        { role: "assistant", content: [{ type: "text", text: "{" }], providerOptions: { mistral: { prefix: true } } }
      ],
      seed: 7,
      maxOutputTokens: 9,
      tools: [{ name: "f", inputSchema: { type: "object" } }],
      toolChoice: "required",
      metadata: { a: "b" },
      providerOptions: { "mistral-chat": { safe_prompt: true, prompt_mode: "reasoning" } }
    })
    const { messages, tools: _, ...rest } = body
    assert.deepStrictEqual(rest, {
      model: "m",
      stream: false,
      random_seed: 7,
      max_tokens: 9,
      tool_choice: "any",
      metadata: { a: "b" },
      safe_prompt: true,
      prompt_mode: "reasoning"
    })
    assert.deepStrictEqual(messages[1], { role: "assistant", content: "{", prefix: true })
    const { request } = Result.getOrThrow(MistralChat.decodeRequest(body))
    assert.deepStrictEqual([request.seed, request.toolChoice], [7, "required"])
    assert.deepStrictEqual(request.providerOptions, { "mistral-chat": { safe_prompt: true, prompt_mode: "reasoning" } })
  })

  it("gives every call and its result an id of nine characters", () => {
    const call = { type: "tool-call", id: "toolu_01_with/odd", name: "f", input: {} } as const
    const { messages } = bodyOf({
      messages: [
        user("?"),
        { role: "assistant", content: [call, { ...call, id: "Abcdef123" }] },
        {
          role: "tool",
          content: [
            { type: "tool-result", id: call.id, output: "1" },
            { type: "tool-result", id: "Abcdef123", output: "2" }
          ]
        }
      ]
    })
    const [first, second] = messages[1].tool_calls.map(({ id }: Wire) => id)
    assert.match(first, /^[a-zA-Z0-9]{9}$/)
    assert.strictEqual(second, "Abcdef123")
    assert.deepStrictEqual([messages[2].tool_call_id, messages[3].tool_call_id], [first, second])
  })

  it("has reasoning on or off, no names, and no other parameters", () => {
    const effort = (effort: "low" | "none" | "max") =>
      bodyOf({ messages: [user("?")], reasoning: { effort } }).reasoning_effort
    assert.deepStrictEqual([effort("none"), effort("low"), effort("max")], ["none", "high", "high"])
    assert.notProperty(bodyOf({ messages: [{ ...user("?"), name: "me" }] }).messages[0], "name")
    for (const [parameter, value] of Object.entries({ topK: 5, logprobs: 1 })) {
      const request = { messages: [user("?")], [parameter]: value }
      assert.strictEqual((Result.getOrThrow(Result.flip(encode(request))) as Wire).parameter, parameter)
      assert.lengthOf(Result.getOrThrow(encode({ ...request, onUnsupported: "drop" })).warnings, 1)
    }
  })
})

describe("usage", () => {
  it("adds audio tokens, which come on top", () => {
    const usage = {
      prompt_tokens: 9,
      total_tokens: 585,
      completion_tokens: 201,
      prompt_tokens_details: { audio_tokens: 375 }
    }
    const { inputTokens } = decode(answered("Hi", usage)).usage
    assert.deepStrictEqual([inputTokens.total, inputTokens.audio], [384, 375])
  })

  it("of a response cut by the context window is length, and a failed one is an error", () => {
    const ended = (finish_reason: string) => ({
      ...answered("Hi"),
      choices: [{ index: 0, message: { content: "Hi" }, finish_reason }]
    })
    assert.strictEqual(decode(ended("model_length")).finishReason, "length")
    assert.isTrue(Result.isFailure(MistralChat.decodeResponse(ended("error"), { provider: "mistral", model: "m" })))
  })
})
