import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { ChatResponse, type RateLimitError } from "../../src/domain/ChatResponse.ts"
import type { ToolCallPart } from "../../src/domain/ContentPart.ts"
import type { ToolInputError } from "../../src/domain/OutputErrors.ts"
import * as Conversation from "../../src/domain/Conversation.ts"
import * as Tool from "../../src/domain/Tool.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

const weather = Tool.make("weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({ city: Schema.String, on: Schema.optional(Schema.Date) })
})
const clock = Tool.make("clock", { parameters: Schema.Struct({}) })

const calling = (...calls: ReadonlyArray<readonly [name: string, input: Schema.Json]>) =>
  new ChatResponse({
    provider: "a",
    model: "b",
    content: calls.map(([name, input], index) => ({ type: "tool-call", id: `call_${index}`, name, input })),
    finishReason: "tool-calls",
    usage: unknown,
    warnings: [],
    attempts: []
  })

describe("ChatModel.generateToolCalls", () => {
  it.effect("offers the tools and decodes the calls", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(
        calling(
          ["weather", { city: "Lima", on: "2026-11-21T00:00:00.000Z" }],
          ["clock", {}],
          ["weather", { city: "Oslo" }]
        )
      )
      const { calls, response } = yield* ChatModel.generateToolCalls(model, [weather, clock], {
        messages: "Rain?",
        toolChoice: "required"
      })
      assert.deepStrictEqual(
        calls.map(({ id, input, name }) => [id, name, input]),
        [
          ["call_0", "weather", { city: "Lima", on: new Date(Date.UTC(2026, 10, 21)) }],
          ["call_1", "clock", {}],
          ["call_2", "weather", { city: "Oslo" }]
        ]
      )
      assert.strictEqual(response.toolCalls.length, 3)
      const { request } = model.calls[0]!
      assert.deepStrictEqual(request.tools, [weather, clock])
      assert.strictEqual(request.toolChoice, "required")
    })
  )

  it.effect("returns no calls when the model responded with text", () =>
    Effect.gen(function* () {
      const { calls, response } = yield* ScriptedModel.make("It rains.").pipe(
        ChatModel.generateToolCalls([weather], "Rain?")
      )
      assert.deepStrictEqual(calls, [])
      assert.strictEqual(response.text, "It rains.")
    })
  )

  it.effect("fails when a call does not decode, with the response for the next turn in the error", () =>
    Effect.gen(function* () {
      const answer = calling(["weather", { town: "Lima" }])
      const model = ScriptedModel.make(answer)
      const error = yield* Effect.flip(ChatModel.generateToolCalls(model, [weather], "Rain?"))
      assert(error._tag === "ToolInputError")
      assert.deepInclude({ ...error }, { tool: "weather", callId: "call_0", provider: "a", model: "b" })
      assert.strictEqual(error.rawInput, '{"town":"Lima"}')
      assert.include(error.message, '["city"]')
      assert.deepStrictEqual(error.response?.message, answer.message)
    })
  )

  it.effect("fails on a call that the token limit cut, whatever remains of it", () =>
    Effect.gen(function* () {
      const optional = Tool.make("search", { parameters: Schema.Struct({ query: Schema.optional(Schema.String) }) })
      const cut = (name: string, input: Pick<ToolCallPart, "input" | "rawInput">) =>
        calling().with({ content: [{ type: "tool-call", id: "1", name, ...input }], finishReason: "length" })
      for (const response of [
        cut("weather", { rawInput: '{"ci' }),
        cut("weather", { input: { town: "" } }),
        cut("weather", { input: {} }),
        cut("search", { input: {} })
      ]) {
        const asked = ChatModel.generateToolCalls(ScriptedModel.make(response), [weather, optional], "Rain?")
        const error = yield* Effect.flip(asked)
        assert(error._tag === "ToolInputError")
        assert.include(error.message, "cut off at the token limit")
        assert.strictEqual(error.response, response)
      }
      const nothing = ScriptedModel.make(cut("clock", { input: {} }))
      assert.lengthOf((yield* ChatModel.generateToolCalls(nothing, [clock], "When?")).calls, 1)
    })
  )

  it("is typed by the tools", () => {
    const model = ChatModel.make<RateLimitError, "key">({
      id: "a/b",
      generate: () => Effect.never,
      stream: () => Stream.never
    })
    const asked = ChatModel.generateToolCalls(model, [weather, clock], "hi")
    type Call = Effect.Success<typeof asked>["calls"][number]
    expectTypeOf<Effect.Error<typeof asked>>().toEqualTypeOf<RateLimitError | ToolInputError>()
    expectTypeOf<Effect.Services<typeof asked>>().toEqualTypeOf<"key">()
    expectTypeOf<Call["name"]>().toEqualTypeOf<"weather" | "clock">()
    expectTypeOf<Extract<Call, { name: "weather" }>["input"]>().toEqualTypeOf<{
      readonly city: string
      readonly on?: Date | undefined
    }>()
    expectTypeOf(model.pipe(ChatModel.generateToolCalls([weather, clock], "hi"))).toEqualTypeOf<typeof asked>()
  })

  it.effect("responds to undecodable calls with the reason, a limited number of times", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([
        calling(["weather", { town: "Lima" }], ["clock", {}]),
        calling(["forecast", {}]),
        calling(["weather", { city: "Lima" }])
      ])
      const request = { messages: "Rain?", toolChoice: "required" } as const
      const { calls, response } = yield* ChatModel.generateToolCalls(model, [weather, clock], request, {
        repair: { times: 2 }
      })
      assert.deepStrictEqual(calls[0]?.input, { city: "Lima" })
      assert.strictEqual(response.attempts.length, 3)
      const { messages } = model.calls[2]!.request
      assert.isUndefined(Conversation.check({ messages }))
      assert.deepStrictEqual(
        messages.map(({ role }) => role),
        ["user", "assistant", "tool", "assistant", "tool"]
      )
      assert.include(JSON.stringify(messages[2]), "city")
      const error = yield* Effect.flip(
        ScriptedModel.make(calling(["forecast", {}])).pipe(
          ChatModel.generateToolCalls([weather], "Rain?", { repair: { times: 1 } })
        )
      )
      assert.strictEqual(error._tag, "ToolInputError")
    })
  )
})
