import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { ResponseParseError } from "../../../src/domain/ChatResponse.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { decode, fold, frame, json, meaning, options, read, type Wire } from "./wire.ts"

const usage = { input_tokens: 3, output_tokens: 1 }

const start = (message: Wire = {}) =>
  frame({
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [],
      stop_reason: null,
      usage,
      ...message
    }
  })
const open = (index: number, content_block: Wire) => frame({ type: "content_block_start", index, content_block })
const delta = (index: number, delta: Wire) => frame({ type: "content_block_delta", index, delta })
const close = (index: number) => frame({ type: "content_block_stop", index })
const stop = (stop_reason: string | null, more: Wire = {}) =>
  frame({ type: "message_delta", delta: { stop_reason, stop_sequence: null, ...more }, usage: { output_tokens: 9 } })
const end = frame({ type: "message_stop" })

const block = (index: number, content_block: Wire, ...deltas: ReadonlyArray<Wire>) => [
  open(index, content_block),
  ...deltas.map((one) => delta(index, one)),
  close(index)
]
const answer = (...blocks: ReadonlyArray<ReadonlyArray<Wire>>) => [start(), ...blocks.flat(), stop("end_turn"), end]

describe("a stream", () => {
  it("emits the id, the model and the usage at once, and text as it arrives", () => {
    const { events, whole } = read(
      answer(
        block(0, { type: "text", text: "" }, { type: "text_delta", text: "Hel" }, { type: "text_delta", text: "lo" })
      )
    )
    assert.isTrue(whole)
    assert.deepStrictEqual(
      events.map(({ type }) => type),
      ["usage", "response-metadata", "text-start", "text-delta", "text-delta", "text-end", "usage", "finish"]
    )
    assert.deepStrictEqual(json(events[1]), { type: "response-metadata", id: "msg_1", model: "claude" })
    assert.deepStrictEqual(json(events.at(-1)), {
      type: "finish",
      finishReason: "stop",
      rawFinishReason: "end_turn",
      usage: {
        inputTokens: { total: 3, uncached: 3 },
        outputTokens: { total: 9, text: 9 },
        raw: { input_tokens: 3, output_tokens: 9 }
      }
    })
  })

  it("gives a call without arguments an empty input, and accepts arguments in any pieces, even if they are not JSON", () => {
    const call = (id: string) => ({ type: "tool_use", id, name: "f", input: {} })
    const pieces = (...texts: ReadonlyArray<string>) =>
      texts.map((partial_json) => ({ type: "input_json_delta", partial_json }))
    const { content } = fold(
      answer(
        block(0, call("a")),
        block(1, call("b"), ...pieces("", '{"x"', ":", " 1", "}")),
        block(2, call("c"), ...pieces('{"x":')),
        block(3, { ...call("d"), input: { whole: true } })
      )
    )
    assert.deepStrictEqual(content as unknown, [
      { type: "tool-call", id: "a", name: "f", input: {} },
      { type: "tool-call", id: "b", name: "f", input: { x: 1 }, rawInput: '{"x": 1}' },
      { type: "tool-call", id: "c", name: "f", rawInput: '{"x":' },
      { type: "tool-call", id: "d", name: "f", input: { whole: true } }
    ])
  })

  it("separates parallel calls with interleaved pieces", () => {
    const call = (id: string) => ({ type: "tool_use", id, name: "f", input: {} })
    const piece = (partial_json: string) => ({ type: "input_json_delta", partial_json })
    const { content } = fold([
      start(),
      open(0, call("a")),
      open(1, call("b")),
      delta(1, piece('{"b":')),
      delta(0, piece('{"a":')),
      delta(1, piece("2}")),
      delta(0, piece("1}")),
      close(0),
      close(1),
      stop("tool_use"),
      end
    ])
    assert.deepStrictEqual(content.map((part) => part.type === "tool-call" && [part.id, part.input]) as unknown, [
      ["a", { a: 1 }],
      ["b", { b: 2 }]
    ])
  })

  it("keeps the signature of thinking, with or without text, and redacted thinking as it is", () => {
    const { content } = fold(
      answer(
        block(
          0,
          { type: "thinking", thinking: "", signature: "" },
          { type: "thinking_delta", thinking: "I " },
          { type: "thinking_delta", thinking: "see" },
          { type: "signature_delta", signature: "Eo8B==" }
        ),
        block(1, { type: "thinking", thinking: "", signature: "" }, { type: "signature_delta", signature: "only" }),
        block(2, { type: "redacted_thinking", data: "EvgF" })
      )
    )
    assert.deepStrictEqual(content as unknown, [
      { type: "reasoning", text: "I see", signature: "Eo8B==" },
      { type: "reasoning", text: "", signature: "only" },
      { type: "reasoning", text: "", encrypted: "EvgF" }
    ])
  })

  it("attaches citations of every kind to their text, with the provider's object", () => {
    const citations = [
      {
        type: "char_location",
        cited_text: "c",
        document_index: 1,
        document_title: "D",
        start_char_index: 0,
        end_char_index: 4
      },
      {
        type: "page_location",
        cited_text: "p",
        document_index: 0,
        document_title: null,
        start_page_number: 1,
        end_page_number: 2
      },
      {
        type: "content_block_location",
        cited_text: "b",
        document_index: 0,
        document_title: "B",
        start_block_index: 0,
        end_block_index: 1
      },
      {
        type: "search_result_location",
        cited_text: "s",
        source: "https://s",
        title: "S",
        search_result_index: 0,
        start_block_index: 0,
        end_block_index: 1
      },
      { type: "web_search_result_location", cited_text: "w", url: "https://w", title: "W", encrypted_index: "E" },
      { type: "moon_location", crater: 7 }
    ]
    const deltas = citations.map((citation) => ({ type: "citations_delta", citation }))
    const { content } = fold(
      answer(block(0, { type: "text", text: "", citations: [] }, { type: "text_delta", text: "T" }, ...deltas))
    )
    const read = [
      { title: "D", citedText: "c", documentIndex: 1 },
      { citedText: "p", documentIndex: 0 },
      { title: "B", citedText: "b", documentIndex: 0 },
      { url: "https://s", title: "S", citedText: "s" },
      { url: "https://w", title: "W", citedText: "w" },
      {}
    ].map((said, index) => Object.assign(said, { raw: citations[index] }))
    assert.deepStrictEqual(content as unknown, [{ type: "text", text: "T", citations: read }])
    const whole = decode({ content: [{ type: "text", text: "T", citations }], stop_reason: "end_turn" })
    assert.deepStrictEqual(whole.content, content)
  })

  it("marks server tools as provider-executed, and gathers blocks of unknown kinds", () => {
    const { content, toolCalls } = fold(
      answer(
        block(
          0,
          { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
          { type: "input_json_delta", partial_json: '{"q":"x"}' }
        ),
        block(1, { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ encrypted_content: "E" }] }),
        block(
          2,
          { type: "mcp_tool_use", id: "m", name: "echo", server_name: "s", input: {} },
          { type: "input_json_delta", partial_json: '{"a":' },
          { type: "input_json_delta", partial_json: "1}" }
        ),
        block(
          3,
          { type: "compaction", content: null, encrypted_content: null },
          { type: "compaction_delta", content: "Sum", encrypted_content: null },
          { type: "compaction_delta", content: "mary" }
        ),
        block(
          4,
          { type: "novel", list: [1], text: "" },
          { type: "novel_delta", list: [2], text: "a", note: 3, citation: { c: 1 } }
        )
      )
    )
    const kept = (value: Wire) => ({ type: "provider", protocol: "anthropic-messages", value })
    assert.deepStrictEqual(content as unknown, [
      { type: "tool-call", id: "srvtoolu_1", name: "web_search", input: { q: "x" }, providerExecuted: true },
      kept({ type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ encrypted_content: "E" }] }),
      kept({ type: "mcp_tool_use", id: "m", name: "echo", server_name: "s", input: { a: 1 } }),
      kept({ type: "compaction", content: "Summary", encrypted_content: null }),
      kept({ type: "novel", list: [1, 2], text: "a", note: 3, citations: [{ c: 1 }] })
    ])
    assert.deepStrictEqual(toolCalls, [])
  })

  it("that continues a response begins with whole blocks, and may have no message_delta", () => {
    const content = [
      { type: "text", text: "Hi", citations: null },
      { type: "thinking", thinking: "t", signature: "s" },
      { type: "tool_use", id: "a", name: "f", input: { n: 1 }, caller: { type: "code_execution_20250825" } }
    ]
    const frames = [start({ content, stop_reason: "tool_use" }), end]
    const { usage: _, ...streamed } = meaning(fold(frames))
    const { usage: __, ...whole } = meaning(decode({ id: "msg_1", model: "claude", content, stop_reason: "tool_use" }))
    assert.deepStrictEqual(streamed, whole)
    assert.strictEqual(fold(frames).finishReason, "tool-calls")
  })

  it("accepts servers that start no block, or reuse its index", () => {
    const text = (text: string) => ({ type: "text_delta", text })
    const loose = fold([start(), delta(0, text("Hel")), delta(0, text("lo")), stop("end_turn"), end])
    assert.strictEqual(loose.text, "Hello")
    const reused = fold([
      start(),
      open(0, { type: "thinking", thinking: "" }),
      delta(0, { type: "thinking_delta", thinking: "t" }),
      open(0, { type: "text", text: "" }),
      delta(0, text("a")),
      stop("end_turn"),
      end
    ])
    assert.deepStrictEqual(reused.content as unknown, [
      { type: "reasoning", text: "t" },
      { type: "text", text: "a" }
    ])
  })

  it("reports a frame that cannot be decoded, and continues", () => {
    const bad = [
      { data: "{not json" },
      { data: "7" },
      { data: "{}" },
      { event: "content_block_delta", data: '{"index":0}' },
      { event: "content_block_start", data: "{}" },
      { event: "message_start", data: "{}" },
      delta(0, { type: "hologram_delta", pixels: 3 }),
      delta(0, { type: "text_delta", text: 3 }),
      delta(0, { type: "citations_delta" })
    ]
    const { events, whole } = read([
      start(),
      open(0, { type: "text", text: "" }),
      delta(0, { type: "text_delta", text: "a" }),
      ...bad,
      delta(0, { type: "text_delta", text: "b" }),
      close(0),
      stop("end_turn"),
      end
    ])
    assert.isTrue(whole)
    const reports = events.filter((event) => event.type === "malformed-frame")
    assert.deepStrictEqual(
      reports.map(({ frame }) => frame),
      bad
    )
    assert.strictEqual(events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : [])).join(""), "ab")
    const wrong = read([
      start(),
      open(0, { type: "tool_use", id: "a", name: "f" }),
      delta(0, { type: "text_delta", text: "x" })
    ])
    assert.strictEqual(wrong.events.at(-1)?.type, "malformed-frame")
  })

  it("ignores pings, unknown events, `[DONE]` and anything after the end", () => {
    const frames = [
      { event: "ping", data: '{"type": "ping"}' },
      start(),
      frame({ type: "from_the_future", delta: {} }),
      stop("end_turn"),
      { data: "[DONE]" },
      end,
      start({ id: "other" })
    ]
    const { events } = read(frames)
    assert.deepStrictEqual(
      events.map(({ type }) => type),
      ["usage", "response-metadata", "usage", "finish"]
    )
  })

  it("is complete after a stop reason even without message_stop, and never before", () => {
    const frames = [start(), open(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "a" })]
    assert.isFalse(read(frames).whole)
    assert.isFalse(read([...frames, close(0)]).whole)
    const cut = read([...frames, stop("max_tokens")])
    assert.isTrue(cut.whole)
    assert.deepStrictEqual(
      cut.events.slice(-3).map(({ type }) => type),
      ["usage", "text-end", "finish"]
    )
    const decoder = AnthropicMessages.makeDecoder(options)
    assert.isFalse(decoder.done)
    for (const one of answer()) decoder.decode(one, [])
    assert.isTrue(decoder.done)
    assert.isTrue(decoder.end([]))
  })

  it("ends with the provider's error, by its own name", () => {
    const error = {
      type: "error",
      error: { details: { error_code: "c" }, type: "overloaded_error", message: "Overloaded" },
      request_id: "r"
    }
    const { failure } = read([start(), frame(error)])
    assert.deepStrictEqual(failure, {
      _tag: "ProviderFailure",
      code: "c",
      type: "overloaded_error",
      message: "Overloaded",
      requestId: "r",
      body: error
    })
    assert.strictEqual(read([{ data: '{"error":{"message":"proxy","code":502}}' }]).failure?.status, 502)
    assert.strictEqual(read([{ event: "error", data: "upstream timed out" }]).failure?.message, "upstream timed out")
  })
})

describe("the finish reason", () => {
  const reasons = {
    end_turn: "stop",
    stop_sequence: "stop",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    tool_use: "tool-calls",
    refusal: "content-filter",
    pause_turn: "other",
    compaction: "other",
    eureka: "other",
    toString: "other"
  }
  for (const [word, reason] of Object.entries(reasons)) {
    it(`${word} is ${reason}, alike in streams`, () => {
      const whole = decode({ content: [], stop_reason: word })
      assert.strictEqual(whole.finishReason, reason)
      assert.strictEqual(whole.rawFinishReason, word)
      const streamed = fold([start(), stop(word), end])
      assert.strictEqual(streamed.finishReason, reason)
      assert.strictEqual(streamed.rawFinishReason, word)
    })
  }

  it("is `other` without a stop reason", () => {
    assert.strictEqual(decode({ content: [], stop_reason: null }).finishReason, "other")
    assert.strictEqual(fold([start(), stop(null), end]).finishReason, "other")
  })

  it("comes with the stop sequence, and the explanation of a refusal", () => {
    assert.strictEqual(fold([start(), stop("stop_sequence", { stop_sequence: "END" }), end]).stopSequence, "END")
    assert.strictEqual(decode({ content: [], stop_sequence: "END" }).stopSequence, "END")
    const stop_details = { type: "refusal", category: "cyber", explanation: "Because." }
    assert.strictEqual(fold([start(), stop("refusal", { stop_details }), end]).refusal, "Because.")
    assert.strictEqual(decode({ content: [], stop_reason: "refusal", stop_details }).refusal, "Because.")
    const silent = { ...stop_details, explanation: null }
    assert.deepStrictEqual(decode({ content: [], stop_reason: "refusal", stop_details: silent }).content, [])
  })
})

describe("a unary response", () => {
  it("keeps the body, drops empty text, and keeps blocks that lack what their kind needs", () => {
    const body = {
      id: "m",
      model: "claude",
      content: [
        { type: "text", text: "" },
        { type: "text" },
        { type: "tool_use", id: "t" },
        { type: "thinking" },
        { type: "redacted_thinking" },
        null
      ]
    }
    const response = decode(body)
    assert.deepStrictEqual(
      response.content.map((part) => part.type === "provider" && part.value) as unknown,
      body.content.slice(1, 5)
    )
    assert.strictEqual(response.raw, body as never)
    assert.strictEqual(response.provider, "anthropic")
    assert.deepStrictEqual(response.usage, { inputTokens: {}, outputTokens: {} })
  })

  it("that is an error is the provider's failure; anything else is a parse error", () => {
    const fails = (body: unknown) => Result.getOrThrow(Result.flip(AnthropicMessages.decodeResponse(body, options)))
    const error = fails({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })
    assert.deepInclude(error, { _tag: "ProviderFailure", type: "overloaded_error" })
    for (const body of [undefined, "<html>", {}, { content: "text" }, []]) {
      const parse = fails(body)
      assert.instanceOf(parse, ResponseParseError)
      assert.strictEqual(parse.provider, "anthropic")
    }
  })
})

describe("an error body", () => {
  it("is decoded in every form that platforms use", () => {
    const said = (body: unknown) => {
      const { body: _, ...rest } = AnthropicMessages.decodeError(body)
      return rest
    }
    const _tag = "ProviderFailure"
    assert.deepStrictEqual(said({ message: "too long" }), { _tag, message: "too long" })
    assert.deepStrictEqual(said([{ error: { code: 429, message: "quota", status: "RESOURCE_EXHAUSTED" } }]), {
      _tag,
      status: 429,
      code: "429",
      type: "RESOURCE_EXHAUSTED",
      message: "quota"
    })
    assert.deepStrictEqual(said({ error: "no such model" }), { _tag, message: "no such model" })
    assert.deepStrictEqual(said("Bad gateway"), { _tag, message: "Bad gateway" })
    assert.deepStrictEqual(said({ type: "error", error: null }), { _tag, type: "error" })
    assert.deepStrictEqual(said(undefined), { _tag })
  })
})
