/**
 * What our own client makes of every model of the simulator, in both protocols: the table is what the docs promise.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Schema, Stream } from "effect"
import { readFileSync } from "node:fs"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Message from "../../src/domain/Message.ts"
import * as Tool from "../../src/domain/Tool.ts"
import * as Usage from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import { Anthropic } from "../../src/providers/Anthropic.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import { Scenario } from "../../src/testing/Scenario.ts"
import { simulatedModels } from "../../src/testing/SimulatedModels.ts"
import { Simulator } from "../../src/testing/Simulator.ts"

const apiKey = Redacted.make("any")

const clients = Layer.unwrap(
  Effect.map(Simulator, ({ anthropicUrl, openAiUrl }) =>
    Layer.mergeAll(OpenAi.layer({ apiKey, baseUrl: openAiUrl }), Anthropic.layer({ apiKey, baseUrl: anthropicUrl }))
  )
).pipe(Layer.provideMerge(Simulator.layer({ pace: {} })), Layer.provide(NodeHttpClient.layerUndici))

const providers: {
  readonly [name: string]: { readonly model: (name: string) => ChatModel.ChatModel<ProviderError, OpenAi | Anthropic> }
} = { OpenAi, Anthropic }

const weather = Tool.make("get_weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({
    city: Schema.String,
    unit: Schema.Literals(["celsius", "fahrenheit"]),
    days: Schema.Int.check(Schema.isBetween({ minimum: 3, maximum: 7 })),
    notify: Schema.optionalKey(Schema.Struct({ email: Schema.String }))
  })
})
const clock = Tool.make("get_time", { parameters: Schema.Struct({ zone: Schema.NonEmptyString }) })

/** How a stream ends: the finish reason, or the tag of the error. */
const outcomes: { readonly [model in keyof typeof simulatedModels]: string } = {
  "sim-healthy": "stop",
  "sim-slow": "TimeoutError",
  "sim-reasoning": "stop",
  "sim-tools": "stop",
  "sim-parallel-tools": "stop",
  "sim-broken-tool-call": "stop",
  "sim-cache": "stop",
  "sim-refusal": "stop",
  "sim-filtered": "content-filter",
  "sim-blocked": "ContentPolicyError",
  "sim-context": "ContextWindowExceededError",
  "sim-401": "AuthenticationError",
  "sim-429": "RateLimitError",
  "sim-429-bare": "RateLimitError",
  "sim-500": "ServerError",
  "sim-503": "OverloadedError",
  "sim-down": "OverloadedError",
  "sim-reset": "NetworkError",
  "sim-hang": "TimeoutError",
  "sim-silent": "TimeoutError",
  "sim-cut": "StreamInterruptedError",
  "sim-cut-reset": "StreamInterruptedError",
  "sim-stall": "TimeoutError",
  "sim-malformed": "StreamInterruptedError",
  "sim-error-mid-stream": "OverloadedError",
  "sim-no-done": "stop"
}

/** Only what never comes is given a limit of time, so that a busy machine cannot change an outcome. */
const attemptRows = <R>(model: ChatModel.ChatModel<ProviderError, R>, isWaiting: boolean) =>
  (isWaiting ? ChatModel.timeout(model, { firstToken: "40 millis", idle: "40 millis" }) : model).stream("Hello!").pipe(
    Stream.runCollect,
    Effect.map((events) => foldEvents(events).finishReason as string),
    Effect.catch((error) => Effect.succeed(error._tag))
  )

layer(clients, { excludeTestServices: true })("every simulated model", (it) => {
  for (const [name, provider] of Object.entries(providers)) {
    it.effect(`behaves with ${name} as documented in the table`, () =>
      Effect.gen(function* () {
        yield* (yield* Simulator).reset
        const found = yield* Effect.forEach(
          Object.entries(outcomes),
          ([model, expected]) =>
            Effect.map(
              attemptRows(provider.model(model), expected === "TimeoutError"),
              (outcome) => [model, outcome] as const
            ),
          { concurrency: 4 }
        )
        // A client of Anthropic learns of a refusal by the stop reason, and a stop without `message_stop` is a cut.
        const differs = name === "Anthropic" ? { "sim-refusal": "content-filter" } : {}
        assert.deepStrictEqual(Object.fromEntries(found), { ...outcomes, ...differs })
      })
    )

    it.effect(`states to ${name} how long the prompt is, how long to wait, and what arrived before a cut`, () =>
      Effect.gen(function* () {
        yield* (yield* Simulator).reset
        const fail = (model: string) => Effect.flip(Stream.runDrain(provider.model(model).stream("Hello!")))
        const context = yield* fail("sim-context")
        assert.deepInclude(context, { _tag: "ContextWindowExceededError", limit: 8192, requested: 9000 })
        const limit = yield* fail("sim-429")
        assert.deepStrictEqual(limit._tag === "RateLimitError" ? limit.retryAfter : undefined, Duration.seconds(1))
        const cut = yield* fail("sim-cut")
        assert.strictEqual(
          cut._tag === "StreamInterruptedError" ? cut.partial.text : "",
          'You asked: "Hello!" I am a simulator and'
        )
      })
    )

    it.effect(`responds to ${name} whole as in a stream`, () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        for (const model of [
          "sim-healthy",
          "sim-reasoning",
          "sim-tools",
          "sim-parallel-tools",
          "sim-filtered",
          "sim-refusal"
        ]) {
          const request = { messages: "What is the weather?", tools: [weather, clock] }
          yield* simulator.reset
          const unary = yield* provider.model(model).generate(request)
          yield* simulator.reset
          const events = yield* Stream.runCollect(provider.model(model).stream(request))
          const streamed = foldEvents(events)
          const shape = ({ content, finishReason, usage }: ChatResponse) =>
            JSON.parse(JSON.stringify({ content, finishReason, usage: { ...usage, raw: undefined } })) as unknown
          assert.deepStrictEqual(shape(streamed), shape(unary), model)
        }
      })
    )

    it.effect(`calls tools of ${name} with arguments that fit their schemas, and uses their results`, () =>
      Effect.gen(function* () {
        const model = provider.model("sim-parallel-tools")
        const question = Message.make("What is the weather in Lima?")
        const { calls, response } = yield* ChatModel.generateToolCalls(model, [weather, clock], {
          messages: [question]
        })
        assert.deepStrictEqual(
          calls.map(({ name }) => name),
          ["get_weather", "get_time"]
        )
        assert.strictEqual(new Set(calls.map(({ id }) => id)).size, 2)
        assert.strictEqual(response.finishReason, "tool-calls")
        const results = calls.map(({ id, name }) => ({ type: "tool-result" as const, id, output: `${name} is fine` }))
        const messages = [question, response.message, { role: "tool" as const, content: results }]
        const reply = yield* model.generate({ messages, tools: [weather, clock] })
        assert.include(reply.text, "get_weather is fine get_time is fine")
        const one = yield* model.generate({ messages: [question], tools: [weather, clock], parallelToolCalls: false })
        assert.strictEqual(one.toolCalls.length, 1)
      })
    )

    it.effect(`makes the tool call that ${name} requires, and can break its arguments`, () =>
      Effect.gen(function* () {
        const healthy = provider.model("sim-healthy")
        const tools = [weather, clock]
        const named = yield* healthy.generate({ messages: "Hi", tools, toolChoice: { tool: "get_time" } })
        assert.deepStrictEqual(
          named.toolCalls.map(({ name }) => name),
          ["get_time"]
        )
        const some = yield* healthy.generate({ messages: "Hi", tools, toolChoice: "required" })
        assert.deepStrictEqual(
          some.toolCalls.map(({ name }) => name),
          ["get_weather"]
        )
        const none = yield* provider.model("sim-tools").generate({ messages: "Hi", tools, toolChoice: "none" })
        assert.deepStrictEqual(none.toolCalls, [])
        const error = yield* Effect.flip(
          ChatModel.generateToolCalls(provider.model("sim-broken-tool-call"), tools, "Hi")
        )
        assert.strictEqual(error._tag, "ToolInputError")
      })
    )

    it.effect(`gives ${name} objects that conform to the schema`, () =>
      Effect.gen(function* () {
        const schema = Schema.Struct({
          title: Schema.String,
          tags: Schema.Array(Schema.String),
          rating: Schema.NullOr(Schema.Int.check(Schema.isGreaterThan(0))),
          author: Schema.Struct({ name: Schema.String, email: Schema.optionalKey(Schema.String) })
        })
        const { value } = yield* ChatModel.generateObject(provider.model("sim-healthy"), { schema, request: "A book." })
        assert.isTrue(Schema.is(schema)(value))
        assert.isAbove(value.tags.length, 0)
      })
    )

    it.effect(`thinks for ${name}, with a signature`, () =>
      Effect.gen(function* () {
        const { content, reasoningText, usage } = yield* provider.model("sim-reasoning").generate("Hello!")
        assert.include(reasoningText, "Hello!")
        const [reasoning] = content
        assert.match(reasoning?.type === "reasoning" ? (reasoning.signature ?? "") : "", /^c2lt/)
        assert.isAbove(usage.outputTokens.reasoning ?? 0, 5)
        assert.strictEqual(
          usage.outputTokens.total,
          (usage.outputTokens.text ?? 0) + (usage.outputTokens.reasoning ?? 0)
        )
      })
    )

    it.effect(`reports to ${name} what was read from the cache`, () =>
      Effect.gen(function* () {
        yield* (yield* Simulator).reset
        const model = provider.model("sim-cache")
        const turn = Message.make("A long introduction to the matter, which is said again in each turn.")
        const first = yield* model.generate({ messages: [turn] })
        const second = yield* model.generate({ messages: [turn, first.message, Message.make("Go on.")] })
        const inputs = [first, second].map(({ usage }) => usage.inputTokens)
        assert.deepInclude(inputs[0], { cacheRead: 0, uncached: 0 })
        assert.strictEqual(inputs[1]?.cacheRead, inputs[0]?.total)
        assert.strictEqual(inputs[1]?.cacheWrite, (inputs[1]?.total ?? 0) - (inputs[0]?.total ?? 0))
        assert.isAbove(inputs[0]?.cacheWrite ?? 0, 10)
      })
    )

    it.effect(`honours the output limit and the stop sequences of ${name}`, () =>
      Effect.gen(function* () {
        const model = provider.model("sim-healthy")
        const short = yield* model.generate({ messages: "Hello!", maxOutputTokens: 3 })
        assert.deepInclude(short, { text: 'You asked: "Hello!"', finishReason: "length" })
        assert.strictEqual(short.usage.outputTokens.total, 3)
        const stopped = yield* model.generate({ messages: "Hello!", stop: ["never", " simulator"] })
        assert.deepInclude(stopped, { text: 'You asked: "Hello!" I am a', finishReason: "stop" })
      })
    )
  }

  it.effect("gives scripted responses", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const model = OpenAi.model("told")
      yield* simulator.script("told", Scenario.reply("As you wish."))
      assert.strictEqual((yield* model.generate("Hi")).text, "As you wish.")
      const whole = (usage: Usage.Usage) =>
        new ChatResponse({
          content: [
            { type: "text", text: "Look: " },
            { type: "tool-call", id: "c1", name: "look", input: { at: "it" } }
          ],
          finishReason: "tool-calls",
          usage,
          warnings: [],
          attempts: []
        })
      yield* simulator.script("told", Scenario.reply(whole(Usage.make({ input: 5, output: 7 }))))
      const counted = yield* model.generate("Hi")
      assert.deepInclude(counted.toolCalls[0], { id: "c1", name: "look", input: { at: "it" } })
      assert.deepStrictEqual([counted.usage.inputTokens.total, counted.usage.outputTokens.total], [5, 7])
      yield* simulator.script("told", Scenario.reply(whole(Usage.unknown)))
      assert.isAbove((yield* model.generate("Hi")).usage.outputTokens.total ?? 0, 1)
      yield* simulator.script("told", Scenario.reply("This is no object."))
      const error = yield* Effect.flip(
        ChatModel.generateObject(model, { schema: Schema.Struct({ a: Schema.Int }), request: "An object." })
      )
      assert.strictEqual(error._tag, "StructuredOutputError")
    })
  )

  it.effect("fails with scripted errors and headers", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const headers = { "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "0" }
      yield* simulator.script("told", Scenario.withHeaders(Scenario.status(429), headers))
      const error = yield* Effect.flip(OpenAi.model("told").generate("Hi"))
      assert.deepInclude(error, { _tag: "RateLimitError", limit: "tokens", detail: "Rate limit reached for requests." })
      yield* simulator.script("told", Scenario.withHeaders(Scenario.healthy, headers))
      const { rateLimits } = yield* OpenAi.model("told").generate("Hi")
      assert.deepStrictEqual(rateLimits, { tokens: { limit: 1000, remaining: 0 } })
    })
  )

  it.effect("has a window that long prompts do not fit, and chooses by the request", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const model = Anthropic.model("small")
      yield* simulator.script("small", Scenario.contextWindow(50))
      assert.strictEqual((yield* model.generate("Hi")).finishReason, "stop")
      const error = yield* Effect.flip(model.generate("word ".repeat(100)))
      assert.deepInclude(error, { _tag: "ContextWindowExceededError", limit: 50, requested: 105 })
      yield* simulator.script(
        "small",
        Scenario.choose(({ stream }) => (stream === true ? Scenario.cutAfter(0) : Scenario.reply("whole")))
      )
      assert.strictEqual((yield* model.generate("Hi")).text, "whole")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(model.stream("Hi"))))._tag, "StreamInterruptedError")
    })
  )

  it.effect("breaks any response: a call in the middle of its arguments", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script("torn", Scenario.cutAfter(2, { of: Scenario.toolCall }))
      const events: Array<string> = []
      const error = yield* OpenAi.model("torn")
        .stream({ messages: "Hi", tools: [weather] })
        .pipe(
          Stream.tap(({ type }) => Effect.sync(() => events.push(type))),
          Stream.runDrain,
          Effect.flip
        )
      assert.strictEqual(error._tag, "StreamInterruptedError")
      assert.strictEqual(events.filter((type) => type === "tool-input-delta").length, 2)
      assert.notInclude(events, "tool-call")
    })
  )
})

describe("docs/simulator.md", () => {
  it("names every simulated model", () => {
    const page = readFileSync(`${import.meta.dirname}/../../docs/simulator.md`, "utf8")
    assert.deepStrictEqual(
      Object.keys(simulatedModels).filter((model) => !page.includes(`\`${model}\``)),
      []
    )
  })
})
