/** What a cache does with calls of every capability, whole and streamed. */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Duration, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import { Persistence } from "effect/persistence"
import { TestClock } from "effect/testing"
import type { CallEvent } from "../../../src/domain/CallEvent.ts"
import type { CallResponse } from "../../../src/domain/CallResponse.ts"
import type { Capability, Chat, Image } from "../../../src/domain/Capability.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { withFields } from "../../../src/domain/ResponseFields.ts"
import { kind as chat } from "../../../src/model/ChatModel.ts"
import { kind as image } from "../../../src/model/ImageModel.ts"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import { CurrentDecisionObserver, type Decision } from "../../../src/policies/Decision.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Timeout from "../../../src/policies/Timeout.ts"
import { OpenAi } from "../../../src/providers/OpenAi.ts"
import { answers, type CallRecord, fails, forEveryCall, Script, scripted, usage } from "../capabilities.ts"
import { dollars, priced } from "../priced.ts"

const hour = { ttl: "1 hour", tenant: "a" } as const
const memory = Effect.provide(ResponseCache.layerMemory())

/** Runs an effect to its end, however long its time. */
const letEnd = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (let step = 0; step < 4; step++) yield* TestClock.adjust("30 seconds")
    return yield* Fiber.join(fiber)
  })

/** What does not depend on which call it was. */
const essence = (response: CallResponse): CallResponse =>
  withFields(response, { cached: undefined, cost: undefined, timings: undefined, attempts: [] })

const decisions = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const made: Array<Decision["type"]> = []
    const result = yield* Effect.provideService(effect, CurrentDecisionObserver, ({ type }) => void made.push(type))
    return { result, made }
  })

/** Caches within and around other policies. */
type Stack = <C extends Capability, E, R>(
  model: Model.Model<C, E, R>
) => Model.Model<C, unknown, R | Pricing | Persistence.Persistence>

const cached = ResponseCache.make(hour)
const stacks: ReadonlyArray<Stack> = [
  (model) => cached(Model.withCost(model)),
  (model) => Model.withCost(cached(model)),
  (model) => Model.retry(Model.withCost(cached(model)), Retry.standard),
  (model) => Model.withCost(Model.retry(cached(model), Retry.standard)),
  (model) => Timeout.standard(cached(Model.withCost(model)))
]

const saying = (content: ReadonlyArray<AssistantPart>, finishReason: ChatResponse["finishReason"] = "stop") =>
  new ChatResponse({ content, finishReason, usage, warnings: [], attempts: [] })

const text = [{ type: "text", text: "Hello" }] as const

/** A chat model that gives this response, with its calls counted. */
const replying = (response: ChatResponse) => {
  const calls = { made: 0 }
  const model = Model.make<Chat, never, never>({
    id: "lab/0",
    kind: chat,
    generate: () => Effect.sync(() => (calls.made++, response))
  })
  return { calls, model }
}

describe("a cache", () => {
  forEveryCall("gives back what succeeded, and nothing else", (call) =>
    it.effect.prop(
      call.name,
      { script: Script },
      ({ script }) =>
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const model = ResponseCache.make(hour)(scripted(call, script, calls))
          const first = yield* letEnd(Effect.exit(Effect.timeout(call.run(model), "1 minute")))
          const madeAtMillis = calls[0]?.endedAtMillis ?? 0
          const events: Array<CallEvent> = []
          const second = yield* letEnd(
            Effect.exit(Effect.timeout(call.run(model, { see: (event) => void events.push(event) }), "1 minute"))
          )
          assert.strictEqual(calls.length, Exit.isSuccess(first) ? 1 : 2)
          if (Exit.isFailure(first)) return
          if (Exit.isFailure(second)) return assert.fail("the second call failed")
          assert.isUndefined(first.value.cached)
          assert.deepStrictEqual(essence(second.value), essence(first.value))
          assert.strictEqual(dollars(second.value.cost), "0")
          assert.deepStrictEqual(second.value.usage, usage)
          assert.deepStrictEqual(second.value.timings, { total: Duration.zero })
          assert.deepStrictEqual(second.value.cached, { at: DateTime.makeUnsafe(madeAtMillis) })
          if (call.isStream) {
            const [start, end] = [events[0], events.at(-1)]
            assert.deepStrictEqual([start?.type, end?.type], ["response-start", "finish"])
            assert.deepStrictEqual([start?.cached, end?.cached], [second.value.cached, second.value.cached])
          }
        }).pipe(memory),
      { arbitrary: { runs: 12 } }
    )
  )

  forEveryCall("passes on what arrives as it arrives, and forgets a stream that its reader left", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const bare = scripted(call, [answers])
        const model = ResponseCache.make(hour)(scripted(call, [answers], calls))
        if (!call.isStream) return
        yield* letEnd(call.leave(model, 3))
        const times = <E, R>(model: Parameters<typeof call.run<E, R>>[0]) =>
          Effect.gen(function* () {
            const seen: Array<readonly [number, string]> = []
            const clock = yield* Effect.clockWith(Effect.succeed)
            const startedAtMillis = clock.currentTimeMillisUnsafe()
            const see = ({ type }: CallEvent) =>
              void seen.push([clock.currentTimeMillisUnsafe() - startedAtMillis, type])
            yield* letEnd(call.run(model, { see }))
            return seen
          })
        assert.deepStrictEqual(yield* times(model), yield* times(bare))
        assert.strictEqual(calls.length, 2)
      }).pipe(memory)
    )
  )

  forEveryCall("is shared by whole calls and streams, among equal tenants only", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const cached = (tenant: string) => ResponseCache.make({ ...hour, tenant })(scripted(call, [answers], calls))
        yield* letEnd(call.run(cached("a")))
        const whole = yield* letEnd(cached("a").generate(call.request))
        assert.isDefined(whole.cached)
        assert.strictEqual(calls.length, 1)
        assert.isUndefined((yield* letEnd(call.run(cached("b")))).cached)
        assert.strictEqual(calls.length, 2)
      }).pipe(memory)
    )
  )

  forEveryCall("costs nothing when it hits, within and around what computes costs", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const ends: Array<readonly [string | undefined, number]> = []
        for (const [index, stack] of stacks.entries()) {
          ends.length = 0
          const model = Model.onEnd(stack(scripted(call, [answers])), ({ attempts, cost }) =>
            Effect.sync(() => void ends.push([dollars(cost), attempts.length]))
          )
          const namespaced = ResponseCache.control({ namespace: `n${index}` })
          const first = yield* letEnd(namespaced(call.run(model)))
          const second = yield* letEnd(namespaced(call.run(model)))
          assert.deepStrictEqual([dollars(first.cost), dollars(second.cost)], ["0.002", "0"], String(index))
          assert.strictEqual(second.cost?._tag === "Priced" && second.cost.flags[0]?._tag, "Cached")
          assert.deepStrictEqual(ends, [
            ["0.002", 1],
            ["0", 1]
          ])
          assert.deepStrictEqual(
            second.attempts.map(({ cost }) => dollars(cost)),
            ["0"]
          )
          assert.isTrue(Model.costs(second).every((cost) => cost._tag === "Priced" && BigDecimal.isZero(cost.total)))
        }
      }).pipe(memory, priced)
    )
  )
})

describe("what is cached", () => {
  it.effect("is forgotten after its time to live", () =>
    Effect.gen(function* () {
      const { calls, model } = replying(saying(text))
      const cached = ResponseCache.make(hour)(model)
      yield* cached.generate("Hi")
      yield* TestClock.adjust("59 minutes")
      const hit = yield* cached.generate("Hi")
      assert.strictEqual(DateTime.toEpochMillis(hit.cached?.at ?? DateTime.makeUnsafe(1)), 0)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined((yield* cached.generate("Hi")).cached)
      assert.strictEqual(calls.made, 2)
    }).pipe(memory)
  )

  it.effect("has the same age in an outer cache as in the inner one", () =>
    Effect.gen(function* () {
      const { calls, model } = replying(saying(text))
      const inner = ResponseCache.make({ ...hour, namespace: "inner" })(model)
      const outer = ResponseCache.make({ ...hour, namespace: "outer" })(inner)
      yield* inner.generate("Hi")
      yield* TestClock.adjust("30 minutes")
      yield* outer.generate("Hi")
      yield* TestClock.adjust("29 minutes")
      assert.isDefined((yield* outer.generate("Hi")).cached)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined((yield* outer.generate("Hi")).cached)
      assert.strictEqual(calls.made, 2)
    }).pipe(memory)
  )

  const cases: ReadonlyArray<readonly [string, ChatResponse, boolean]> = [
    ["a text", saying(text), true],
    ["a tool call", saying([{ type: "tool-call", id: "1", name: "f", input: {} }], "tool-calls"), true],
    ["bytes", saying([{ type: "image", data: new Uint8Array([1]), mediaType: "image/png" }]), true],
    ["a response that hit its limit", saying(text, "length"), false],
    ["a filtered response", saying(text, "content-filter"), false],
    ["a response that ended for another reason", saying(text, "other"), false],
    ["a refusal", saying([{ type: "refusal", text: "No" }]), false],
    ["an empty response", saying([]), false],
    ["a link", saying([{ type: "image", data: "https://example.com/1.png" }]), false],
    ["a stored file", saying([{ type: "audio", data: { fileId: "1" }, mediaType: "audio/mpeg" }]), false]
  ]
  for (const [name, response, isKept] of cases) {
    it.effect(`is ${isKept ? "" : "not "}${name}`, () =>
      Effect.gen(function* () {
        const cached = ResponseCache.make(hour)(replying(response).model)
        yield* cached.generate("Hi")
        const second = yield* cached.generate("Hi")
        assert.strictEqual(second.cached !== undefined, isKept)
        assert.deepStrictEqual(second.content, response.content)
      }).pipe(memory)
    )
  }

  it.effect("is neither a link to an image, nor longer than permitted, nor what `isReusable` rejects", () =>
    Effect.gen(function* () {
      const images = Model.make<Image, never, never>({
        id: "lab/images",
        kind: image,
        generate: ({ prompt }) =>
          Effect.succeed({
            images: [{ data: prompt === "bytes" ? new Uint8Array(9) : "https://example.com" }],
            usage,
            warnings: [],
            attempts: []
          })
      })
      const twice = (
        prompt: string,
        options: Partial<ResponseCache.CacheOptions>
      ): Effect.Effect<boolean, never, Persistence.Persistence> => {
        const cached = ResponseCache.make({ ...hour, ...options })(images)
        return Effect.map(
          Effect.andThen(cached.generate(prompt), cached.generate(prompt)),
          ({ cached }) => cached !== undefined
        )
      }
      assert.isFalse(yield* twice("link", {}))
      assert.isFalse(yield* twice("bytes", { maxEntryBytes: 100 }))
      assert.isFalse(yield* twice("bytes", { isReusable: ({ warnings }) => warnings.length > 0 }))
      assert.isTrue(yield* twice("bytes", {}))
    }).pipe(memory)
  )

  it.effect("is bounded in memory by entries and by bytes, least recently used first", () =>
    Effect.gen(function* () {
      const cached = ResponseCache.make(hour)(replying(saying(text)).model)
      const isHit = (prompt: string) => Effect.map(cached.generate(prompt), ({ cached }) => cached !== undefined)
      const fill = Effect.forEach(["1", "2", "1", "3", "4"], isHit)
      const found = Effect.forEach(["4", "1", "3", "2"], isHit)
      const three = yield* Effect.andThen(fill, found).pipe(Effect.provide(ResponseCache.layerMemory({ capacity: 3 })))
      assert.deepStrictEqual(three, [true, true, true, false])
      const none = yield* Effect.andThen(fill, found).pipe(Effect.provide(ResponseCache.layerMemory({ bytes: 100 })))
      assert.deepStrictEqual(none, [false, false, false, false])
    })
  )

  it.effect("can be cleared by namespace", () =>
    Effect.gen(function* () {
      const { model } = replying(saying(text))
      const [one, two] = ["one", "two"].map((namespace) => ResponseCache.make({ ...hour, namespace })(model))
      yield* Effect.all([one!.generate("Hi"), two!.generate("Hi")])
      yield* ResponseCache.clear("one")
      assert.isUndefined((yield* one!.generate("Hi")).cached)
      assert.isDefined((yield* two!.generate("Hi")).cached)
    }).pipe(memory)
  )
})

describe("a call", () => {
  it.effect("may opt out of the cache: as an effect, a stream or a model", () =>
    Effect.gen(function* () {
      const { calls, model } = replying(saying(text))
      const cached = ResponseCache.make(hour)(model)
      const noStore = ResponseCache.control({ mode: "no-store" })
      yield* noStore(cached.generate("Hi"))
      yield* noStore(cached).generate("Hi")
      assert.isUndefined((yield* cached.generate("Hi")).cached)
      assert.strictEqual(calls.made, 3)
      assert.isUndefined((yield* noStore(cached.generate("Hi"))).cached)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined((yield* cached.generate("Hi").pipe(ResponseCache.control({ mode: "refresh" }))).cached)
      assert.strictEqual(calls.made, 5)
      const hit = yield* cached.generate("Hi")
      assert.strictEqual(hit.cached && DateTime.toEpochMillis(hit.cached.at), 60_000)
      yield* TestClock.adjust("10 minutes")
      assert.isUndefined((yield* cached.generate("Hi").pipe(ResponseCache.control({ ttl: "5 minutes" }))).cached)
      assert.isUndefined((yield* cached.generate("Hi").pipe(ResponseCache.control({ namespace: "else" }))).cached)
    }).pipe(memory)
  )

  it.effect("with other credentials is a different call", () =>
    Effect.gen(function* () {
      const { calls, model } = replying(saying(text))
      const cached = ResponseCache.make(hour)(model)
      const as = (key: string) => OpenAi.withCredentials({ apiKey: Redacted.make(key) })
      yield* cached.generate("Hi").pipe(as("sk-1"))
      yield* cached.generate("Hi").pipe(as("sk-2"))
      yield* cached.generate("Hi")
      yield* ResponseCache.make(hour)(model.pipe(as("sk-1"))).generate("Hi")
      assert.strictEqual(calls.made, 4)
      assert.isDefined((yield* cached.generate("Hi").pipe(as("sk-1"))).cached)
    }).pipe(memory)
  )

  it.effect("that is rejected never gets the response of an empty request", () =>
    Effect.gen(function* () {
      const { model } = replying(saying(text))
      const cached = ResponseCache.make(hour)(model)
      yield* cached.generate({ messages: [] })
      const refused = yield* Effect.exit(cached.generate({ messages: "Hi", temperature: "hot" } as never))
      assert.isTrue(Exit.isFailure(refused))
    }).pipe(memory)
  )

  it.effect("does not get the rate limits of the original response", () =>
    Effect.gen(function* () {
      const limited = saying(text).with({ rateLimits: { requests: { remaining: 0 } } as never, requestId: "r1" })
      const cached = ResponseCache.make(hour)(replying(limited).model)
      yield* cached.generate("Hi")
      const hit = yield* cached.generate("Hi")
      assert.isUndefined(hit.rateLimits)
      assert.strictEqual(hit.requestId, "r1")
      assert.isTrue(hit instanceof ChatResponse)
      assert.strictEqual(hit.text, "Hello")
    }).pipe(memory)
  )

  it.effect("records a hit, a miss, and a failure of the store", () =>
    Effect.gen(function* () {
      const cached = ResponseCache.make(hour)(replying(saying(text)).model)
      const { made } = yield* decisions(Effect.andThen(cached.generate("Hi"), cached.generate("Hi"))).pipe(memory)
      assert.deepStrictEqual(made, ["cache-miss", "cache-hit"])
      const broken = Effect.provide(brokenStore(Effect.die("down")))
      const failed = yield* decisions(cached.generate("Hi")).pipe(broken)
      assert.deepStrictEqual(failed.made, ["store-failed", "cache-miss", "store-failed"])
    })
  )
})

/** A store whose every access does this. */
const brokenStore = (access: Effect.Effect<never>) =>
  Layer.provide(
    Persistence.layer,
    Layer.succeed(Persistence.BackingPersistence, {
      make: () =>
        Effect.succeed({
          get: () => access,
          getMany: () => access,
          set: () => access,
          setMany: () => access,
          remove: () => access,
          clear: access
        })
    })
  )

describe("a store that does not respond", () => {
  for (const [name, access] of [
    ["fails", Effect.die("down")],
    ["hangs", Effect.never],
    ["hangs and cannot be interrupted", Effect.uninterruptible(Effect.never)]
  ] as const) {
    it.effect(`is a miss when it ${name}, within its time limit`, () =>
      Effect.gen(function* () {
        const { calls, model } = replying(saying(text))
        const cached = ResponseCache.make({ ...hour, storeTimeout: "100 millis" })(model)
        const fiber = yield* Effect.forkChild(cached.generate("Hi"))
        yield* TestClock.adjust("100 millis")
        assert.isDefined(fiber.pollUnsafe())
        assert.strictEqual((yield* Fiber.join(fiber)).text, "Hello")
        // What was too slow a moment ago is not waited for again.
        const next = yield* Effect.forkChild(cached.generate("Hi"), { startImmediately: true })
        yield* Effect.yieldNow
        assert.isDefined(next.pollUnsafe())
        assert.strictEqual(calls.made, 2)
      }).pipe(Effect.provide(brokenStore(access)))
    )
  }

  it.effect("delays nothing while it writes", () =>
    Effect.gen(function* () {
      const slow = Layer.effect(
        Persistence.Persistence,
        Effect.map(Persistence.Persistence, ({ make }) => ({
          make: (options: Parameters<typeof make>[0]) =>
            Effect.map(make(options), (store) => ({
              ...store,
              set: (...args: Parameters<typeof store.set>) => Effect.delay(store.set(...args), "50 millis")
            }))
        }))
      ).pipe(Layer.provide(ResponseCache.layerMemory()))
      yield* Effect.gen(function* () {
        const { calls, model } = replying(saying(text))
        const cached = ResponseCache.make(hour)(model)
        yield* cached.generate("Hi")
        // The next call of the same waits for the write, and finds what was written.
        const next = yield* Effect.forkChild(cached.generate("Hi"))
        yield* TestClock.adjust("50 millis")
        assert.isDefined((yield* Fiber.join(next)).cached)
        assert.strictEqual(calls.made, 1)
      }).pipe(Effect.provide(slow as Layer.Layer<Persistence.Persistence>))
    })
  )
})

it.effect("a cache leaves failures to outer policies", () =>
  Effect.gen(function* () {
    const calls: Array<CallRecord> = []
    const lab = scripted(
      { kind: chat, request: { messages: [] }, respond: () => saying(text), read: () => [] },
      [fails, answers],
      calls
    )
    const model = Model.retry(ResponseCache.make(hour)(lab), Retry.standard)
    const response = yield* letEnd(model.generate("Hi"))
    assert.deepStrictEqual(
      response.attempts.map(({ error }) => error?._tag),
      ["ServerError", undefined]
    )
    assert.isDefined((yield* letEnd(model.generate("Hi"))).cached)
    assert.strictEqual(calls.length, 2)
  }).pipe(memory)
)

it.effect("a cached stream is observed by policies that observe streams", () =>
  Effect.gen(function* () {
    const streaming = Model.make<Chat, never, never>({
      id: "lab/0",
      kind: chat,
      generate: () => Effect.never,
      stream: () => Stream.fromIterable(chat.streaming?.unfold?.(saying(text)) ?? [])
    })
    const cached = ResponseCache.make(hour)(streaming)
    // A reader that stops with the last event has read the stream to its end.
    const untilFinish = Stream.runCollect(Stream.takeUntil(cached.stream("Hi"), ({ type }) => type === "finish"))
    yield* untilFinish
    const last = (yield* untilFinish).at(-1)
    assert.isDefined(last?.type === "finish" ? last.cached : undefined)
  }).pipe(memory)
)
