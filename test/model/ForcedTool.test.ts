import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, type Schema } from "effect"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { foldEvents, toEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../src/domain/Message.ts"
import { asForcedTool, fromForcedTool, makeForcedToolReader } from "../../src/model/ForcedTool.ts"
import { asJson } from "../../src/model/StructuredOutput.ts"
import * as Arbitraries from "../domain/arbitraries.ts"

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false }
const messages: ChatRequest["messages"] = [{ role: "user", content: [{ type: "text", text: "hi" }] }]
const format = { type: "json-schema", name: "city", description: "A city", schema, strict: true } as const
const own = { name: "search", inputSchema: { type: "object" } }
const choiceOf = (request: Partial<ChatRequest>) => {
  const { name, request: rewritten } = asForcedTool({ messages, responseFormat: format, ...request })
  return [name, rewritten.toolChoice, rewritten.tools?.map(({ name }) => name)]
}

describe("asForcedTool", () => {
  it("forces a call of a tool whose input is the response", () => {
    assert.deepStrictEqual(asForcedTool({ messages, temperature: 1, responseFormat: format }), {
      name: "city",
      request: {
        messages,
        temperature: 1,
        tools: [
          {
            name: "city",
            description:
              "Call this tool exactly once to give your final answer; the input is the answer. The answer: A city",
            inputSchema: schema,
            strict: true
          }
        ],
        toolChoice: { tool: "city" },
        parallelToolCalls: false
      }
    })
  })

  it("leaves any other request unchanged", () => {
    for (const responseFormat of [undefined, { type: "text" }, { type: "json" }] as const) {
      const request: ChatRequest = { messages, responseFormat, tools: [own], toolChoice: "auto" }
      assert.strictEqual(asForcedTool(request).request, request)
      assert.isUndefined(asForcedTool(request).name)
    }
  })

  it("has only the tool's purpose as its description if the format has none", () => {
    const { request } = asForcedTool({ messages, responseFormat: { type: "json-schema", schema } })
    assert.match(request.tools?.[0]?.description ?? "", /the input is the answer\.$/)
  })

  it("lets the model choose between responding and the caller's tools", () => {
    assert.deepStrictEqual(choiceOf({ tools: [own] }), ["city", "required", ["search", "city"]])
    assert.deepStrictEqual(choiceOf({ tools: [own], toolChoice: "none" }), [
      "city",
      { tool: "city" },
      ["search", "city"]
    ])
  })

  it("requests no structured response while the caller demands a tool call", () => {
    assert.deepStrictEqual(choiceOf({ tools: [own], toolChoice: "required" }), [undefined, "required", ["search"]])
    const named = { tool: "search" }
    assert.deepStrictEqual(choiceOf({ tools: [own], toolChoice: named }), [undefined, named, ["search"]])
  })

  it("picks an unused tool name", () => {
    assert.deepStrictEqual(choiceOf({ tools: [{ ...own, name: "city" }] }), [
      "city_answer",
      "required",
      ["city", "city_answer"]
    ])
    assert.strictEqual(choiceOf({ responseFormat: { type: "json-schema", schema } })[0], "answer")
  })

  it("does not force a reasoning model", () => {
    for (const [reasoning, choice] of [
      [{ effort: "high" }, "auto"],
      [{ budget: 1000 }, "auto"],
      [{ effort: "none" }, { tool: "city" }],
      [{ budget: 0 }, { tool: "city" }]
    ] as const) {
      assert.deepStrictEqual(choiceOf({ reasoning })[1], choice)
    }
  })
})

const response = (content: ReadonlyArray<AssistantPart>, finishReason: ChatResponse["finishReason"] = "tool-calls") =>
  new ChatResponse({ content, finishReason, usage: { inputTokens: {}, outputTokens: {} }, warnings: [], attempts: [] })
const call = (name: string, input: Schema.Json, rawInput?: string): AssistantPart => ({
  type: "tool-call",
  id: `call_${name}`,
  name,
  input,
  rawInput
})
const text = (text: string): AssistantPart => ({ type: "text", text })

describe("fromForcedTool", () => {
  it("turns the tool's input back into the text of the response", () => {
    const answer = fromForcedTool(response([call("city", { a: "Lima" }, '{ "a": "Lima" }')]), "city")
    assert.strictEqual(answer.text, '{ "a": "Lima" }')
    assert.strictEqual(answer.finishReason, "stop")
    assert.deepStrictEqual(answer.toolCalls, [])
    assert.strictEqual(fromForcedTool(response([call("city", { a: 1 })]), "city").text, '{"a":1}')
  })

  it("drops text next to the call, but not reasoning", () => {
    const thought: AssistantPart = { type: "reasoning", text: "hm" }
    const answer = fromForcedTool(response([thought, text("Here:"), call("city", {}), text("!")]), "city")
    assert.deepStrictEqual(answer.content, [thought, text("{}")])
  })

  it("drops a second call of the tool", () => {
    const twice = response([call("city", { a: 1 }), call("city", { a: 2 })])
    assert.deepStrictEqual(fromForcedTool(twice, "city").content, [text('{"a":1}')])
  })

  it("waits for nothing that the provider runs", () => {
    const searched: AssistantPart = { type: "tool-call", id: "s", name: "search", input: {}, providerExecuted: true }
    const answer = response([searched, call("city", { a: 1 })])
    assert.strictEqual(fromForcedTool(answer, "city").finishReason, "stop")
    assert.strictEqual(foldEvents(read(toEvents(answer))).finishReason, "stop")
  })

  it("keeps a response that calls another tool, or was cut off", () => {
    const other = response([text("Let me see"), call("search", {})])
    assert.strictEqual(fromForcedTool(other, "city"), other)
    assert.strictEqual(fromForcedTool(response([call("city", {})], "length"), "city").finishReason, "length")
    assert.strictEqual(
      fromForcedTool(response([call("city", {}), call("search", {})]), "city").finishReason,
      "tool-calls"
    )
  })
})

const read = (events: ReadonlyArray<ChatEvent>, name = "city") => {
  const reader = makeForcedToolReader(name)
  return events.flatMap((event) => reader(event))
}

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

describe("makeForcedToolReader", () => {
  const part = Arbitraries.oneOf<AssistantPart>(
    Arbitraries.textPart,
    Arbitraries.signedReasoningPart,
    Arbitrary.map(Arbitraries.toolCallPart("call"), (part) => ({ ...part, name: "city" })),
    Arbitraries.toolCallPart("other")
  )
  const content = Arbitrary.map(Arbitrary.array(part, { maxLength: 4 }), (parts) =>
    parts.map((part, index) => (part.type === "tool-call" ? { ...part, id: `call_${index}` } : part))
  )

  it.prop(
    "does to a stream what fromForcedTool does to its whole response",
    { answer: Arbitraries.response({ content, rawInput: true }) },
    ({ answer }) => {
      assert.deepStrictEqual(
        json(foldEvents(read(toEvents(answer)))),
        json(fromForcedTool(foldEvents(toEvents(answer)), "city"))
      )
    },
    { arbitrary: { runs: 300 } }
  )

  it("streams the response as it is written", () => {
    const [start, ...more] = read([
      { type: "tool-input-start", id: "1", name: "city" },
      { type: "tool-input-delta", id: "1", delta: '{"a":' },
      { type: "tool-input-delta", id: "1", delta: '"b"}' },
      { type: "tool-call", id: "1", call: { type: "tool-call", id: "x", name: "city", input: { a: "b" } } }
    ])
    assert.deepStrictEqual(start, { type: "text-start", id: "1" })
    assert.deepStrictEqual(more, [
      { type: "text-delta", id: "1", delta: '{"a":' },
      { type: "text-delta", id: "1", delta: '"b"}' },
      { type: "text-end", id: "1" }
    ])
  })

  it("emits a call that arrives in one piece at once", () => {
    const whole: ChatEvent = {
      type: "tool-call",
      id: "1",
      call: { type: "tool-call", id: "x", name: "city", input: {} }
    }
    assert.deepStrictEqual(read([whole]), [
      { type: "text-start", id: "1" },
      { type: "text-delta", id: "1", delta: "{}" },
      { type: "text-end", id: "1" }
    ])
  })

  it("emits held-back text at the end if no call came, and drops a second call and what follows it", () => {
    const finish: ChatEvent = {
      type: "finish",
      finishReason: "tool-calls",
      usage: { inputTokens: {}, outputTokens: {} }
    }
    const said: ReadonlyArray<ChatEvent> = [
      { type: "text-start", id: "t" },
      { type: "text-delta", id: "t", delta: "Hm" },
      { type: "text-end", id: "t" }
    ]
    assert.deepStrictEqual(read([...said, finish]), [...said, finish])
    const called = (id: string): ReadonlyArray<ChatEvent> => [
      { type: "tool-input-start", id, name: "city" },
      { type: "tool-input-delta", id, delta: "" },
      { type: "tool-input-delta", id, delta: "{}" },
      { type: "tool-call", id, call: { type: "tool-call", id, name: "city", input: {} } }
    ]
    assert.deepStrictEqual(read([...said, ...called("1"), ...called("1"), ...called("2"), ...said, finish]), [
      { type: "text-start", id: "1" },
      { type: "text-delta", id: "1", delta: "{}" },
      { type: "text-end", id: "1" },
      { ...finish, finishReason: "stop" }
    ])
  })

  it("starts over after `restarted`", () => {
    const answer = response([text("Here:"), call("city", { a: 1 })])
    const other = response([text("Here:"), call("search", {})])
    const restarted: ChatEvent = { type: "restarted", attempts: [] }
    const events = read([...toEvents(answer).slice(0, -1), restarted, ...toEvents(other)])
    assert.deepStrictEqual(json(foldEvents(events)), json(foldEvents(toEvents(other))))
  })

  it("streams a call after `restarted` with the id of an earlier second call", () => {
    const dropped: ReadonlyArray<ChatEvent> = [
      { type: "tool-input-start", id: "1", name: "city" },
      { type: "tool-input-start", id: "2", name: "city" },
      { type: "restarted", attempts: [] }
    ]
    const search: ReadonlyArray<ChatEvent> = [
      { type: "tool-input-start", id: "2", name: "search" },
      { type: "tool-input-delta", id: "2", delta: "{}" }
    ]
    assert.deepStrictEqual(read([...dropped, ...search]).slice(-2), search)
  })
})

describe("asJson", () => {
  it("puts the schema into a system message, after the caller's own", () => {
    const system = { role: "system" as const, content: [{ type: "text" as const, text: "be brief" }] }
    const rewritten = asJson({ messages: [system, ...messages], responseFormat: format })
    assert.deepStrictEqual(rewritten.responseFormat, { type: "json" })
    assert.deepStrictEqual(
      rewritten.messages.map(({ role }) => role),
      ["system", "system", "user"]
    )
    const attemptRows = JSON.stringify(rewritten.messages[1])
    assert.include(attemptRows, "A city")
    assert.include(attemptRows, JSON.stringify(JSON.stringify(schema)).slice(1, -1))
    assert.strictEqual(asJson({ messages: [system], responseFormat: format }).messages.length, 2)
  })

  it("leaves any other request unchanged", () => {
    const request: ChatRequest = { messages, responseFormat: { type: "json" } }
    assert.strictEqual(asJson(request), request)
  })
})
