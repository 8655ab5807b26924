import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { foldEvents, toEvents } from "../../../src/domain/ChatFold.ts"
import { ChatResponse, RateLimitError } from "../../../src/domain/ChatResponse.ts"
import { AuthenticationError } from "../../../src/domain/CallErrors.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { unknown as unknownUsage } from "../../../src/domain/Usage.ts"
import { OpenAiResponses } from "../../../src/protocols/OpenAiResponses.ts"
import { answerOptions, halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, options, read, toBody, toFrames } = halvesOf(OpenAiResponses, "openai")

const protocol = "openai-responses"

const frames = (...events: ReadonlyArray<Wire>): ReadonlyArray<Frame> =>
  events.map((event) => ({ event: event.type, data: JSON.stringify(event) }))

const body = (output: ReadonlyArray<Wire>, more: Wire = {}): Wire => ({
  id: "resp_1",
  status: "completed",
  output,
  ...more
})

const completed = (output: ReadonlyArray<Wire> = [], more: Wire = {}): Wire => ({
  type: "response.completed",
  response: body(output, more)
})

const added = (output_index: number, item: Wire): Wire => ({ type: "response.output_item.added", output_index, item })
const done = (output_index: number, item: Wire): Wire => ({ type: "response.output_item.done", output_index, item })
const of = (type: string, more: Wire): Wire => ({
  type: `response.${type}`,
  output_index: 0,
  content_index: 0,
  ...more
})

const message = (...content: ReadonlyArray<Wire>): Wire => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content
})
const outputText = (text: string, more: Wire = {}): Wire => ({ type: "output_text", text, annotations: [], ...more })

/** Items as they are streamed from start to end, without the events between. */
const whole = (...items: ReadonlyArray<Wire>): ReadonlyArray<Frame> =>
  frames(
    ...items.flatMap((item, index) => [added(index, { ...item, status: "in_progress" }), done(index, item)]),
    completed(items)
  )

const failureOf = (body: Wire): Wire => Result.getOrThrow(Result.flip(OpenAiResponses.decodeResponse(body, options)))

const response = (content: ReadonlyArray<AssistantPart>, more: Wire = {}): ChatResponse =>
  ChatResponse.of({ content, finishReason: "stop", usage: unknownUsage, warnings: [], attempts: [], ...more })

const eventsOf = (frames: ReadonlyArray<Frame>): ReadonlyArray<Wire> => frames.map(({ data }) => JSON.parse(data))

describe("finish reasons and failures", () => {
  it("finishes with the status, or the reason why the response is incomplete", () => {
    const ended = (more: Wire, output: ReadonlyArray<Wire> = []) => {
      const { finishReason, rawFinishReason } = decode(body(output, more))
      return [finishReason, rawFinishReason]
    }
    const incomplete = (reason: string) => ({ status: "incomplete", incomplete_details: { reason } })
    const call = { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}" }
    assert.deepStrictEqual(ended({}), ["stop", "completed"])
    assert.deepStrictEqual(ended({}, [call]), ["tool-calls", "completed"])
    assert.deepStrictEqual(ended(incomplete("max_output_tokens"), [call]), ["length", "max_output_tokens"])
    assert.deepStrictEqual(ended(incomplete("content_filter")), ["content-filter", "content_filter"])
    assert.deepStrictEqual(ended(incomplete("steered")), ["other", "steered"])
    assert.deepStrictEqual(ended({ status: "incomplete" }), ["other", "incomplete"])
    for (const status of ["queued", "in_progress", "cancelled", "paused"])
      assert.deepStrictEqual(ended({ status }), ["other", status])
    assert.deepStrictEqual(ended({ status: undefined }), ["stop", undefined])
    for (const more of [
      {},
      incomplete("max_output_tokens"),
      incomplete("content_filter"),
      incomplete("steered"),
      { status: "queued" },
      { status: "paused" }
    ]) {
      const first = decode(body([], more))
      const again = decode(toBody(first))
      assert.deepStrictEqual([again.finishReason, again.rawFinishReason], [first.finishReason, first.rawFinishReason])
      const streamed = fold(toFrames(toEvents(first)))
      assert.deepStrictEqual(
        [streamed.finishReason, streamed.rawFinishReason],
        [first.finishReason, first.rawFinishReason]
      )
    }
  })

  it("fails where the response failed, unary or streamed", () => {
    const error = { code: "server_error", message: "broken" }
    const failed = body([], { status: "failed", error })
    assert.deepInclude(failureOf(failed), {
      _tag: "ProviderFailure",
      code: "server_error",
      message: "broken",
      body: failed
    })
    assert.strictEqual(failureOf(body([], { status: "failed" }))._tag, "ProviderFailure")
    assert.strictEqual(failureOf({ error })._tag, "ProviderFailure")
    assert.strictEqual(failureOf({ id: "x" })._tag, "ResponseParseError")
    assert.strictEqual(failureOf("no")._tag, "ResponseParseError")
    const streamed = read(frames({ type: "response.failed", response: { id: "resp_1", output: [], error } }))
    assert.strictEqual(streamed.failure?.code, "server_error")
    assert.strictEqual(read(frames({ type: "response.failed", response: {} })).failure?._tag, "ProviderFailure")
    for (const event of [
      { type: "error", code: "rate_limit_exceeded", message: "slow", param: null, sequence_number: 1 },
      { type: "error", error: { code: "rate_limit_exceeded", message: "slow", type: "tokens" } },
      { error: { code: "rate_limit_exceeded", message: "slow" } }
    ]) {
      const { failure, whole } = read([{ data: JSON.stringify(event) }])
      assert.isFalse(whole)
      assert.deepInclude(failure, { code: "rate_limit_exceeded", message: "slow", body: event })
    }
    assert.strictEqual(read([{ event: "error", data: "gone" }]).failure?.message, "gone")
  })

  it("takes the status from the last event where the response has none", () => {
    const ended = (type: string, response: Wire) => fold(frames({ type, response })).rawFinishReason
    assert.strictEqual(ended("response.done", { output: [] }), "completed")
    assert.strictEqual(ended("response.cancelled", { output: [], status: "in_progress" }), "cancelled")
    assert.strictEqual(
      ended("response.incomplete", { incomplete_details: { reason: "max_output_tokens" } }),
      "max_output_tokens"
    )
  })

  it("ends at [DONE] without a last event where all items are complete", () => {
    const item = message(outputText("Hi"))
    const end = { data: "[DONE]" }
    const { events, whole } = read([...frames(added(0, message()), done(0, item)), end])
    assert.isTrue(whole)
    assert.strictEqual(foldEvents(events).text, "Hi")
    assert.isFalse(read([...frames(added(0, message())), end]).whole)
    assert.isFalse(read([end]).whole)
    assert.isFalse(read(frames(added(0, message()), done(0, item))).whole)
    assert.lengthOf(
      read([...frames(completed([item])), end]).events.filter(({ type }) => type === "finish"),
      1
    )
  })
})

describe("a stream", () => {
  it("decodes items whose start or deltas are missing", () => {
    const pieces = frames(
      of("output_text.delta", { output_index: 1, item_id: "msg_1", delta: "Hi " }),
      of("output_text.delta", { output_index: 1, item_id: "msg_1", delta: "you" }),
      of("reasoning_text.delta", { item_id: "rs_1", delta: "hm" }),
      of("function_call_arguments.delta", { output_index: 2, delta: "{" }),
      completed([
        { type: "reasoning", id: "rs_1", summary: [], content: [{ type: "reasoning_text", text: "hm" }] },
        message(outputText("Hi you")),
        { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}" }
      ])
    )
    const folded = fold(pieces)
    assert.strictEqual(folded.text, "Hi you")
    assert.strictEqual(folded.reasoningText, "hm")
    assert.lengthOf(folded.toolCalls, 1)
    const unended = fold(
      frames(
        added(0, { type: "reasoning", id: "rs_1", summary: [] }),
        of("reasoning_summary_text.delta", { item_id: "rs_1", summary_index: 0, delta: "hm" }),
        added(1, { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "" }),
        of("function_call_arguments.delta", { output_index: 1, delta: '{"a":1}' }),
        completed([])
      )
    )
    assert.deepStrictEqual(json(unended.content), [
      { type: "reasoning", text: "hm", id: "rs_1", protocol },
      { type: "tool-call", id: "c", name: "f", input: { a: 1 }, providerOptions: { [protocol]: { id: "fc_1" } } }
    ] as Wire)
  })

  it("emits each text, annotation and log probability once, however often the server sends it", () => {
    const annotation = { type: "url_citation", url: "https://example.com", title: "T", start_index: 0, end_index: 2 }
    const logprob = { token: "Hi", logprob: -1, bytes: [72, 105], top_logprobs: [] }
    const part = outputText("Hi", { annotations: [annotation], logprobs: [logprob] })
    const item = message(part)
    const folded = fold(
      frames(
        added(0, message()),
        of("content_part.added", { part: outputText("") }),
        of("output_text.delta", { delta: "H", logprobs: [logprob] }),
        of("output_text.annotation.added", { annotation_index: 0, annotation }),
        of("output_text.done", { text: "Hi" }),
        of("content_part.done", { part }),
        done(0, item),
        completed([item])
      )
    )
    const unary = decode(body([item]))
    for (const response of [folded, unary]) {
      assert.deepStrictEqual<unknown>(json(response.content), [
        {
          type: "text",
          text: "Hi",
          citations: [{ url: "https://example.com", title: "T", start: 0, end: 2 }],
          providerOptions: { [protocol]: { id: "msg_1" } }
        }
      ])
      assert.lengthOf(response.logprobs ?? [], 1)
    }
    assert.deepStrictEqual(decode(toBody(unary)).logprobs, unary.logprobs)
    assert.deepStrictEqual(fold(toFrames(toEvents(unary))).logprobs, unary.logprobs)
  })

  it("accepts a content_index counted over all items, and one output_index for all", () => {
    const cite = { type: "url_citation", url: "https://a.example", title: "A", start_index: 0, end_index: 3 }
    const items = [
      { type: "reasoning", id: "rs", summary: [], content: [{ type: "reasoning_text", text: "Short." }] },
      { ...message(outputText("One, ", { annotations: [cite] }), outputText("two.")), id: "m1" },
      { ...message(outputText("Three.")), id: "m2" }
    ]
    for (const place of [(index: number) => index, () => 0]) {
      let counted = 0
      const streamed = items.flatMap((item: Wire, index) => [
        added(place(index), { ...item, content: [] }),
        ...item.content.flatMap((part: Wire) => {
          const at = { item_id: item.id, output_index: place(index), content_index: counted++ }
          const type = part.type === "reasoning_text" ? "reasoning_text.delta" : "output_text.delta"
          const annotations = (part.annotations ?? []).map((annotation: Wire) =>
            of("output_text.annotation.added", { ...at, annotation })
          )
          return [of(type, { ...at, delta: part.text }), ...annotations]
        }),
        done(place(index), item)
      ])
      const response = fold(frames(...streamed, completed(items)))
      assert.strictEqual(response.text, "One, two.Three.")
      assert.strictEqual(response.reasoningText, "Short.")
      assert.deepStrictEqual(json(response.content), json(decode(body(items)).content))
    }
  })

  it("gives a client's tool search the id of its last event", () => {
    const search = { type: "tool_search_call", id: "tsc", execution: "client", arguments: { goal: "weather" } }
    const last = { ...search, call_id: "final", status: "completed" }
    const { events } = read(
      frames(
        added(0, { ...search, call_id: "first", status: "in_progress", arguments: {} }),
        done(0, last),
        completed([last])
      )
    )
    assert.deepStrictEqual(
      foldEvents(events).toolCalls.map(({ id, input, name }) => [id, name, input]),
      [["final", "tool_search", { goal: "weather" }]]
    )
    assert.notInclude(JSON.stringify(events), "first")
  })

  it("separates the parts of a summary, however they are split", () => {
    const summary = [
      { type: "summary_text", text: "one" },
      { type: "summary_text", text: "two" }
    ]
    const item = { type: "reasoning", id: "rs_1", summary, encrypted_content: "e" }
    const piece = (type: string, summary_index: number, more: Wire) =>
      of(type, { summary_index, item_id: "rs_1", ...more })
    const written = fold(
      frames(
        added(0, { type: "reasoning", id: "rs_1", summary: [] }),
        piece("reasoning_summary_text.delta", 0, { delta: "on" }),
        piece("reasoning_summary_text.done", 0, { text: "one" }),
        piece("reasoning_summary_text.delta", 1, { delta: "t" }),
        piece("reasoning_summary_text.done", 1, { text: "two" }),
        done(0, item),
        completed([item])
      )
    )
    assert.deepStrictEqual(json(written.content), json(decode(body([item])).content))
    assert.strictEqual(written.reasoningText, "one\n\ntwo")
    assert.deepStrictEqual<unknown>(json(decode(toBody(written)).content), json(written.content))
    assert.deepStrictEqual<unknown>(json(fold(toFrames(toEvents(written))).content), json(written.content))
  })

  it("shows reasoning or its summary, whichever comes first, and keeps both", () => {
    const item = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "short" }],
      content: [{ type: "reasoning_text", text: "long" }]
    }
    const folded = fold(
      frames(
        added(0, { type: "reasoning", id: "rs_1", summary: [] }),
        of("reasoning_summary_text.delta", { summary_index: 0, delta: "sho" }),
        of("reasoning_text.delta", { delta: "long" }),
        done(0, item),
        completed([item])
      )
    )
    assert.strictEqual(folded.reasoningText, "short")
    assert.deepStrictEqual<unknown>(folded.content[0], { ...decode(body([item])).content[0], text: "short" })
    assert.strictEqual(decode(body([item])).reasoningText, "long")
  })

  it("tells the parts of a message apart where events have no index, or that of a part of another kind", () => {
    const parts = [
      { type: "output_text", text: "One." },
      { type: "output_text", text: "Two." },
      { type: "refusal", refusal: "No." },
      { type: "output_text", text: "Three." },
      { type: "reasoning_text", text: "Hm." }
    ]
    const expected = [
      ["text", "One."],
      ["text", "Two."],
      ["refusal", "No."],
      ["text", "Three."],
      ["reasoning", "Hm."]
    ]
    const item = message(...parts)
    const indexes: ReadonlyArray<(at: number) => number | undefined> = [() => undefined, (at) => at]
    const texts = (content: ReadonlyArray<AssistantPart>) =>
      content.map((part) => [part.type, "text" in part ? part.text : undefined])
    assert.deepStrictEqual(texts(decode(body([item])).content), expected)
    for (const indexOf of indexes) {
      for (const hasParts of [true, false]) {
        for (const last of [done(0, item), undefined]) {
          const events = parts.flatMap(({ refusal, text, type }, at) => {
            const more = (fields: Wire) => ({ ...fields, content_index: indexOf(at) })
            const whole = refusal ?? text ?? ""
            return [
              ...(hasParts
                ? [of("content_part.added", more({ part: { type, [refusal === undefined ? "text" : "refusal"]: "" } }))]
                : []),
              of(`${type}.delta`, more({ delta: whole.slice(0, 1) })),
              of(`${type}.delta`, more({ delta: whole.slice(1) })),
              of(`${type}.done`, more(refusal === undefined ? { text } : { refusal })),
              ...(hasParts ? [of("content_part.done", more({ part: parts[at] }))] : [])
            ]
          })
          const all = [added(0, message()), ...events, ...(last === undefined ? [] : [last]), completed([item])]
          const folded = fold(frames(...all))
          assert.deepStrictEqual(texts(folded.content), expected)
          assert.deepStrictEqual(folded.warnings, [])
        }
      }
    }
    const sameIndex = fold(
      frames(
        added(0, message()),
        of("output_text.delta", { delta: "One" }),
        of("refusal.delta", { delta: "N" }),
        of("output_text.delta", { delta: "." }),
        of("refusal.delta", { delta: "o." }),
        done(0, message(parts[0]!, parts[2]!)),
        completed([message(parts[0]!, parts[2]!)])
      )
    )
    assert.deepStrictEqual(texts(sameIndex.content), [expected[0]!, expected[2]!])
  })

  it("decodes refusals", () => {
    const item = message({ type: "refusal", refusal: "I can't" })
    const folded = fold(
      frames(
        added(0, message()),
        of("content_part.added", { part: { type: "refusal", refusal: "" } }),
        of("refusal.delta", { delta: "I " }),
        of("refusal.done", { refusal: "I can't" }),
        done(0, item),
        completed([item])
      )
    )
    assert.strictEqual(folded.refusal, "I can't")
    assert.strictEqual(decode(body([item])).refusal, "I can't")
    assert.strictEqual(decode(toBody(folded)).refusal, "I can't")
    assert.strictEqual(fold(toFrames(toEvents(folded))).refusal, "I can't")
  })

  it("keeps items of unknown types whole, whatever the types of their fields", () => {
    const item = { type: "orbit_call", id: "o_1", result: 1, content: 7, arguments: [1], name: true }
    const { events, failure, whole } = read(frames(added(0, item), done(0, item), completed([item])))
    assert.deepStrictEqual([failure, whole], [undefined, true])
    assert.deepStrictEqual<unknown>(json(foldEvents(events).content), [{ type: "provider", protocol, value: item }])
    assert.notInclude(
      events.map(({ type }) => type),
      "malformed-frame"
    )
    assert.deepStrictEqual<unknown>(json(decode(body([item])).content), [{ type: "provider", protocol, value: item }])
  })

  it("reports malformed frames, and ignores unknown events", () => {
    const odd = [
      { data: "not json" },
      { data: "[]" },
      { data: '{"a":1}' },
      { data: '{"type":"response.output_item.added"}' },
      { data: '{"type":"response.output_item.done"}' },
      { data: '{"type":"response.completed"}' }
    ]
    assert.lengthOf(
      read(odd).events.filter(({ type }) => type === "malformed-frame"),
      odd.length
    )
    const silent = [
      { data: "" },
      { data: '{"type":"keepalive"}' },
      { event: "response.in_progress", data: '{"response":{}}' },
      { data: '{"type":"response.something.new","item_id":"x"}' }
    ]
    assert.deepStrictEqual(read(silent).events, [])
  })
})

describe("calls", () => {
  it("of custom tools have any text as input", () => {
    for (const input of ["print(1)", "", '{"a": 1}', "12"]) {
      const item = { type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "run", input }
      const streamed = fold(
        frames(
          added(0, { ...item, input: "" }),
          of("custom_tool_call_input.delta", { delta: input.slice(0, 2) }),
          of("custom_tool_call_input.done", { input }),
          done(0, item),
          completed([item])
        )
      )
      assert.deepStrictEqual(json(streamed.content), json(decode(body([item])).content))
      assert.strictEqual(streamed.finishReason, "tool-calls")
      assert.deepStrictEqual(toBody(streamed).output[0], { ...item, status: "completed" })
      assert.deepStrictEqual(eventsOf(toFrames(toEvents(streamed))).at(-1).response.output[0], {
        ...item,
        status: "completed"
      })
      assert.deepStrictEqual(json(fold(toFrames(toEvents(streamed))).content), json(streamed.content))
    }
  })

  it("of built-in tools that the caller runs finish with tool-calls and round-trip", () => {
    const items = [
      {
        type: "computer_call",
        id: "cu_1",
        call_id: "c1",
        status: "completed",
        actions: [{ type: "wait" }],
        pending_safety_checks: []
      },
      {
        type: "shell_call",
        id: "sh_1",
        call_id: "c2",
        status: "completed",
        action: { commands: ["ls"] },
        environment: { type: "local" }
      },
      {
        type: "local_shell_call",
        id: "ls_1",
        call_id: "c3",
        status: "completed",
        action: { type: "exec", command: ["ls"] }
      },
      {
        type: "apply_patch_call",
        id: "ap_1",
        call_id: "c4",
        status: "completed",
        operation: { type: "delete_file", path: "a" }
      }
    ]
    const unary = decode(body(items))
    assert.deepStrictEqual(
      unary.toolCalls.map(({ name }) => name),
      ["computer", "shell", "local_shell", "apply_patch"]
    )
    assert.strictEqual(unary.finishReason, "tool-calls")
    assert.deepStrictEqual(json(fold(whole(...items)).content), json(unary.content))
    assert.sameDeepMembers(toBody(unary).output, items)
    assert.deepStrictEqual(json(fold(toFrames(toEvents(unary))).content), json(unary.content))
  })

  it("that the server runs are emitted, and their items kept", () => {
    const items = [
      {
        type: "web_search_call",
        id: "ws_1",
        status: "completed",
        action: {
          type: "search",
          query: "q",
          sources: [
            { type: "url", url: "https://a" },
            { type: "url", url: "https://b", title: "B" }
          ]
        }
      },
      {
        type: "web_search_call",
        id: "ws_2",
        status: "completed",
        action: { type: "open_page", url: "https://a", sources: [{ url: "https://a" }] }
      },
      { type: "file_search_call", id: "fs_1", status: "completed", queries: ["q"], results: null },
      { type: "code_interpreter_call", id: "ci_1", status: "completed", code: "1", container_id: "x", outputs: [] },
      {
        type: "mcp_call",
        id: "mcp_1",
        status: "completed",
        name: "ask",
        arguments: '{"a":1}',
        server_label: "s",
        output: "1"
      },
      { type: "image_generation_call", id: "ig_1", status: "failed", result: null },
      { type: "mcp_list_tools", id: "mcpl_1", server_label: "s", tools: [] },
      { type: "mcp_approval_request", id: "mcpr_1", name: "ask", arguments: "{}", server_label: "s" }
    ]
    const unary = decode(body(items))
    assert.deepStrictEqual(
      unary.content.flatMap((part) => (part.type === "tool-call" ? [[part.name, part.input]] : [])),
      [
        ["web_search", items[0]?.action],
        ["web_search", items[1]?.action],
        ["file_search", { queries: ["q"] }],
        ["code_interpreter", { code: "1" }],
        ["ask", { a: 1 }],
        ["image_generation", {}]
      ] as Wire
    )
    assert.lengthOf(unary.toolCalls, 0)
    assert.strictEqual(unary.finishReason, "stop")
    assert.deepStrictEqual<unknown>(unary.sources, [{ url: "https://a" }, { url: "https://b", title: "B" }])
    assert.deepStrictEqual(unary.usage.toolRequests, { web_search: 2, file_search: 1 })
    const streamed = fold(whole(...items))
    assert.deepStrictEqual(json(streamed.content), json(unary.content))
    assert.deepStrictEqual(streamed.sources, unary.sources)
    assert.deepStrictEqual(toBody(unary).output, items)
    assert.deepStrictEqual(fold(toFrames(toEvents(unary))).sources, unary.sources)
    assert.deepStrictEqual(eventsOf(toFrames(toEvents(unary))).at(-1).response.output, items)
  })

  it("of MCP stream their input; partial images emit nothing", () => {
    const call = { type: "mcp_call", id: "mcp_1", name: "ask", arguments: "", server_label: "s" }
    const image = {
      type: "image_generation_call",
      id: "ig_1",
      status: "completed",
      result: "/9j/",
      revised_prompt: "a cat"
    }
    const { events } = read(
      frames(
        added(0, call),
        of("mcp_call_arguments.delta", { delta: '{"a"' }),
        of("mcp_call_arguments.done", { arguments: '{"a":1}' }),
        of("mcp_call.completed", {}),
        done(0, { ...call, arguments: '{"a":1}', output: "1" }),
        added(1, { type: "image_generation_call", id: "ig_1", status: "in_progress" }),
        of("image_generation_call.partial_image", { output_index: 1, partial_image_b64: "AA" }),
        done(1, image),
        completed([{ ...call, arguments: '{"a":1}', output: "1" }, image])
      )
    )
    const deltas = events.flatMap((event) => (event.type === "tool-input-delta" ? [event.delta] : []))
    assert.deepStrictEqual(deltas, ['{"a"', ":1}"])
    const { content } = foldEvents(events)
    assert.deepStrictEqual<unknown>(json(content.slice(2)), [
      {
        type: "tool-call",
        id: "ig_1",
        name: "image_generation",
        input: { revised_prompt: "a cat" },
        providerExecuted: true
      },
      {
        type: "image",
        data: "data:image/jpeg;base64,/9j/",
        providerOptions: {
          [protocol]: { type: "image_generation_call", id: "ig_1", status: "completed", revised_prompt: "a cat" }
        }
      }
    ])
  })

  it("of other servers' own tools are emitted with their input, by type, name or id", () => {
    const items = [
      { type: "x_search_call", id: "fc_1", call_id: "", name: "x_user_search", arguments: '{"query":"cats"}' },
      { type: "code_interpreter_call", id: "fc_2", call_id: "", name: "code_execution", arguments: '{"code":"1 + 1"}' },
      { type: "custom_tool_call", id: "ctc_1", call_id: "xs_call_7", name: "x_thread_fetch", input: '{"post_id":"9"}' },
      { type: "sharepoint_call", id: "sp_1", call_id: "call_3", arguments: '{"query":"plans"}' }
    ]
    const shown = [
      ["fc_1", "x_user_search", { query: "cats" }],
      ["fc_2", "code_interpreter", { code: "1 + 1" }],
      ["xs_call_7", "x_thread_fetch", { post_id: "9" }],
      ["call_3", "sharepoint", { query: "plans" }]
    ]
    const streamed = fold(
      frames(
        ...items.flatMap((item, at) => [added(at, { ...item, arguments: "", input: "" }), done(at, item)]),
        completed()
      )
    )
    for (const response of [decode(body(items)), streamed]) {
      assert.deepStrictEqual(response.toolCalls, [])
      assert.strictEqual(response.finishReason, "stop")
      const calls = response.content.flatMap((part) => (part.type === "tool-call" ? [part] : []))
      assert.deepStrictEqual(
        calls.map(({ id, input, name }) => [id, name, input]),
        shown
      )
      assert.deepStrictEqual(
        json(response.content.flatMap((part) => (part.type === "provider" ? [part.value as Wire] : []))).map(
          ({ id }: Wire) => id
        ),
        items.map(({ id }) => id)
      )
    }
    const own = { type: "custom_tool_call", id: "ctc_2", call_id: "call_4", name: "sql", input: "SELECT 1" }
    assert.strictEqual(decode(body([own])).toolCalls[0]?.id, "call_4")
  })

  it("have the id of their item where they have none; arguments may be an object", () => {
    const call = { type: "function_call", id: "fc_1", name: "f", arguments: { a: 1 } }
    const [part] = decode(body([call])).toolCalls
    assert.deepStrictEqual([part?.id, part?.input], ["fc_1", { a: 1 }])
    assert.deepStrictEqual(json(fold(whole(call)).content), json(decode(body([call])).content))
  })
})

describe("a text that ends otherwise than it was streamed", () => {
  const message = (text: string) => ({
    type: "message",
    id: "m",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }]
  })
  const folded = (pieces: ReadonlyArray<string>, last: string) =>
    fold(
      [
        { type: "response.output_item.added", output_index: 0, item: { ...message(""), content: [] } },
        ...pieces.map((delta) => ({
          type: "response.output_text.delta",
          item_id: "m",
          output_index: 0,
          content_index: 0,
          delta
        })),
        { type: "response.output_text.done", item_id: "m", output_index: 0, content_index: 0, text: last },
        { type: "response.output_item.done", output_index: 0, item: message(last) },
        { type: "response.completed", response: body([message(last)]) }
      ].map((event) => ({ data: JSON.stringify(event) }))
    )

  it("has one warning if it differs from the deltas, but not if either only lacks its end or is empty", () => {
    const other = folded(["One", "three"], "One two three")
    assert.deepStrictEqual([other.text, other.warnings.length], ["Onethree", 1])
    for (const pieces of [["One ", "two three"], ["One"], []]) {
      const { text, warnings } = folded(pieces, "One two three")
      assert.deepStrictEqual([text, warnings], ["One two three", []])
    }
    for (const last of ["", "One", "two", "One two"]) {
      const { text, warnings } = folded([" One", " two\n"], last)
      assert.deepStrictEqual([text, warnings], [" One two\n", []])
    }
  })
})

describe("usage", () => {
  const used = (usage: Wire, more: Wire = {}) => decode(body([], { usage, ...more })).usage

  it("counts cached tokens and reasoning within the totals, unless the numbers prove otherwise", () => {
    const usage = used({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 150
    })
    assert.deepInclude(usage.inputTokens, { total: 100, uncached: 30, cacheRead: 60, cacheWrite: 10 })
    assert.deepInclude(usage.outputTokens, { total: 50, text: 30, reasoning: 20 })
    const outside = used({
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 60 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 35
    })
    assert.deepInclude(outside.inputTokens, { total: 70, uncached: 10 })
    assert.deepInclude(outside.outputTokens, { total: 25, text: 5 })
  })

  it("may be missing, partly or entirely", () => {
    assert.deepStrictEqual(json(decode(body([])).usage), json(unknownUsage))
    assert.deepStrictEqual(json(decode(body([], { service_tier: "flex" })).usage), {
      ...json(unknownUsage),
      serviceTier: "flex"
    })
    assert.strictEqual(used({ output_tokens: 5 }).inputTokens.total, undefined)
    assert.strictEqual(toBody(decode(body([], { usage: { output_tokens: 5 } }))).usage.total_tokens, undefined)
    assert.notProperty(toBody(decode(body([]))), "usage")
  })

  it("includes the reported cost and the requests of the server's tools", () => {
    assert.strictEqual(used({ input_tokens: 1, cost: 0.25, is_byok: false }).reportedCost, "0.25")
    const xai = {
      input_tokens: 1,
      cost_in_usd_ticks: 161508500,
      server_side_tool_usage_details: { web_search_calls: 2, x_search_calls: 0 }
    }
    assert.strictEqual(used(xai).reportedCost, "0.01615085")
    assert.deepStrictEqual(used(xai).toolRequests, { web_search: 2 })
    assert.deepStrictEqual(
      used({ input_tokens: 1 }, { tool_usage: { web_search: { num_requests: 3 } } }).toolRequests,
      { web_search: 3 }
    )
  })
})

describe("the server half", () => {
  it("encodes parts without a matching item as the nearest one", () => {
    const image = { type: "image", data: "data:image/png;base64,AAAA" } as const
    const parts: ReadonlyArray<AssistantPart> = [
      { type: "reasoning", text: "hm", signature: "s", protocol: "anthropic-messages" },
      { type: "audio", data: { fileId: "a" }, transcript: "words" },
      image,
      { type: "image", data: "https://example.com/a.png" },
      { type: "tool-call", id: "t", name: "web_search", input: {}, providerExecuted: true },
      { type: "provider", protocol: "anthropic-messages", value: {} }
    ]
    const { output } = toBody(response(parts))
    assert.deepStrictEqual(
      output,
      [
        { id: "rs_none_0", type: "reasoning", summary: [{ type: "summary_text", text: "hm" }] },
        message({ type: "output_text", text: "words", annotations: [], logprobs: [] }),
        { type: "image_generation_call", status: "completed", id: "ig_none_2", result: "AAAA" }
      ].map((item) => (item.type === "message" ? Object.assign({}, item, { id: "msg_none_1" }) : item))
    )
    assert.deepStrictEqual(eventsOf(toFrames(toEvents(response(parts)))).at(-1).response.output, output)
  })

  it("numbers its events, and places every item and part", () => {
    const events = eventsOf(
      toFrames(
        toEvents(
          response([
            { type: "reasoning", text: "hm", id: "rs_1", encrypted: "e", protocol },
            { type: "text", text: "Hi", citations: [{ url: "https://a" }, { documentIndex: 1 }] },
            { type: "text", text: "you" },
            { type: "tool-call", id: "c", name: "f", input: { a: 1 } }
          ])
        )
      )
    )
    assert.deepStrictEqual(
      events.map(({ sequence_number }) => sequence_number),
      events.map((_, index) => index)
    )
    assert.deepStrictEqual(
      events.map(({ type }) => type.replace("response.", "")),
      [
        ["created", "in_progress"],
        ["output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"],
        ["reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"],
        ["output_item.added", "content_part.added", "output_text.delta", "output_text.annotation.added"],
        ["output_text.done", "content_part.done"],
        ["content_part.added", "output_text.delta", "output_text.done", "content_part.done", "output_item.done"],
        ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"],
        ["completed"]
      ].flat()
    )
    for (const { content_index, item, item_id, output_index, type } of events.slice(2, -1)) {
      const place = events.at(-1).response.output[output_index]
      if (item_id !== undefined && place.type !== "reasoning") assert.strictEqual(item_id, place.id, type)
      if (item !== undefined) assert.strictEqual(item.type, place.type)
      if (content_index !== undefined) assert.isDefined(place.content[content_index])
    }
  })

  it("encodes each phase of a response as a message, with log probabilities at their text", () => {
    const phase = (id: string, phase: string, text: string) => ({ ...message(outputText(text)), id, phase })
    const response = decode(body([phase("msg_a", "commentary", "Wait"), phase("msg_b", "final_answer", "Done")]))
    const again = fold(toFrames(toEvents(response.with({ logprobs: [{ token: "Wait", logprob: -0.5 }] }))))
    assert.deepStrictEqual(
      again.content.map((part) => part.type === "text" && [part.text, part.providerOptions?.[protocol]?.phase]),
      [
        ["Wait", "commentary"],
        ["Done", "final_answer"]
      ]
    )
    assert.deepStrictEqual(json(again.logprobs), [{ token: "Wait", logprob: -0.5 }])
  })

  it("ends in an error when the response fails, or restarts after something was shown", () => {
    const encoder = OpenAiResponses.makeEncoder(answerOptions)
    const start: ReadonlyArray<ChatEvent> = [
      { type: "response-metadata", id: "resp_1", model: "m" },
      { type: "text-start", id: "0" }
    ]
    const again: ChatEvent = { type: "restarted", attempts: [] }
    assert.lengthOf(
      [...start, again].flatMap((event) => encoder.encode(event)),
      2
    )
    encoder.encode({ type: "text-delta", id: "0", delta: "Hi" })
    const broken = encoder.encode(again)
    assert.strictEqual(read(broken).failure?.type, "server_error")
    assert.deepStrictEqual(encoder.encode({ type: "text-delta", id: "0", delta: "Hi" }), [])
    assert.deepStrictEqual([...encoder.end(), ...encoder.fail(new AuthenticationError({}))], [])
    const other = OpenAiResponses.makeEncoder(answerOptions)
    const [frame] = other.fail(new RateLimitError({}))
    assert.strictEqual(frame?.event, "error")
    assert.strictEqual(read([frame!]).failure?.code, "rate_limit_exceeded")
    assert.strictEqual(OpenAiResponses.encodeError(new AuthenticationError({})).status, 401)
  })
})
