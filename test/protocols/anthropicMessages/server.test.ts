import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import {
  ChatResponse,
  ContentPolicyError,
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  StreamInterruptedError,
  TimeoutError
} from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import type { ProviderError } from "../../../src/domain/ProviderError.ts"
import { make as makeUsage, unknown } from "../../../src/domain/Usage.ts"
import {
  AuthenticationError,
  ContextWindowExceededError,
  InvalidRequestError,
  ModelNotFoundError,
  NetworkError,
  PermissionDeniedError,
  QuotaExceededError,
  UnsupportedParameterError
} from "../../../src/domain/CallErrors.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { json, type Wire } from "./wire.ts"

const asked = { model: "asked", created: 0, id: "msg_ours" }

const request = (more: Wire = {}): Wire => ({
  model: "claude",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hi" }],
  ...more
})

const decode = (body: unknown) => Result.getOrThrow(AnthropicMessages.decodeRequest(body))
const chat = (more: Wire = {}): Wire => json(decode(request(more)).request) as Wire
const user = (content: unknown): Wire => chat({ messages: [{ role: "user", content }] }).messages

/** What the client half makes of a request that the server half read. */
const sent = (more: Wire): Wire => {
  const options = { provider: "anthropic", model: "claude", stream: false }
  return json(Result.getOrThrow(AnthropicMessages.encodeRequest(decode(request(more)).request, options)).body) as Wire
}

describe("a request that a server decodes", () => {
  it("may have only the required fields, or every parameter", () => {
    assert.deepStrictEqual(json(decode(request())) as unknown, {
      model: "claude",
      stream: false,
      includeUsage: true,
      request: { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], maxOutputTokens: 100 }
    })
    const more = {
      stream: true,
      system: "Be brief",
      temperature: 0.5,
      top_p: 0.9,
      top_k: null,
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
      service_tier: "standard_only",
      tools: [
        {
          name: "f",
          description: null,
          input_schema: { type: "object", properties: {} },
          strict: true,
          cache_control: { type: "ephemeral" }
        }
      ],
      tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true },
      thinking: { type: "adaptive" },
      output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } }
    }
    assert.isTrue(decode(request(more)).stream)
    assert.deepStrictEqual(chat(more), {
      messages: [
        { role: "system", content: [{ type: "text", text: "Be brief" }] },
        { role: "user", content: [{ type: "text", text: "Hi" }] }
      ],
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      stop: ["END"],
      tools: [{ name: "f", inputSchema: { type: "object", properties: {} }, strict: true, cacheControl: {} }],
      toolChoice: { tool: "f" },
      parallelToolCalls: false,
      responseFormat: { type: "json-schema", schema: { type: "object" } },
      reasoning: { effort: "max" },
      user: "u",
      serviceTier: "default"
    })
  })

  it("keeps unknown fields, which the client half writes again", () => {
    const more = {
      container: "c1",
      context_management: { edits: [{ type: "compact_20260112" }] },
      inference_geo: "eu",
      metadata: { user_id: "u", tag: "t" },
      mcp_servers: [{ type: "url", name: "m" }],
      thinking: { type: "enabled", budget_tokens: 2000, display: "omitted" },
      output_config: { task_budget: { type: "tokens", total: 1 } },
      tools: [
        { name: "f", input_schema: { type: "object", properties: {} }, input_examples: [{ a: 1 }], type: "custom" },
        { type: "web_search_20250305", name: "web_search", max_uses: 3 }
      ],
      max_tokens: 3000
    }
    assert.deepStrictEqual(chat(more).providerOptions, {
      "anthropic-messages": {
        container: "c1",
        context_management: { edits: [{ type: "compact_20260112" }] },
        inference_geo: "eu",
        metadata: { tag: "t" },
        mcp_servers: [{ type: "url", name: "m" }],
        thinking: { display: "omitted" },
        output_config: { task_budget: { type: "tokens", total: 1 } },
        tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }]
      }
    })
    const { messages: _, model: __, tools, ...again } = sent(more)
    const { tools: ___, ...rest } = more
    assert.deepStrictEqual(again, rest)
    assert.deepStrictEqual(tools, [
      { name: "f", input_schema: { type: "object", properties: {} }, input_examples: [{ a: 1 }] },
      { type: "web_search_20250305", name: "web_search", max_uses: 3 }
    ])
  })

  it("keeps a null that has a meaning, and drops one that means absent", () => {
    const { container, diagnostics } = sent({
      diagnostics: { previous_message_id: null },
      container: { id: null, skills: [{ skill_id: "s" }] }
    })
    assert.deepStrictEqual(json({ diagnostics, container }) as unknown, {
      diagnostics: { previous_message_id: null },
      container: { skills: [{ skill_id: "s" }] }
    })
  })

  it("keeps thinking and effort", () => {
    for (const more of [
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } },
      { thinking: { type: "adaptive" } },
      { thinking: { type: "disabled" }, output_config: { effort: "high" } },
      { thinking: { type: "between_tools" } },
      { output_config: { effort: "medium" } },
      { thinking: { type: "enabled", budget_tokens: 1024 }, output_config: { effort: "low" } },
      { thinking: { block_binding: { prefix_mismatch_behavior: "drop_block" } } },
      { thinking: { block_binding: { prefix_mismatch_behavior: "error" } }, output_config: { effort: "high" } }
    ]) {
      const { output_config, thinking } = sent(more)
      assert.deepStrictEqual(json({ thinking, output_config }) as unknown, more)
    }
    assert.deepStrictEqual(chat({ output_config: { effort: "medium" } }).reasoning, { effort: "medium" })
    assert.deepStrictEqual(chat({ thinking: { type: "between_tools" } }).reasoning, { effort: "none" })
  })

  it("is decoded with the output format in its older place", () => {
    const format = { type: "json_schema", schema: { type: "object" } }
    assert.strictEqual(chat({ output_format: format }).responseFormat.type, "json-schema")
  })

  it("has media, documents, tool results as a message of their own, and unknown blocks", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AQID" } }
    const result = {
      type: "tool_result",
      tool_use_id: "t",
      is_error: true,
      content: [image, { type: "text", text: "x" }]
    }
    const made = { type: "document", source: { type: "content", content: [] }, title: "made of blocks" }
    const text = {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "d" },
      title: "T",
      context: null,
      citations: { enabled: true }
    }
    assert.deepStrictEqual(user([result, { type: "tool_result", tool_use_id: "u" }, image, text, made]), [
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            id: "t",
            isError: true,
            output: [
              { type: "image", data: "data:image/png;base64,AQID" },
              { type: "text", text: "x" }
            ]
          },
          { type: "tool-result", id: "u", output: "" }
        ]
      },
      {
        role: "user",
        content: [
          { type: "image", data: "data:image/png;base64,AQID" },
          { type: "file", data: { text: "d" }, title: "T", citations: true },
          { type: "provider", protocol: "anthropic-messages", value: made }
        ]
      }
    ])
  })

  it("has search results that other protocols can read, and that go back whole", () => {
    const search = { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "found" }] }
    const content = [
      { type: "tool_result", tool_use_id: "t", content: [search, { type: "tool_reference", tool_name: "f" }] }
    ]
    const [{ content: parts }] = user(content) as Wire
    assert.deepStrictEqual(parts[0].output, [
      { type: "text", text: "t\n\ns\n\nfound" },
      { type: "text", text: "f" }
    ])
    assert.deepStrictEqual(sent({ messages: [{ role: "user", content }] }).messages, [{ role: "user", content }])
  })

  it("has search results of a prompt as documents, and summaries of what was compacted as text, that go back whole", () => {
    const content = [{ type: "text", text: "found" }]
    const search = { type: "search_result", source: "s", title: "t", content, citations: { enabled: true } }
    const summary = { type: "compaction", content: "What was said.", encrypted_content: "E" }
    const messages = [
      { role: "user", content: [search] },
      { role: "assistant", content: [summary] },
      { role: "user", content: [{ type: "text", text: "More" }] }
    ]
    const [{ content: parts }, { content: said }] = chat({ messages }).messages as Wire
    assert.include(parts[0], { type: "file", title: "t", context: "s", citations: true })
    assert.deepStrictEqual(parts[0].data, { text: "found" })
    assert.include(said[0], { type: "text", text: "What was said." })
    assert.deepStrictEqual(sent({ messages }).messages, messages)
  })

  it("has system messages in mid-conversation, including those that change tools", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "system", content: [{ type: "text", text: "New" }], clear_at: { type: "turns" } },
      { role: "assistant", content: [{ type: "text", text: "Yes" }] },
      { role: "user", content: [{ type: "text", text: "Go" }] },
      { role: "system", content: [{ type: "text", text: "Briefly" }] },
      { role: "assistant", content: [{ type: "text", text: "Gone" }] },
      { role: "user", content: [{ type: "text", text: "More" }] },
      { role: "system", content: [{ type: "tool_addition", tool: { type: "tool_reference", name: "f" } }] }
    ]
    assert.strictEqual(chat({ messages }).messages[1].role, "system")
    assert.deepStrictEqual(sent({ messages }).messages, messages)
  })

  it("is rejected with the path of the mistake", () => {
    const place = (body: unknown) => {
      const error = Result.getOrThrow(Result.flip(AnthropicMessages.decodeRequest(body)))
      assert.instanceOf(error, InvalidRequestError)
      assert.isString(error.detail)
      return error.at
    }
    const said = (role: string, ...content: ReadonlyArray<Wire>) => request({ messages: [{ role, content }] })
    const { max_tokens: _, ...unlimited } = request()
    const wrong: ReadonlyArray<readonly [unknown, string]> = [
      [undefined, ""],
      [[], ""],
      [unlimited, "max_tokens"],
      [request({ model: "" }), "model"],
      [request({ messages: {} }), "messages"],
      [request({ messages: [{ role: "robot", content: "x" }] }), "messages[0].role"],
      [request({ messages: [{ role: "user" }] }), "messages[0].content"],
      [said("user", { text: "no type" }), "messages[0].content[0].type"],
      [said("user", { type: "text", text: "a" }, { type: "text" }), "messages[0].content[1].text"],
      [
        said("user", { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "2h" } }),
        "messages[0].content[0].cache_control.ttl"
      ],
      [said("user", { type: "image" }), "messages[0].content[0].source"],
      [said("user", { type: "tool_result", content: "x" }), "messages[0].content[0].tool_use_id"],
      [
        said("user", { type: "tool_result", tool_use_id: "t", content: [{ type: "text" }] }),
        "messages[0].content[0].content[0].text"
      ],
      [said("assistant", { type: "tool_use", id: "t", name: "f", input: "x" }), "messages[0].content[0].input"],
      [said("assistant", { type: "thinking", signature: "s" }), "messages[0].content[0].thinking"],
      [request({ system: [{ type: "text" }] }), "system[0].text"],
      [request({ temperature: "hot" }), "temperature"],
      [request({ stream: "yes" }), "stream"],
      [request({ tools: [{ name: "f" }] }), "tools[0].input_schema"],
      [request({ tool_choice: { type: "maybe" } }), "tool_choice.type"],
      [request({ thinking: { type: "enabled", budget_tokens: "x" } }), "thinking.budget_tokens"],
      [request({ output_config: { effort: "immense" } }), "output_config.effort"]
    ]
    assert.deepStrictEqual(
      wrong.map(([body]) => place(body)),
      wrong.map(([, at]) => at)
    )
  })
})

const response = (content: ReadonlyArray<AssistantPart>, more: Wire = {}) =>
  new ChatResponse({ content, finishReason: "stop", usage: unknown, warnings: [], attempts: [], ...more })

const whole = (content: ReadonlyArray<AssistantPart>, more: Wire = {}): Wire =>
  json(AnthropicMessages.encodeResponse(response(content, more), asked) as Wire)

const frames = (events: ReadonlyArray<ChatEvent>): ReadonlyArray<Wire> => {
  const encoder = AnthropicMessages.makeEncoder(asked)
  const all = [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
  for (const { data, event } of all) assert.strictEqual(JSON.parse(data).type, event)
  return all.map(({ data }) => JSON.parse(data))
}

const finish: ChatEvent = { type: "finish", finishReason: "stop", usage: makeUsage({ input: 2, output: 3 }) }

const brief = (all: ReadonlyArray<Wire>) =>
  all.map(({ content_block, delta, index, type }) =>
    [
      type.replace("content_block_", ""),
      index,
      content_block?.type ?? delta?.text ?? delta?.partial_json ?? delta?.thinking
    ]
      .filter((one) => one !== undefined)
      .join(" ")
  )

describe("a response that a server encodes", () => {
  it("has the requested model's name if it has none", () => {
    assert.deepStrictEqual(whole([{ type: "text", text: "Hi" }]), {
      id: "msg_ours",
      type: "message",
      role: "assistant",
      model: "asked",
      content: [{ type: "text", text: "Hi" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: null, cache_read_input_tokens: null }
    })
    assert.deepInclude(whole([], { id: "own", model: "real" }), { id: "own", model: "real" })
  })

  it("has the stop reason in the protocol's words", () => {
    const reason = (finishReason: string, more: Wire = {}) => whole([], { finishReason, ...more }).stop_reason
    assert.strictEqual(reason("length"), "max_tokens")
    assert.strictEqual(
      reason("length", { rawFinishReason: "model_context_window_exceeded" }),
      "model_context_window_exceeded"
    )
    assert.strictEqual(reason("tool-calls", { rawFinishReason: "tool_calls" }), "tool_use")
    assert.strictEqual(reason("stop", { stopSequence: "END" }), "stop_sequence")
    assert.strictEqual(reason("content-filter"), "refusal")
    assert.strictEqual(reason("other", { rawFinishReason: "pause_turn" }), "pause_turn")
    assert.strictEqual(reason("other", { rawFinishReason: "eos" }), "end_turn")
    const refused = whole([{ type: "refusal", text: "No." }])
    assert.deepInclude(refused, {
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: null, explanation: "No." },
      content: []
    })
  })

  it("writes parts of other protocols: pages as web citations, reasoning without a signature, audio as its transcript", () => {
    const content: ReadonlyArray<AssistantPart> = [
      { type: "text", text: "T", citations: [{ url: "https://a", title: "A" }, { title: "no page" }] },
      { type: "reasoning", text: "why" },
      { type: "reasoning", text: "", id: "rs_1", encrypted: "E" },
      { type: "audio", data: new Uint8Array(), transcript: "said" },
      { type: "audio", data: new Uint8Array() },
      { type: "image", data: "https://a/b.png" },
      { type: "provider", protocol: "openai-responses", value: { type: "item" } },
      { type: "text", text: "" }
    ]
    const citation = {
      type: "web_search_result_location",
      url: "https://a",
      title: "A",
      cited_text: "",
      encrypted_index: ""
    }
    const expected = [
      { type: "text", text: "T", citations: [citation] },
      { type: "thinking", thinking: "why", signature: "" },
      { type: "redacted_thinking", data: "E" },
      { type: "text", text: "said" }
    ]
    assert.deepStrictEqual(whole(content).content, expected)
    const streamed = frames(toEvents(response(content))).filter(({ type }) => type === "content_block_start")
    assert.deepStrictEqual(
      streamed.map(({ content_block }) => content_block.type),
      expected.map(({ type }) => type)
    )
  })

  it("writes citations of another protocol for readers: they do not go back to the model", () => {
    const text = whole([{ type: "text", text: "T", citations: [{ url: "https://a" }] }]).content
    const again = sent({
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: text },
        { role: "user", content: "Go" }
      ]
    })
    assert.deepStrictEqual(again.messages[1].content, [{ type: "text", text: "T" }])
  })
})

describe("a stream that a server encodes", () => {
  it("begins with the message and ends with its stop reason and usage", () => {
    const all = frames([
      { type: "response-start", provider: "p" },
      { type: "usage", usage: makeUsage({ input: 2 }) },
      { type: "response-metadata", id: "own" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "Hi" },
      { type: "text-end", id: "0" },
      { ...finish, finishReason: "stop", stopSequence: "END" }
    ])
    assert.deepStrictEqual(brief(all), [
      "message_start",
      "start 0 text",
      "delta 0 Hi",
      "stop 0",
      "message_delta",
      "message_stop"
    ])
    assert.deepInclude(all[0]!.message, {
      id: "own",
      model: "asked",
      role: "assistant",
      content: [],
      stop_reason: null
    })
    assert.strictEqual(all[0]!.message.usage.input_tokens, 2)
    assert.deepStrictEqual(all[4]!.delta, { stop_reason: "stop_sequence", stop_sequence: "END", stop_details: null })
    assert.deepInclude(all[4]!.usage, { input_tokens: 2, output_tokens: 3 })
  })

  it("writes one block after another even when calls interleave with each other and with open text", () => {
    const all = frames([
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "T" },
      { type: "tool-input-start", id: "a", name: "f" },
      { type: "tool-input-start", id: "b", name: "g" },
      { type: "tool-input-delta", id: "b", delta: '{"b"' },
      { type: "tool-input-delta", id: "a", delta: '{"a":1}' },
      { type: "text-end", id: "0" },
      { type: "tool-input-delta", id: "b", delta: ":2}" },
      { type: "tool-call", id: "b", call: { type: "tool-call", id: "b", name: "g", input: { b: 2 } } },
      { type: "tool-call", id: "a", call: { type: "tool-call", id: "a", name: "f", input: { a: 1 } } },
      finish
    ])
    assert.deepStrictEqual(brief(all), [
      "message_start",
      "start 0 text",
      "delta 0 T",
      "stop 0",
      "start 1 tool_use",
      'delta 1 {"a":1}',
      "stop 1",
      "start 2 tool_use",
      'delta 2 {"b"',
      "delta 2 :2}",
      "stop 2",
      "message_delta",
      "message_stop"
    ])
  })

  it("closes open blocks at the finish, and writes no empty ones", () => {
    const all = frames([
      { type: "text-start", id: "0" },
      { type: "reasoning-start", id: "1" },
      { type: "reasoning-delta", id: "1", delta: "t" },
      { type: "text-delta", id: "0", delta: "late" },
      { type: "text-start", id: "2" },
      { type: "text-end", id: "2" },
      finish
    ])
    assert.deepStrictEqual(brief(all), [
      "message_start",
      "start 0 thinking",
      "delta 0 t",
      "stop 0",
      "start 1 text",
      "delta 1 late",
      "stop 1",
      "message_delta",
      "message_stop"
    ])
  })

  it("writes a whole call, with the unknown fields of its block", () => {
    const providerOptions = { "anthropic-messages": { caller: { type: "direct" } } }
    const call = {
      type: "tool-call" as const,
      id: "a",
      name: "f",
      input: { x: 1 },
      providerExecuted: true,
      providerOptions
    }
    const [, start, delta] = frames([{ type: "tool-call", id: "a", call }, finish])
    const block = { type: "server_tool_use", id: "a", name: "f", input: {}, caller: { type: "direct" } }
    assert.deepStrictEqual(start!.content_block, block)
    assert.deepStrictEqual(delta!.delta, { type: "input_json_delta", partial_json: '{"x":1}' })
    const [, begun] = frames([
      { type: "tool-input-start", id: "a", name: "f", providerExecuted: true, providerOptions },
      finish
    ])
    assert.deepStrictEqual(begun!.content_block, block)
  })

  it("writes the signature of reasoning, redacted reasoning as one block, and refusals at the end", () => {
    const all = frames([
      { type: "reasoning-start", id: "0" },
      { type: "reasoning-delta", id: "0", delta: "t" },
      { type: "reasoning-end", id: "0", signature: "sig" },
      { type: "reasoning-start", id: "1" },
      { type: "reasoning-end", id: "1", encrypted: "E" },
      { type: "reasoning-start", id: "2" },
      { type: "reasoning-end", id: "2", signature: "only" },
      { type: "refusal-start", id: "3" },
      { type: "refusal-delta", id: "3", delta: "No" },
      { type: "refusal-delta", id: "3", delta: "." },
      { type: "refusal-end", id: "3" },
      finish
    ])
    assert.deepStrictEqual(
      all.filter(({ type }) => type === "content_block_start").map(({ content_block }) => content_block) as unknown,
      [
        { type: "thinking", thinking: "", signature: "" },
        { type: "redacted_thinking", data: "E" },
        { type: "thinking", thinking: "", signature: "" }
      ]
    )
    assert.deepStrictEqual(
      all.flatMap(({ delta }) => (delta?.type === "signature_delta" ? [delta.signature] : [])),
      ["sig", "only"]
    )
    assert.deepStrictEqual(all.at(-2)!.delta.stop_details, { type: "refusal", category: null, explanation: "No." })
  })

  it("may be restarted before anything was shown; after that it ends with an error", () => {
    const restarted: ChatEvent = { type: "restarted", attempts: [] }
    const text: ChatEvent = { type: "text-delta", id: "0", delta: "x" }
    assert.deepStrictEqual(brief(frames([restarted, text, finish])).slice(-4), [
      "delta 0 x",
      "stop 0",
      "message_delta",
      "message_stop"
    ])
    const encoder = AnthropicMessages.makeEncoder(asked)
    encoder.encode(text)
    const [error, ...more] = encoder.encode(restarted)
    assert.strictEqual(error?.event, "error")
    assert.strictEqual(JSON.parse(error!.data).error.type, "api_error")
    assert.deepStrictEqual([...more, ...encoder.encode(text), ...encoder.end()], [])
  })

  it("ends with an error", () => {
    const encoder = AnthropicMessages.makeEncoder(asked)
    const [error] = encoder.fail(new OverloadedError({ requestId: "r" }))
    assert.strictEqual(error?.event, "error")
    assert.deepInclude(JSON.parse(error!.data), { type: "error", request_id: "r" })
    assert.deepStrictEqual(encoder.end(), [])
  })

  it("ignores events that the protocol has no word for", () => {
    const silent: ReadonlyArray<ChatEvent> = [
      { type: "source", source: { url: "https://a" } },
      { type: "logprobs", logprobs: [] },
      { type: "malformed-frame", frame: { data: "x" }, message: "m" }
    ]
    const encoder = AnthropicMessages.makeEncoder(asked)
    assert.deepStrictEqual(
      silent.flatMap((event) => encoder.encode(event)),
      []
    )
  })
})

describe("an error that a server encodes", () => {
  const zero = Duration.zero
  const errors: ReadonlyArray<readonly [ProviderError, number, string]> = [
    [new AuthenticationError({}), 401, "authentication_error"],
    [new PermissionDeniedError({}), 403, "permission_error"],
    [new RateLimitError({}), 429, "rate_limit_error"],
    [new QuotaExceededError({}), 402, "billing_error"],
    [new TimeoutError({ phase: "idle", duration: zero }), 504, "timeout_error"],
    [new InvalidRequestError({}), 400, "invalid_request_error"],
    [new UnsupportedParameterError({ parameter: "seed" }), 400, "invalid_request_error"],
    [new ContextWindowExceededError({}), 400, "invalid_request_error"],
    [new ContentPolicyError({}), 400, "invalid_request_error"],
    [new ModelNotFoundError({}), 404, "not_found_error"],
    [new OverloadedError({}), 529, "overloaded_error"],
    [new ServerError({}), 500, "api_error"],
    [new NetworkError({}), 502, "api_error"],
    [new ResponseParseError({}), 502, "api_error"],
    [new StreamInterruptedError({ partial: response([]) } as never), 502, "api_error"]
  ]
  for (const [error, status, type] of errors) {
    it(`${error._tag} is ${status} ${type}, and the client half reads it back`, () => {
      const { body, status: written } = AnthropicMessages.encodeError(error)
      assert.strictEqual(written, status)
      const failure = AnthropicMessages.decodeError(json(body))
      assert.strictEqual(failure.type, type)
      assert.include(failure.message, error.message)
    })
  }

  it("begins a context overflow with the words that clients look for", () => {
    const { body } = AnthropicMessages.encodeError(
      new ContextWindowExceededError({ requested: 210_000, limit: 200_000 })
    )
    assert.match((body as Wire)["error"].message, /^prompt is too long: 210000 tokens > 200000 maximum/)
  })
})
