import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"
import { chunks, delta, names, read, readDeltas, readUnary, stop, unary } from "./wire.ts"

const types = (events: ReadonlyArray<ChatEvent>) => events.map(({ type }) => type)

describe("the end of a stream", () => {
  it("is [DONE]: finish comes once and last", () => {
    const { done, events, whole } = read(chunks(delta({ content: "a" }), stop(), "[DONE]"))
    assert.deepStrictEqual(types(events), ["response-metadata", "text-start", "text-delta", "text-end", "finish"])
    assert.isTrue(done)
    assert.isTrue(whole)
  })

  it("is a finish reason for servers that never send [DONE]", () => {
    const { done, response, whole } = read(chunks(delta({ content: "a" }), stop("length")))
    assert.isFalse(done)
    assert.isTrue(whole)
    assert.strictEqual(response.finishReason, "length")
  })

  it("is not the finish reason that comes with a call, unless usage or [DONE] follows", () => {
    const call = (index: number) =>
      delta(
        { tool_calls: [{ index, id: `c${index}`, type: "function", function: { name: "f", arguments: "{}" } }] },
        { finish_reason: "tool_calls" }
      )
    const usage = { prompt_tokens: 1, completion_tokens: 1 }
    assert.isFalse(read(chunks(call(0))).whole)
    assert.isFalse(read(chunks(call(0), call(1))).whole)
    for (const end of ["[DONE]", { choices: [], usage }, stop("tool_calls"), { ...call(2), usage }]) {
      assert.isTrue(read(chunks(call(0), call(1), end)).whole)
    }
  })

  it("is missing when the bytes end before either", () => {
    const { events, response, whole } = read(chunks(delta({ content: "a" })))
    assert.isFalse(whole)
    assert.notInclude(types(events), "finish")
    assert.strictEqual(response.text, "a")
  })

  it("is [DONE], even without a finish reason", () => {
    const { response, whole } = read(chunks(delta({ content: "a" }), "[DONE]"))
    assert.isTrue(whole)
    assert.strictEqual(response.finishReason, "stop")
    assert.isUndefined(response.rawFinishReason)
  })

  it("is not the empty finish reason that some servers send in every chunk", () => {
    assert.isFalse(read(chunks(delta({ content: "a" }, { finish_reason: "" }))).whole)
    assert.strictEqual(
      read(chunks(delta({ content: "a" }, { finish_reason: "" }), "[DONE]")).response.finishReason,
      "stop"
    )
  })

  it("is emitted once, even if the server repeats the finish reason and sends usage after it", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 }
    const { events } = read(chunks(delta({ content: "a" }), stop(), { ...stop(), usage }, "[DONE]"))
    assert.strictEqual(types(events).filter((type) => type === "finish").length, 1)
  })

  it("makes the decoder ignore later frames", () => {
    const { response } = read(chunks(delta({ content: "a" }), stop(), "[DONE]", delta({ content: "b" }), "{"))
    assert.strictEqual(response.text, "a")
    assert.deepStrictEqual(response.warnings, [])
  })

  it("has the reason other when nothing was sent", () => {
    assert.strictEqual(read(chunks("[DONE]")).response.finishReason, "other")
  })
})

describe("finish reasons", () => {
  const reason = (word: string | null, message: object = { content: "a" }) => {
    const fields = { ...(unary(message) as { readonly choices: ReadonlyArray<object> }) }
    const { finishReason, rawFinishReason } = readUnary({
      ...fields,
      choices: [{ ...fields.choices[0], finish_reason: word }]
    })
    return [finishReason, rawFinishReason]
  }
  const call = { tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] }

  it.each([
    ["stop", "stop"],
    ["eos", "stop"],
    ["end_turn", "stop"],
    ["STOP", "stop"],
    ["", "stop"],
    ["length", "length"],
    ["max_tokens", "length"],
    ["model_length", "length"],
    ["content_filter", "content-filter"],
    ["tool_calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["something_new", "other"]
  ])("%s is %s, and keeps its word", (word, expected) => {
    assert.deepStrictEqual(reason(word), [expected, word])
  })

  it("are tool-calls when there are calls, even if the server says stop or nothing", () => {
    assert.deepStrictEqual(reason("stop", call), ["tool-calls", "stop"])
    assert.deepStrictEqual(reason("", call), ["tool-calls", ""])
    assert.deepStrictEqual(reason(null, call), ["tool-calls", undefined])
  })

  it("stay length when calls were cut off", () => {
    assert.deepStrictEqual(reason("length", call), ["length", "length"])
  })

  it("come with the stop sequence that vLLM and SGLang report", () => {
    for (const key of ["stop_reason", "matched_stop"]) {
      const { response } = read(
        chunks(delta({ content: "a" }), delta({}, { finish_reason: "stop", [key]: "END" }), "[DONE]")
      )
      assert.strictEqual(response.stopSequence, "END")
    }
    assert.isUndefined(
      read(chunks(delta({ content: "a" }), delta({}, { finish_reason: "stop", matched_stop: 151645 }), "[DONE]"))
        .response.stopSequence
    )
  })
})

describe("chunks", () => {
  it("may be role-only, empty or null, with id and model late or never", () => {
    const { events, response } = read(
      chunks(
        { choices: [], id: "", model: "", object: "", prompt_filter_results: [] },
        delta({ role: "assistant" }),
        delta({ role: null, content: null, tool_calls: null, reasoning_content: null, refusal: null }),
        delta({}),
        { choices: [{ index: 0, delta: { content: "" } }] },
        { choices: [{ delta: { content: "a" } }] },
        { choices: [{ index: 0 }] },
        stop(),
        "[DONE]"
      )
    )
    assert.deepStrictEqual(types(events), ["response-metadata", "text-start", "text-delta", "text-end", "finish"])
    assert.deepInclude(response, { id: "answer-1", model: "real", text: "a" })
  })

  it("that are empty frames, null, pings or a spaced [DONE] are not content", () => {
    const { events, whole } = read([
      { data: "" },
      { data: "null" },
      ...chunks({ choices: null }, { id: "a", choices: null, usage: null }),
      { event: "ping", data: '{"type":"ping"}' },
      ...chunks(delta({ content: "a" })),
      { data: " [DONE] " }
    ])
    assert.notInclude(types(events), "malformed-frame")
    assert.isTrue(whole)
  })

  it("of other choices are ignored", () => {
    const second = { choices: [{ index: 1, delta: { content: "b" }, finish_reason: "length" }] }
    const { response } = read(chunks(delta({ content: "a" }), second, stop(), "[DONE]"))
    assert.strictEqual(response.text, "a")
    assert.strictEqual(response.finishReason, "stop")
  })

  it("that repeat the whole message next to the delta are read once", () => {
    const both = (piece: string, whole: string) => delta({ content: piece }, { message: { content: whole } })
    assert.strictEqual(read(chunks(both("a", "a"), both("b", "ab"), stop(), "[DONE]")).response.text, "ab")
  })

  it("may have a whole message instead of a delta", () => {
    assert.strictEqual(
      read(chunks({ choices: [{ message: { content: "a" }, finish_reason: "stop" }] }, "[DONE]")).response.text,
      "a"
    )
  })

  it("may have text as completions do, instead of a delta", () => {
    const piece = (text: string, finish_reason: string | null) => ({ choices: [{ index: 0, text, finish_reason }] })
    assert.strictEqual(read(chunks(piece("a", null), piece("b", "stop"), "[DONE]")).response.text, "ab")
  })

  it("without choices have no content", () => {
    const { events, response } = read(
      chunks({ object: "chat.completion.chunk", choices: null }, delta({ content: "a" }), stop(), "[DONE]")
    )
    assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
    assert.strictEqual(response.text, "a")
  })

  it("end with an error that has no envelope", () => {
    const { failure, response } = read(
      chunks(delta({ content: "a" }), { message: "Too busy", type: "too_many_requests_error", code: "queue_exceeded" })
    )
    assert.deepStrictEqual([failure?.message, failure?.code], ["Too busy", "queue_exceeded"])
    assert.strictEqual(response.text, "a")
    const groq = read(chunks(delta({ content: "a" }), { ...delta({}), x_groq: { id: "r", error: "Too busy" } }))
    assert.strictEqual(groq.failure?.message, "Too busy")
  })

  it("continue after a malformed frame, which is reported", () => {
    const broken = [
      '{"choices":[{"delta"',
      "[1]",
      '{"hello":1}',
      '{"choices":[1]}',
      '{"choices":[{"delta":{"content":7}}]}',
      '{"choices":[{"delta":{"tool_calls":["x"]}}]}'
    ]
    for (const data of broken) {
      const { events, response, whole } = read(
        chunks(delta({ content: "a" }), data, delta({ content: "b" }), stop(), "[DONE]")
      )
      const malformed = events.filter((event) => event.type === "malformed-frame")
      assert.deepStrictEqual(
        malformed.map(({ frame }) => frame.data),
        [data]
      )
      assert.strictEqual(response.text, "ab")
      assert.strictEqual(response.warnings[0]?.type, "malformed-frame")
      assert.isTrue(whole)
    }
  })

  it.prop("never make the decoder throw", { data: Arbitrary.array(Arbitrary.schema(Schema.Json)) }, ({ data }) => {
    const wrapped = data.flatMap((json) => [
      json,
      { choices: json, usage: json },
      { choices: [json, { delta: json, logprobs: json, finish_reason: json, error: null }] },
      {
        choices: [
          {
            delta: {
              content: json,
              tool_calls: [{ function: json, index: json }],
              audio: json,
              images: [json],
              annotations: [json],
              reasoning_details: [json]
            }
          }
        ]
      }
    ])
    read(wrapped.map((json) => ({ data: JSON.stringify(json) })))
    for (const json of wrapped) {
      OpenAiChat.decodeResponse(json, names)
      OpenAiChat.decodeError(json)
      OpenAiChat.decodeRequest(json)
      OpenAiChat.decodeRequest({ model: "m", messages: json, tools: json })
      OpenAiChat.decodeRequest({
        model: "m",
        messages: [{ role: "assistant", content: json, tool_calls: json }],
        ...(json as object)
      })
    }
  })
})

describe("an error within a stream", () => {
  it("ends it with the provider's message", () => {
    const error = { message: "The server had an error", type: "server_error", param: null, code: null }
    const { failure, response } = read(chunks(delta({ content: "a" }), { error }, delta({ content: "b" }), "[DONE]"))
    assert.deepInclude(failure, { _tag: "ProviderFailure", type: "server_error", message: "The server had an error" })
    assert.strictEqual(response.text, "a")
  })

  it("is recognised in each of its forms", () => {
    const forms: ReadonlyArray<readonly [object, string]> = [
      [{ error: "overloaded" }, "overloaded"],
      [{ object: "error", message: "too long", type: "BadRequestError", code: 400 }, "too long"],
      [
        {
          id: "1",
          choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
          error: { code: 502, message: "upstream" }
        },
        "upstream"
      ],
      [{ choices: [{ index: 0, delta: {}, error: { code: 429, message: "slow down" } }] }, "slow down"],
      [{ choices: null, message: "no model", code: 400 }, "no model"],
      [{ detail: "Not authenticated" }, "Not authenticated"],
      [{ errors: [{ code: 7003, message: "no route" }], success: false, result: null }, "no route"]
    ]
    for (const [chunk, message] of forms) {
      const { failure } = read(chunks(delta({ content: "a" }), chunk, "[DONE]"))
      assert.strictEqual(failure?.message, message)
    }
  })

  it("is recognised by the event name alone", () => {
    assert.strictEqual(read([{ event: "error", data: "upstream timeout" }]).failure?.message, "upstream timeout")
    assert.strictEqual(read([{ event: "error", data: '{"message":"gone","code":"503"}' }]).failure?.status, 503)
  })

  it("is recognised by the finish reason alone: a failed response never looks complete", () => {
    for (const word of ["error", "network_error", "insufficient_system_resource"]) {
      const { failure } = read(chunks(delta({ content: "a" }), stop(word), "[DONE]"))
      assert.deepInclude(failure, { code: word, type: "server_error" })
    }
  })
})

describe("content other than text", () => {
  it("reads a refusal, split or whole", () => {
    const { response } = readDeltas([{ content: null, refusal: "I can" }, { refusal: "not" }])
    assert.deepStrictEqual(response.content, [{ type: "refusal", text: "I cannot" }])
    assert.strictEqual(readUnary(unary({ content: null, refusal: "no" })).refusal, "no")
  })

  it("reads citations, nested or not, into the text part", () => {
    const nested = {
      type: "url_citation",
      url_citation: { url: "https://a.example", title: "A", start_index: 0, end_index: 3, content: "x" }
    }
    const flat = { type: "url_citation", url: "https://b.example", title: "B", start_index: 1, end_index: 2 }
    const citations = [
      { url: "https://a.example", title: "A", citedText: "x", start: 0, end: 3 },
      { url: "https://b.example", title: "B", start: 1, end: 2, raw: flat }
    ]
    assert.deepStrictEqual(readUnary(unary({ content: "abc", annotations: [nested, flat] })).content, [
      { type: "text", text: "abc", citations }
    ])
    assert.deepStrictEqual(
      readDeltas([{ content: "abc" }, { annotations: [nested] }, { annotations: [flat] }]).response.content,
      [{ type: "text", text: "abc", citations }]
    )
  })

  it("keeps other annotations, to send them back", () => {
    const file = { type: "file", file: { hash: "h", name: "a.pdf", content: [] } }
    const response = readUnary(unary({ content: "a", annotations: [file] }))
    assert.deepInclude(response.content, { type: "provider", protocol: "openai-chat", value: { annotations: [file] } })
    const encoded = OpenAiChat.encodeRequest({ messages: [response.message] }, { ...names, stream: false })
    assert.deepInclude(encoded, { _tag: "Success" })
    if (encoded._tag === "Success")
      assert.deepStrictEqual(encoded.success.body.messages, [{ role: "assistant", content: "a", annotations: [file] }])
  })

  it("reads the sources of the response once, even if every chunk lists them", () => {
    const urls = ["https://a.example", "https://b.example"] as const
    const { response } = read(
      chunks({ ...delta({ content: "a" }), citations: urls }, { ...stop(), citations: urls }, "[DONE]")
    )
    assert.deepStrictEqual(
      response.sources,
      urls.map((url) => ({ url }))
    )
    const page = { title: "A", url: urls[0], date: "2026-01-01", snippet: "s" }
    const searched = {
      executed_tools: [{ type: "search", search_results: { results: [{ url: urls[0], title: "A" }] } }]
    }
    assert.deepStrictEqual(readDeltas([searched, { content: "a" }]).response.sources, [{ url: urls[0], title: "A" }])
    const sources = readUnary(unary({ content: "a" }, { citations: urls, search_results: [page] })).sources
    assert.deepStrictEqual(sources, [{ url: "https://a.example", title: "A", citedText: "s", raw: page }])
  })

  it("reads images", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }
    const expected: ReadonlyArray<AssistantPart> = [
      { type: "text", text: "a" },
      { type: "image", data: "data:image/png;base64,AAAA" }
    ]
    assert.deepStrictEqual(readDeltas([{ content: "a" }, { images: [image] }]).response.content, expected)
    assert.deepStrictEqual(readUnary(unary({ content: "a", images: [image] })).content, expected)
  })

  it("joins audio pieces that are Base64 by themselves, and detects their format", () => {
    const { response } = readDeltas([
      { audio: { id: "audio_1", transcript: "he" } },
      { audio: { data: Buffer.from("RIFF1").toString("base64"), transcript: "llo" } },
      { audio: { data: Buffer.from("234WAVE").toString("base64"), expires_at: 5 } }
    ])
    assert.deepStrictEqual(response.content, [
      {
        type: "audio",
        id: "audio_1",
        transcript: "hello",
        mediaType: "audio/wav",
        data: `data:audio/wav;base64,${Buffer.from("RIFF1234WAVE").toString("base64")}`
      }
    ])
    const raw = readUnary(unary({ content: null, audio: { id: "x", data: "AAAA", transcript: "" } })).content[0]
    assert.deepInclude(raw, { mediaType: "audio/pcm", data: "data:audio/pcm;base64,AAAA" })
  })

  it("ignores empty audio and calls", () => {
    const { content } = readUnary(
      unary({
        content: "4",
        audio: { data: "", id: "", transcript: "" },
        function_call: { name: "", arguments: "" },
        refusal: ""
      })
    )
    assert.deepStrictEqual(content, [{ type: "text", text: "4" }])
  })

  it("reads log probabilities, including those of refusals", () => {
    const one = { token: "a", logprob: -0.1, bytes: [97], top_logprobs: [{ token: "b", logprob: -2, bytes: null }] }
    const { response } = read(
      chunks(
        delta({ content: "a" }, { logprobs: { content: [one], refusal: null } }),
        delta({}, { logprobs: { content: null, refusal: [{ token: "c", logprob: -3 }] } }),
        stop(),
        "[DONE]"
      )
    )
    assert.deepStrictEqual(response.logprobs, [
      { token: "a", logprob: -0.1, bytes: [97], top: [{ token: "b", logprob: -2 }] },
      { token: "c", logprob: -3 }
    ])
  })

  it("keeps Google's extra_content, to send it back", () => {
    const extra = { google: { thought_signature: "s" } }
    const response = readUnary(unary({ content: "a", extra_content: extra }))
    const encoded = OpenAiChat.encodeRequest({ messages: [response.message] }, { ...names, stream: false })
    assert.isTrue(encoded._tag === "Success")
    if (encoded._tag === "Success")
      assert.deepStrictEqual(encoded.success.body.messages, [{ role: "assistant", content: "a", extra_content: extra }])
  })
})

describe("a unary response", () => {
  it("with several choices is the first, with a warning", () => {
    const choice = (index: number) => ({ index, message: { content: `c${index}` }, finish_reason: "stop" })
    const response = readUnary({ choices: [choice(0), choice(1)] })
    assert.strictEqual(response.text, "c0")
    assert.deepStrictEqual(
      response.warnings.map(({ type }) => type),
      ["other"]
    )
  })

  it("keeps the whole body", () => {
    const body = unary({ content: "a" }, { system_fingerprint: "fp" }) as Json
    assert.deepStrictEqual(readUnary(body).raw, body)
  })

  it("that is no chat completion is a ResponseParseError with the body", () => {
    for (const body of ["<html>", null, 7, {}, { choices: [] }, { choices: ["x"] }, { usage: { prompt_tokens: 1 } }]) {
      const result = OpenAiChat.decodeResponse(body, names)
      assert.strictEqual(result._tag, "Failure")
      if (result._tag === "Failure" && result.failure._tag === "ResponseParseError") {
        assert.deepStrictEqual(result.failure.body, body)
        assert.strictEqual(result.failure.model, "requested")
      } else assert.fail("not a ResponseParseError")
    }
  })

  it("that is an error with status 200 is a provider failure", () => {
    const result = OpenAiChat.decodeResponse({ error: { message: "Rate limit", code: 429 } }, names)
    assert.isTrue(result._tag === "Failure" && result.failure._tag === "ProviderFailure")
  })
})
