import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { ToolCallPart } from "../../src/domain/ContentPart.ts"
import * as Tool from "../../src/domain/Tool.ts"

const weather = Tool.make("weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({
    city: Schema.String,
    on: Schema.optional(Schema.Date),
    days: Schema.optionalKey(Schema.Int)
  }),
  strict: true,
  cacheControl: { ttl: "1h" }
})
const clock = Tool.make("clock", { parameters: Schema.Struct({}) })

const call = (name: string, input?: Schema.Json, more: Partial<ToolCallPart> = {}): ToolCallPart => ({
  type: "tool-call",
  id: "1",
  name,
  input,
  ...more
})

describe("Tool.make", () => {
  it("shows the model the JSON Schema of its parameters", () => {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(weather.inputSchema)), {
      type: "object",
      properties: {
        city: { type: "string" },
        on: { anyOf: [{ type: "string" }, { type: "null" }] },
        days: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
      },
      required: ["city"],
      additionalProperties: false
    })
    assert.strictEqual(weather.inputSchema, weather.inputSchema)
    assert.deepStrictEqual(clock.inputSchema, { type: "object", properties: {}, additionalProperties: false })
  })

  it("is an object at the root, also for a class", () => {
    class City extends Schema.Class<City>("City")({ name: Schema.String }) {}
    assert.strictEqual(Tool.make("city", { parameters: City }).inputSchema.type, "object")
  })

  it("is a definition that requests accept, and loses its Schema when sent", () => {
    const request = { messages: [], tools: [weather, clock] }
    const encoded = Schema.encodeSync(Schema.toCodecJson(ChatRequest))(request) as { readonly tools: Array<object> }
    assert.deepStrictEqual(Object.keys(encoded.tools[0]!).sort(), [
      "cacheControl",
      "description",
      "inputSchema",
      "name",
      "strict"
    ])
  })
})

describe("Tool.decodeCalls", () => {
  const decode = (...calls: ReadonlyArray<ToolCallPart>) => Tool.decodeCalls(calls, [weather, clock])

  it.effect("decodes the JSON that the model wrote", () =>
    Effect.gen(function* () {
      const calls = [
        call("weather", { city: "Lima", on: "2026-11-21T00:00:00.000Z", extra: 1 }),
        call("weather", { city: "Lima", on: null }),
        call("clock", {})
      ]
      const decoded = yield* decode(...calls)
      assert.deepStrictEqual(
        decoded.map(({ input }) => input),
        [{ city: "Lima", on: new Date(Date.UTC(2026, 10, 21)) }, { city: "Lima", on: undefined }, {}]
      )
      assert.deepStrictEqual(
        decoded.map(({ part }) => part),
        calls
      )
    })
  )

  it.effect("leaves out calls that the provider ran itself", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode(call("web_search", { q: "a" }, { providerExecuted: true })), [])
    })
  )

  const failures: ReadonlyArray<readonly [string, ToolCallPart, rawInput: string, issue: RegExp]> = [
    ["input that the schema rejects", call("weather", { city: 1 }), '{"city":1}', /city/],
    [
      "input as the model wrote it",
      call("weather", { city: 1 }, { rawInput: '{ "city": 1 }' }),
      '{ "city": 1 }',
      /city/
    ],
    ["arguments that are not JSON", call("weather", undefined, { rawInput: '{"city"' }), '{"city"', /not JSON/],
    ["a tool that was not offered", call("search", {}), "{}", /offered: weather, clock/]
  ]
  for (const [name, part, rawInput, issue] of failures) {
    it.effect(`fails on ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(decode(part))
        assert.strictEqual(error._tag, "ToolInputError")
        assert.strictEqual(error.tool, part.name)
        assert.strictEqual(error.callId, "1")
        assert.strictEqual(error.rawInput, rawInput)
        assert.match(error.issue, issue)
      })
    )
  }

  it.effect("reads a null as an absent field only if the tool is strict", () =>
    Effect.gen(function* () {
      const parameters = Schema.Struct({ city: Schema.optionalKey(Schema.String) })
      const named = (strict: boolean) =>
        Tool.decodeCalls([call("find", { city: null })], [Tool.make("find", { parameters, strict })])
      assert.deepStrictEqual(
        (yield* named(true)).map(({ input }) => input),
        [{}]
      )
      assert.strictEqual((yield* Effect.flip(named(false)))._tag, "ToolInputError")
    })
  )

  it("is typed by the tools: the name determines the input", () => {
    const decoded = decode()
    expectTypeOf<Effect.Services<typeof decoded>>().toEqualTypeOf<never>()
    type Call = Effect.Success<typeof decoded>[number]
    const run = (call: Call): string | number => {
      switch (call.name) {
        case "weather":
          expectTypeOf(call.input.on).toEqualTypeOf<Date | undefined>()
          return call.input.city
        case "clock":
          // @ts-expect-error the clock takes nothing
          return call.input.city
      }
    }
    expectTypeOf(run).returns.toEqualTypeOf<string | number>()
    // @ts-expect-error parameters that need a service cannot be decoded here
    Tool.make("x", { parameters: Schema.String as unknown as Schema.Codec<string, string, "service"> })
  })
})

describe("a strict tool whose parameters are a union", () => {
  it("decodes calls in which every property that does not belong is null, as strict mode has models write them", () => {
    const union = Tool.make("f", {
      parameters: Schema.Union([
        Schema.Struct({ kind: Schema.Literal("a"), note: Schema.optionalKey(Schema.String) }),
        Schema.Struct({ kind: Schema.Literal("b"), n: Schema.Int })
      ]),
      strict: true
    })
    const inputOf = (input: Schema.Json) =>
      Effect.runSync(Tool.decodeCalls([call("f", input)], [union])).map(({ input }): object => input)
    assert.deepStrictEqual(inputOf({ kind: "a", note: null, n: null }), [{ kind: "a" }])
    assert.deepStrictEqual(inputOf({ kind: "b", note: null, n: 1 }), [{ kind: "b", n: 1 }])
  })
})
