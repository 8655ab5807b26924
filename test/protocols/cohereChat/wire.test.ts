import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { CohereChat } from "../../../src/protocols/CohereChat.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, read, toBody } = halvesOf(CohereChat, "cohere")

const encode = (request: ChatRequest, quirks = {}) =>
  CohereChat.encodeRequest(request, { provider: "cohere", model: "m", stream: false, quirks })
const bodyOf = (request: ChatRequest, quirks = {}): Wire => json(Result.getOrThrow(encode(request, quirks)).body)
const user = (text: string) => ({ role: "user" as const, content: [{ type: "text" as const, text }] })
const frame = (data: Wire) => ({ event: data.type, data: JSON.stringify(data) })

describe("documents", () => {
  it("of a user are sent outside the conversation, and are decoded into the last user message", () => {
    const file = {
      type: "file",
      data: { text: "It rains." },
      title: "Weather",
      providerOptions: { "cohere-chat": { id: "doc-1", data: { author: "me" } } }
    } as const
    const request: ChatRequest = { messages: [{ role: "user", content: [file, { type: "text", text: "?" }] }] }
    const body = bodyOf({
      ...request,
      providerOptions: { cohere: { documents: [{ id: "x", data: { snippet: "s" } }] } }
    })
    assert.deepStrictEqual(body.documents, [
      { id: "doc-1", data: { title: "Weather", text: "It rains.", author: "me" } },
      { id: "x", data: { snippet: "s" } }
    ])
    assert.strictEqual(body.messages[0].content, "?")
    const decoded = Result.getOrThrow(CohereChat.decodeRequest(body)).request
    assert.deepStrictEqual<unknown>(decoded.messages, request.messages)
    assert.deepStrictEqual<unknown>(decoded.providerOptions, {
      "cohere-chat": { documents: [{ id: "x", data: { snippet: "s" } }] }
    })
    assert.deepStrictEqual(json(Result.getOrThrow(encode(decoded)).body), body)
  })

  it("of a result stay with it, whatever their fields", () => {
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } }
    const content = [
      { type: "document", document: { id: "d", data: { snippet: "s" } } },
      { type: "document", document: { data: "It rains." } }
    ]
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content },
      { role: "tool", tool_call_id: "c1", content: content.slice(1) }
    ]
    const { request } = Result.getOrThrow(CohereChat.decodeRequest({ model: "m", messages }))
    assert.deepStrictEqual(bodyOf(request).messages, messages)
    const [, , results]: Wire = request.messages
    assert.deepStrictEqual(results.content[1].output[0].data, { text: "It rains." })
  })

  it("that are not text are rejected", () => {
    const pdf = { type: "file", data: new Uint8Array([1]), mediaType: "application/pdf" } as const
    assert.include(
      Result.getOrThrow(Result.flip(encode({ messages: [{ role: "user", content: [pdf] }] }))).message,
      "plain text"
    )
  })
})

describe("tools", () => {
  const tool = (name: string, strict?: boolean) => ({ name, inputSchema: { type: "object" }, strict })
  const said = (toolChoice: ChatRequest["toolChoice"], ...tools: ReadonlyArray<ReturnType<typeof tool>>) => {
    const body = bodyOf({ messages: [user("?")], tools, toolChoice })
    return [body.tools?.map(({ function: body }: Wire) => body.name), body.tool_choice, body.strict_tools]
  }

  it("are required, forbidden, or required as the only tool", () => {
    assert.deepStrictEqual(said("required", tool("f")), [["f"], "REQUIRED", undefined])
    assert.deepStrictEqual(said("none", tool("f")), [["f"], "NONE", undefined])
    assert.deepStrictEqual(said({ tool: "g" }, tool("f"), tool("g")), [["g"], "REQUIRED", undefined])
    assert.deepStrictEqual(said("auto", tool("f", true), tool("g", true)), [["f", "g"], undefined, true])
    assert.deepStrictEqual(said(undefined, tool("f", true), tool("g")), [["f", "g"], undefined, false])
    assert.isTrue(Result.isFailure(encode({ messages: [user("?")], tools: [tool("f")], toolChoice: { tool: "x" } })))
  })

  it("are preceded by a plan, which is sent back if the model accepts it", () => {
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } }
    const answer = decode({
      message: { role: "assistant", tool_plan: "First f.", tool_calls: [call] },
      finish_reason: "TOOL_CALL"
    })
    assert.strictEqual(answer.reasoningText, "First f.")
    assert.deepStrictEqual(toBody(answer).message, { role: "assistant", tool_plan: "First f.", tool_calls: [call] })
    const messages = [user("?"), answer.message]
    assert.strictEqual(bodyOf({ messages }).messages[1].tool_plan, "First f.")
    assert.notProperty(bodyOf({ messages }, { toolPlans: false }).messages[1], "tool_plan")
    const streamed = fold([
      frame({ type: "tool-plan-delta", delta: { message: { tool_plan: "First " } } }),
      frame({ type: "tool-plan-delta", delta: { message: { tool_plan: "f." } } }),
      frame({
        type: "tool-call-start",
        index: 0,
        delta: { message: { tool_calls: { ...call, function: { name: "f", arguments: "" } } } }
      }),
      frame({
        type: "tool-call-delta",
        index: 0,
        delta: { message: { tool_calls: { function: { arguments: "{}" } } } }
      }),
      frame({ type: "message-end", delta: { finish_reason: "TOOL_CALL" } })
    ])
    assert.deepStrictEqual(json(streamed.content), json(answer.content))
  })
})

describe("a response", () => {
  const citation = (fields: object) => ({
    start: 0,
    end: 2,
    text: "It",
    sources: [{ type: "document", id: "d", document: { id: "d", title: "T", snippet: "It rains", url: "https://x" } }],
    ...fields
  })

  it("has citations on the right text, and those of the plan in a part of their own", () => {
    const citations = [
      citation({ type: "TEXT_CONTENT", content_index: 1 }),
      citation({ type: "PLAN" }),
      citation({ content_index: 3 })
    ]
    const content = [
      { type: "reasoning", thinking: "Hm." },
      { type: "text", text: "It rains." },
      { type: "text", text: "So." }
    ]
    const answer = decode({ message: { content, citations }, finish_reason: "COMPLETE" })
    assert.deepStrictEqual<unknown>(answer.content, [
      { type: "reasoning", text: "Hm." },
      {
        type: "text",
        text: "It rains.",
        citations: [{ url: "https://x", title: "T", citedText: "It rains", start: 0, end: 2, raw: citations[0] }]
      },
      { type: "text", text: "So." },
      { type: "provider", protocol: "cohere-chat", value: { citations: citations.slice(1) } }
    ])
    assert.deepStrictEqual(toBody(answer).message.citations, citations)
  })

  it("counts billed units, with the rest in `raw`", () => {
    const usage = {
      billed_units: { input_tokens: 100, output_tokens: 50 },
      tokens: { input_tokens: 590, output_tokens: 52 },
      cached_tokens: 400
    }
    const { usage: counted } = decode({ message: { content: null }, usage })
    assert.deepStrictEqual(
      [counted.inputTokens.total, counted.outputTokens.total, counted.inputTokens.cacheRead],
      [100, 50, undefined]
    )
    assert.deepStrictEqual<unknown>(counted.raw, usage)
    const unbilled = decode({ message: {}, usage: { tokens: { input_tokens: 5 } } }).usage
    assert.deepStrictEqual([unbilled.inputTokens.total, unbilled.outputTokens.total], [5, undefined])
  })

  it("that ends with an error is a failure, whole or streamed", () => {
    const failure = Result.getOrThrow(
      Result.flip(
        CohereChat.decodeResponse({ message: { content: [] }, finish_reason: "ERROR" }, { provider: "c", model: "m" })
      )
    )
    assert.strictEqual(failure._tag === "ProviderFailure" && failure.code, "ERROR")
    const streamed = read([frame({ type: "message-end", delta: { finish_reason: "ERROR", error: "out of order" } })])
    assert.strictEqual(streamed.failure?.message, "out of order")
    assert.strictEqual(read([{ event: "error", data: '{"message":"gone"}' }]).failure?.message, "gone")
    assert.isFalse(read([{ event: "message-end", data: "<html>" }]).whole)
  })

  it("may end with open blocks, and keeps unknown ones", () => {
    const answer = fold([
      frame({ type: "content-start", index: 0, delta: { message: { content: { type: "audio", data: "x" } } } }),
      frame({
        type: "content-delta",
        index: 1,
        delta: { message: { content: { text: "Hi" } } },
        logprobs: { text: "Hi", token_ids: [1], logprobs: [-0.5] }
      }),
      frame({ type: "debug", prompt: "?" }),
      frame({ type: "message-end", delta: { finish_reason: "MAX_TOKENS" } })
    ])
    assert.strictEqual(answer.text, "Hi")
    assert.strictEqual(answer.finishReason, "length")
    assert.deepStrictEqual(answer.logprobs, [{ token: "Hi", logprob: -0.5 }])
    assert.deepStrictEqual<unknown>(
      answer.content.filter(({ type }) => type === "provider"),
      [{ type: "provider", protocol: "cohere-chat", value: { type: "audio", data: "x" } }]
    )
  })
})

describe("reasoning", () => {
  it("is on, off, or up to a budget", () => {
    const said = (reasoning: ChatRequest["reasoning"]) => bodyOf({ messages: [user("?")], reasoning }).thinking
    assert.deepStrictEqual(said({ effort: "none" }), { type: "disabled" })
    assert.deepStrictEqual(said({ effort: "high" }), { type: "enabled" })
    assert.deepStrictEqual(said({ budget: 500 }), { type: "enabled", token_budget: 500 })
    assert.lengthOf(Result.getOrThrow(encode({ messages: [user("?")], reasoning: { effort: "high" } })).warnings, 1)
  })
})

describe("a response schema", () => {
  it("may have its older name", () => {
    const schema = { type: "object", properties: {} }
    for (const name of ["schema", "json_schema"]) {
      const body = { model: "m", messages: [], response_format: { type: "json_object", [name]: schema } }
      const { request } = Result.getOrThrow(CohereChat.decodeRequest(body))
      assert.deepStrictEqual<unknown>(request.responseFormat, { type: "json-schema", schema })
    }
  })
})
