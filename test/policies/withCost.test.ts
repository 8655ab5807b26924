import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CatalogCost from "../../src/catalog/Cost.ts"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import { layerWith, type Pricing } from "../../src/catalog/Pricing.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents, toEvents } from "../../src/domain/ChatFold.ts"
import {
  ChatResponse,
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  StreamInterruptedError,
  TimeoutError,
  type Attempt
} from "../../src/domain/ChatResponse.ts"
import { Cost } from "../../src/domain/Cost.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import { type ProviderError, attemptsOf } from "../../src/domain/ProviderError.ts"
import * as Usage from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Retry from "../../src/policies/Retry.ts"
import { costs, withCost } from "../../src/policies/WithCost.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { eventsOf, letTimePass, watch } from "./attemptRows.ts"

const prices = layerWith({
  models: [
    CatalogModel.make({
      provider: "lab",
      id: "small",
      aliases: ["small-2026-11"],
      price: Price.make({ input: 1, output: 10 }, { tiers: { flex: { multiplier: 0.5 } } })
    })
  ],
  prices: { "lab/large": Price.make({ input: 3, output: 30 }) }
})

const provided = <A, E>(effect: Effect.Effect<A, E, Pricing>) => Effect.provide(effect, prices)

const usage = Usage.make({ input: 1000, output: 100 })

const answer = (model: string, more: Partial<ConstructorParameters<typeof ChatResponse>[0]> = {}) =>
  new ChatResponse({
    provider: "lab",
    model,
    content: [{ type: "text", text: "one two three" }],
    finishReason: "stop",
    usage,
    warnings: [],
    attempts: [],
    ...more
  })

const small = (script: ScriptedModel.Script<ProviderError>) => ScriptedModel.make(script, { id: "lab/small" })
const large = (script: ScriptedModel.Script<ProviderError>) => ScriptedModel.make(script, { id: "lab/large" })

const dollars = (cost: Cost | undefined) =>
  cost === undefined ? undefined : cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost.reason._tag

const spent = (attempts: ReadonlyArray<Attempt> | undefined) =>
  attempts?.map(({ cost, error, model }) => [model, error?._tag, dollars(cost)])

/** A stream that tells its usage, writes two words and breaks off. */
const breaksOff = (model: string): ScriptedModel.Turn<ProviderError> => ({
  answer: [
    { type: "response-start", provider: "lab", model },
    { type: "usage", usage: Usage.make({ input: 1000, output: 10 }) },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "one" },
    { type: "text-delta", id: "0", delta: " two" }
  ] satisfies ReadonlyArray<ChatEvent>,
  after: 2
})

const both = (model: ChatModel.ChatModel<unknown, Pricing>) =>
  Effect.gen(function* () {
    const response = yield* model.generate("hi")
    const { events } = yield* watch(model.stream("hi"))
    return [response, eventsOf(events, "finish")[0]!] as const
  })

describe("withCost", () => {
  it.effect("adds the cost to the response and to the finish event", () =>
    Effect.gen(function* () {
      const answers = yield* both(small(answer("small")).pipe(withCost))
      for (const { cost } of answers) {
        assert.strictEqual(dollars(cost), "0.002")
        assert.strictEqual(cost?._tag === "Priced" && cost.row, "lab/small")
      }
    }).pipe(provided)
  )

  it("needs Pricing and adds no error", () => {
    const model = small("x")
    expectTypeOf(model.pipe(withCost)).toEqualTypeOf<ChatModel.ChatModel<ProviderError, Pricing>>()
    expectTypeOf(withCost(model, { region: "eu" })).toEqualTypeOf<ChatModel.ChatModel<ProviderError, Pricing>>()
  })

  it.effect("prices the reported model, else the requested one", () =>
    Effect.gen(function* () {
      const costOf = (id: string, said: string) =>
        Effect.map(both(ScriptedModel.make(answer(said), { id }).pipe(withCost)), (all) =>
          all.map(({ cost }) => dollars(cost))
        )
      assert.deepStrictEqual(yield* costOf("lab/small", "small-2026-11"), ["0.002", "0.002"])
      assert.deepStrictEqual(yield* costOf("lab/small", "weights-v7"), ["0.002", "0.002"])
      assert.deepStrictEqual(yield* costOf("lab/router", "large"), ["0.006", "0.006"])
    }).pipe(provided)
  )

  it.effect("uses the price of a similar name only with `fuzzy`", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(answer("gpt-5-mini", { provider: "ollama" }), { id: "ollama/gpt-5-mini" })
      assert.strictEqual(dollars((yield* withCost(model).generate("hi")).cost), "NoPrice")
      const fuzzy = (yield* withCost(model, { fuzzy: true }).generate("hi")).cost
      assert.strictEqual(fuzzy?._tag === "Priced" && fuzzy.row, "openai/gpt-5-mini")
    }).pipe(provided)
  )

  it.effect("gives a reason in place of a cost, never zero", () =>
    Effect.gen(function* () {
      const silent = small(answer("small", { usage: Usage.unknown })).pipe(withCost)
      for (const { cost } of yield* both(silent)) assert.strictEqual(dollars(cost), "UnknownUsage")
    }).pipe(provided)
  )

  it.effect("prefers the reported cost to the price, and bills the requested tier", () =>
    Effect.gen(function* () {
      const costed = small(answer("small", { usage: { ...usage, reportedCost: "0.5" } })).pipe(withCost)
      for (const { cost } of yield* both(costed)) assert.strictEqual(dollars(cost), "0.5")
      const response = yield* withCost(small(answer("small"))).generate({ messages: "hi", serviceTier: "flex" })
      assert.strictEqual(dollars(response.cost), "0.001")
    }).pipe(provided)
  )

  it.effect("prices the failed attempts of a restarted stream, inside the policies and around them", () =>
    Effect.gen(function* () {
      const [first, second] = [small(breaksOff("small")), large(answer("large"))]
      const within = Fallback.make([withCost(first), withCost(second)], { onInterrupted: "restart" })
      const around = withCost(Fallback.make([first, second], { onInterrupted: "restart" }))
      for (const model of [within, around, withCost(within)]) {
        const { events } = yield* watch(model.stream("hi"))
        const finish = eventsOf(events, "finish")[0]!
        assert.strictEqual(dollars(finish.cost), "0.006")
        assert.deepStrictEqual(spent(finish.attempts)?.[0], ["lab/small", "StreamInterruptedError", "0.0011"])
        assert.deepStrictEqual(spent(eventsOf(events, "restarted")[0]?.attempts), [
          ["lab/small", "StreamInterruptedError", "0.0011"]
        ])
        const failed = finish.attempts?.[0]?.cost
        assert.deepStrictEqual(failed?._tag === "Priced" && failed.flags, [{ _tag: "Estimated" }])
        const sum = CatalogCost.sum(costs(finish))
        assert.strictEqual(BigDecimal.format(sum.total), "0.0071")
        assert.isTrue(sum.complete)
      }
    }).pipe(provided)
  )

  it.effect("prices what was consumed before an error in mid-stream", () =>
    Effect.gen(function* () {
      const model = withCost(small({ ...breaksOff("small"), error: new OverloadedError({}) }))
      const { error } = yield* watch(model.stream("hi"))
      assert.deepStrictEqual(spent(attemptsOf(error)), [["lab/small", "OverloadedError", "0.0011"]])
    }).pipe(provided)
  )

  it.effect("charges nothing for refused requests", () =>
    Effect.gen(function* () {
      const model = small([new RateLimitError({}), answer("small")]).pipe(ChatModel.retry(Retry.standard), withCost)
      const response = yield* letTimePass(model.generate("hi"))
      assert.deepStrictEqual(spent(response.attempts), [
        ["lab/small", "RateLimitError", undefined],
        ["lab/small", undefined, "0.002"]
      ])
      assert.lengthOf(costs(response), 1)
    }).pipe(provided)
  )

  it.effect("is Unpriced if a silent model may have consumed something", () =>
    Effect.gen(function* () {
      const timed = small({ answer: "x", firstToken: "1 hour" }).pipe(ChatModel.timeout({ firstToken: "1 minute" }))
      const chain = Fallback.make([timed, large(answer("large"))]).pipe(withCost)
      const response = yield* letTimePass(chain.generate("hi"))
      assert.deepStrictEqual(spent(response.attempts)?.[0], ["lab/small", "TimeoutError", "UnknownUsage"])
      assert.isFalse(CatalogCost.sum(costs(response)).complete)
      expectTypeOf<TimeoutError>().toExtend<ProviderError>()
    }).pipe(provided)
  )

  it.effect("prices the attempts of a call that failed", () =>
    Effect.gen(function* () {
      const chain = Fallback.make([small(breaksOff("small"))]).pipe(withCost)
      const { error } = yield* watch(chain.stream("hi"))
      assert.instanceOf(error, AllFailedError)
      const expected = [["lab/small", "StreamInterruptedError", "0.0011"]]
      assert.deepStrictEqual(spent((error as AllFailedError).attempts), expected)
      assert.deepStrictEqual(spent(attemptsOf(error)), expected)
    }).pipe(provided)
  )

  it.effect("counts no attempt twice, however often it is applied", () =>
    Effect.gen(function* () {
      const model = small([breaksOff("small"), answer("small")]).pipe(
        withCost,
        withCost,
        ChatModel.retry(Retry.make({ base: 0 }), { onInterrupted: "restart" }),
        withCost
      )
      const { events } = yield* letTimePass(watch(model.stream("hi")))
      assert.deepStrictEqual(spent(eventsOf(events, "finish")[0]?.attempts), [
        ["lab/small", "StreamInterruptedError", "0.0011"],
        ["lab/small", undefined, "0.002"]
      ])
    }).pipe(provided)
  )
})

describe("what withCost bases a price on", () => {
  const scheduled = layerWith({
    models: [],
    prices: {
      "lab/small": {
        versions: [{ rates: { input: 1, output: 10 } }, { from: "1970-01-02", rates: { input: 2, output: 20 } }],
        regions: { eu: 1.5 }
      }
    }
  })

  it.effect("is the price at the start of the call, however long it takes", () =>
    Effect.gen(function* () {
      const model = small({ answer: answer("small"), connect: "2 hours" }).pipe(withCost)
      yield* TestClock.adjust("23 hours")
      const before = yield* letTimePass(model.generate("hi"))
      assert.strictEqual(dollars(before.cost), "0.002")
      const after = yield* letTimePass(model.generate("hi"))
      assert.strictEqual(dollars(after.cost), "0.004")
    }).pipe(Effect.provide(scheduled))
  )

  it.effect("is the region in the options if the provider reports none", () =>
    Effect.gen(function* () {
      const inRegion = (region: string | undefined, reported?: string) =>
        withCost(small(answer("small", { usage: { ...usage, region: reported } })), { region }).generate("hi")
      assert.strictEqual(dollars((yield* inRegion("eu")).cost), "0.003")
      assert.strictEqual(dollars((yield* inRegion(undefined)).cost), "0.002")
      assert.strictEqual(dollars((yield* inRegion("eu", "global")).cost), "0.002")
    }).pipe(Effect.provide(scheduled))
  )

  it.effect("is unknown usage if a stream ends without usage, with no invented attempts", () =>
    Effect.gen(function* () {
      const model = ChatModel.make<never, never>({
        id: "lab/small",
        generate: () => Effect.succeed(answer("small")),
        stream: () =>
          Stream.fromArray<ChatEvent>([
            { type: "response-start", provider: "lab", model: "small" },
            { type: "finish", finishReason: "stop", usage: Usage.unknown }
          ])
      })
      const [response, finish] = yield* both(withCost(model))
      assert.deepStrictEqual([dollars(response.cost), response.attempts], ["0.002", []])
      assert.deepStrictEqual([dollars(finish.cost), finish.attempts], ["UnknownUsage", undefined])
    }).pipe(provided)
  )

  it.effect("is the reported model as long as later metadata names no other", () =>
    Effect.gen(function* () {
      const events: ReadonlyArray<ChatEvent> = [
        { type: "response-start", provider: "lab", model: "large" },
        { type: "response-metadata", id: "r-1" },
        { type: "finish", finishReason: "stop", usage }
      ]
      const model = ChatModel.make<never, never>({
        id: "lab/unpriced",
        generate: () => Effect.never,
        stream: () => Stream.fromArray(events)
      })
      const { events: seen } = yield* watch(withCost(model).stream("hi"))
      assert.strictEqual(dollars(eventsOf(seen, "finish")[0]?.cost), "0.006")
    }).pipe(provided)
  )

  it.effect("is not a price without a reported provider", () =>
    Effect.gen(function* () {
      const events: ReadonlyArray<ChatEvent> = [{ type: "finish", finishReason: "stop", usage }]
      const model = ChatModel.make<never, never>({
        id: "lab/unpriced",
        generate: () => Effect.never,
        stream: () => Stream.fromArray(events)
      })
      const { events: seen } = yield* watch(withCost(model).stream("hi"))
      assert.strictEqual(dollars(eventsOf(seen, "finish")[0]?.cost), "NoPrice")
    }).pipe(provided)
  )

  it.effect("is nothing if an inner model has computed the cost", () =>
    Effect.gen(function* () {
      const free: Cost = { _tag: "Unpriced", reason: { _tag: "Subscription" }, row: undefined }
      const response = yield* withCost(small(answer("small", { cost: free }))).generate("hi")
      assert.deepStrictEqual(response.cost, free)
    }).pipe(provided)
  )
})

describe("withCost inside and around other policies", () => {
  it.effect("shows a time limit further out the events of a response as they arrive", () =>
    Effect.gen(function* () {
      const model = small({ answer: "one two three four", gap: 600 })
      const limited = model.pipe(withCost, ChatModel.timeout({ connect: "1 second", idle: "1 second" }))
      const response = yield* letTimePass(limited.generate("hi"))
      assert.strictEqual(response.text, "one two three four")
      assert.isTrue(model.calls[0]?.stream)
    }).pipe(provided)
  )

  it.effect("prices the response of a chain by the model that gave it, if its reported name has no price", () =>
    Effect.gen(function* () {
      const weights = answer("weights-v7")
      const chain = withCost(Fallback.make([small(new OverloadedError({})), large([weights, weights])]))
      const [response, finish] = yield* both(chain)
      assert.deepStrictEqual([dollars(response.cost), dollars(finish.cost)], ["0.006", "0.006"])
    }).pipe(provided)
  )

  it.effect("adds no cost to a `restarted` event itself", () =>
    Effect.gen(function* () {
      const chain = Fallback.make([small(breaksOff("small")), large(answer("large"))], { onInterrupted: "restart" })
      const { events } = yield* watch(withCost(chain).stream("hi"))
      const restarted = eventsOf(events, "restarted")
      assert.lengthOf(restarted, 1)
      assert.notProperty(restarted[0], "cost")
    }).pipe(provided)
  )
})

describe("the price that withCost looks up", () => {
  const listed = layerWith({
    models: [
      CatalogModel.make({ provider: "lab", id: "unpriced" }),
      CatalogModel.make({ provider: "lab", id: "small", price: Price.make({ input: 1, output: 10 }) })
    ]
  })

  it.effect("is that of the requested model if the reported one is known without a price", () =>
    Effect.gen(function* () {
      for (const fuzzy of [false, true]) {
        const response = yield* withCost(small(answer("unpriced")), { fuzzy }).generate("hi")
        assert.strictEqual(dollars(response.cost), "0.002")
      }
    }).pipe(Effect.provide(listed))
  )

  it.effect("is not that of a reported name without its provider", () =>
    Effect.gen(function* () {
      const model = ChatModel.make<never, never>({
        id: "lab/unpriced",
        generate: () => Effect.never,
        stream: () =>
          Stream.fromArray<ChatEvent>([
            { type: "response-start", model: "gpt-5-mini" },
            { type: "finish", finishReason: "stop", usage }
          ])
      })
      const { events } = yield* watch(withCost(model, { fuzzy: true }).stream("hi"))
      assert.strictEqual(dollars(eventsOf(events, "finish")[0]?.cost), "NoPrice")
    }).pipe(Effect.provide(listed))
  )
})

describe("the cost of a failed attempt", () => {
  const costOfFailure = (error: ProviderError) =>
    Effect.gen(function* () {
      const failed = yield* letTimePass(Effect.flip(withCost(small({ connect: 70, error })).generate("hi")))
      assert.strictEqual(failed, error)
      const attempts = attemptsOf(failed)
      assert.lengthOf(attempts, 1)
      assert.deepStrictEqual(attempts[0]?.duration, Duration.millis(70))
      const cost = attempts[0]?.cost
      if (cost?._tag === "Unpriced") assert.deepStrictEqual(cost.reason, { _tag: "UnknownUsage", side: "output" })
      return dollars(attempts[0]?.cost)
    })
  const timedOut = (phase: TimeoutError["phase"]) => new TimeoutError({ phase, duration: Duration.seconds(1) })

  it.effect("is unknown if the model may have run, and none if it cannot have", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* costOfFailure(timedOut("first-token")), "UnknownUsage")
      assert.strictEqual(yield* costOfFailure(timedOut("idle")), "UnknownUsage")
      assert.strictEqual(yield* costOfFailure(timedOut("total")), "UnknownUsage")
      assert.isUndefined(yield* costOfFailure(timedOut("connect")))
      assert.strictEqual(yield* costOfFailure(new ResponseParseError({})), "UnknownUsage")
      assert.isUndefined(yield* costOfFailure(new OverloadedError({})))
    }).pipe(provided)
  )

  it.effect("is that of the usage in the partial response, or unknown without usage", () =>
    Effect.gen(function* () {
      const partial = (reported: Usage.Usage) =>
        costOfFailure(new StreamInterruptedError({ partial: answer("small", { usage: reported }) }))
      assert.strictEqual(yield* partial(Usage.make({ input: 1000, output: 10 })), "0.0011")
      assert.strictEqual(yield* partial(Usage.unknown), "UnknownUsage")
      assert.strictEqual(yield* partial(Usage.make({ input: 1000 })), "UnknownUsage")
    }).pipe(provided)
  )

  it.effect("is by choice an estimate of what arrived, as far as its usage is not reported", () =>
    Effect.gen(function* () {
      const options = { unreported: "estimate" } as const
      const cutWith = (reported: Usage.Usage) =>
        new StreamInterruptedError({ partial: answer("small", { usage: reported }) })
      const costs = (error: ProviderError) =>
        Effect.map(Effect.flip(withCost(small(error), options).generate("hi")), (failed) => attemptsOf(failed)[0]?.cost)
      // Thirteen characters are four tokens.
      const partly = yield* costs(cutWith(Usage.make({ input: 1000 })))
      assert.strictEqual(dollars(partly), "0.00104")
      assert.deepStrictEqual(partly?._tag === "Priced" && partly.flags, [{ _tag: "Estimated" }])
      assert.strictEqual(dollars(yield* costs(cutWith(Usage.make({ input: 1000, output: 10 })))), "0.0011")
      const whole = yield* costs(cutWith(Usage.unknown))
      assert.isTrue(
        whole?._tag === "Priced" && BigDecimal.isGreaterThan(whole.total, BigDecimal.fromStringUnsafe("0.00004"))
      )
      assert.strictEqual(dollars(yield* costs(new ResponseParseError({}))), "UnknownUsage")
      assert.isUndefined(dollars(yield* costs(new OverloadedError({}))))
      const retried = withCost(
        small([cutWith(Usage.make({ input: 1000 })), answer("small")]).pipe(
          ChatModel.retry(Retry.make({ base: 0, times: 1 }), { while: () => true })
        ),
        options
      )
      const { attempts } = yield* letTimePass(retried.generate("hi"))
      assert.deepStrictEqual(spent(attempts), [
        ["lab/small", "StreamInterruptedError", "0.00104"],
        ["lab/small", undefined, "0.002"]
      ])
    }).pipe(provided)
  )

  it.effect("is not the usage that an earlier attempt reported", () =>
    Effect.gen(function* () {
      const script = [breaksOff("small"), new OverloadedError({}), new RateLimitError({})]
      const model = small(script).pipe(
        ChatModel.retry(Retry.make({ base: 0, times: 2 }), {
          onInterrupted: "restart",
          while: () => true
        }),
        withCost
      )
      const { error } = yield* letTimePass(watch(model.stream("hi")))
      assert.deepStrictEqual(spent(attemptsOf(error)), [
        ["lab/small", "StreamInterruptedError", "0.0011"],
        ["lab/small", "OverloadedError", undefined],
        ["lab/small", "RateLimitError", undefined]
      ])
    }).pipe(provided)
  )

  it.effect("keeps the fields of AllFailedError", () =>
    Effect.gen(function* () {
      const chain = Fallback.make([small(new OverloadedError({})), large(new RateLimitError({}))]).pipe(withCost)
      const error = yield* Effect.flip(chain.generate("hi"))
      assert.deepStrictEqual(error.models, ["lab/small", "lab/large"])
      assert.deepStrictEqual(spent(error.attempts), [
        ["lab/small", "OverloadedError", undefined],
        ["lab/large", "RateLimitError", undefined]
      ])
    }).pipe(provided)
  )
})

describe("Cost of the domain", () => {
  it("is the catalog's cost, type for type", () => {
    expectTypeOf<CatalogCost.Cost>().toExtend<Cost>()
    expectTypeOf<Cost>().toExtend<CatalogCost.Cost>()
  })

  it.effect("survives JSON, folding and unfolding", () =>
    Effect.gen(function* () {
      const response = yield* small(answer("small")).pipe(withCost).generate("hi")
      const Codec = Schema.toCodecJson(ChatResponse)
      const json = JSON.stringify(Schema.encodeSync(Codec)(response))
      const back = Schema.decodeUnknownSync(Codec)(JSON.parse(json))
      assert.strictEqual(dollars(back.cost), "0.002")
      assert.include(json, `"total":"0.002"`)
      assert.deepStrictEqual(foldEvents(toEvents(response)).cost, response.cost)
    }).pipe(provided)
  )

  it("has the same schema as the catalog's", () => {
    const cost = { _tag: "Unpriced", reason: { _tag: "NoRate", meter: "output" } } as const
    assert.deepStrictEqual(Schema.encodeSync(Cost)(cost), Schema.encodeSync(CatalogCost.Cost)(cost))
  })

  it.effect("prices a stream by the model that it names last", () =>
    Effect.gen(function* () {
      const events: ReadonlyArray<ChatEvent> = [
        { type: "response-start", provider: "lab", model: "large" },
        { type: "response-metadata", model: "small-2026-11" },
        { type: "finish", finishReason: "stop", usage }
      ]
      const model = ChatModel.make<never, never>({
        id: "lab/unpriced",
        generate: () => Effect.never,
        stream: () => Stream.fromArray(events)
      })
      const seen = yield* watch(withCost(model).stream("hi"))
      assert.strictEqual(dollars(eventsOf(seen.events, "finish")[0]?.cost), "0.002")
    }).pipe(provided)
  )
})

describe("withCost of usage that no provider reports", () => {
  const content: ChatResponse["content"] = [
    { type: "reasoning", text: "hm ".repeat(200) },
    { type: "text", text: "one two three ".repeat(100) },
    { type: "tool-call", id: "1", name: "find", input: { what: "x".repeat(400) } }
  ]
  const costsOf = (content: ChatResponse["content"], options?: Parameters<typeof withCost>[1]) =>
    Effect.gen(function* () {
      const script = () => answer("small", { content, usage: Usage.unknown })
      const model = withCost(ScriptedModel.make(script, { id: "lab/small" }), options)
      const whole = yield* model.generate("Hi")
      const streamed = foldEvents(yield* Stream.runCollect(model.stream("Hi")))
      return [whole.cost, streamed.cost]
    }).pipe(provided)
  const amount = (cost: Cost | undefined) =>
    cost?._tag === "Priced" ? Number(BigDecimal.format(cost.total)) : Number.NaN

  it.effect("is estimated from the request and the output, whole or streamed, with `estimate`", () =>
    Effect.gen(function* () {
      const [whole, streamed] = yield* costsOf(content, { unreported: "estimate" })
      for (const cost of [whole, streamed]) {
        assert.deepStrictEqual(cost?._tag === "Priced" && cost.flags, [{ _tag: "Estimated" }])
      }
      assert.closeTo(amount(streamed), amount(whole), amount(whole) / 100)
      for (const part of content) {
        const [less] = yield* costsOf(
          content.filter((other) => other !== part),
          { unreported: "estimate" }
        )
        assert.isBelow(amount(less), amount(whole) * 0.95, part.type)
      }
    })
  )

  it.effect("is unknown otherwise", () =>
    Effect.gen(function* () {
      for (const cost of yield* costsOf(content)) assert.strictEqual(cost?._tag, "Unpriced")
    })
  )
})
