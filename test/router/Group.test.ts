/** A group is a model of any capability: who is called, who is left out and why, and what follows after a failure. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Array as Arr, BigDecimal, Clock, Duration, Effect, Exit, Fiber, Random, Result, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import {
  AuthenticationError,
  ContextWindowExceededError,
  InvalidRequestError,
  QuotaExceededError
} from "../../src/domain/CallErrors.ts"
import type { Capability, Chat, Embedding } from "../../src/domain/Capability.ts"
import {
  BudgetExceededError,
  ContentPolicyError,
  GuardrailError,
  type PolicyError,
  RateLimitError,
  ServerError
} from "../../src/domain/ChatResponse.ts"
import { LocalRateLimitError, PolicyStoreError } from "../../src/domain/PolicyErrors.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Price from "../../src/catalog/Price.ts"
import * as Budget from "../../src/policies/Budget.ts"
import { Budgets } from "../../src/policies/Budgets.ts"
import * as Coalesce from "../../src/policies/Coalesce.ts"
import * as ResponseCache from "../../src/policies/ResponseCache.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as Model from "../../src/policies/Model.ts"
import { CurrentDecisionObserver, type Decision } from "../../src/policies/Decision.ts"
import { Anthropic } from "../../src/providers/Anthropic.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import type { Deployment } from "../../src/router/Deployment.ts"
import * as Group from "../../src/router/Group.ts"
import * as Override from "../../src/router/Override.ts"
import * as Plan from "../../src/router/Plan.ts"
import * as Strategy from "../../src/router/Strategy.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import {
  answers,
  type Call,
  type CallRecord,
  chats,
  fails,
  forEveryCall,
  scripted,
  type Turn
} from "../policies/capabilities.ts"
import { metered, pricing } from "../policies/budget/metered.ts"

const server = () => new ServerError({ provider: "lab", status: 500 })
const limited = (seconds: number) =>
  new RateLimitError({ provider: "lab", status: 429, retryAfter: Duration.seconds(seconds) })

const model = (id: string, script: ScriptedModel.Script<ProviderError> = () => "fine", contextWindow?: number) =>
  ScriptedModel.make<ProviderError>(script, { id, contextWindow })

const inOrder = (...models: ReadonlyArray<ScriptedModel.ScriptedModel>) =>
  models.map((model, order) => ({ model, order }))

const letEnd = <A, E>(effect: Effect.Effect<A, E>, time: Duration.Input = "1 minute") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust(time)
    return yield* Fiber.await(fiber)
  })

const deploymentsOf = (attempts: ReadonlyArray<{ readonly deployment?: string | undefined }>) =>
  attempts.map(({ deployment }) => deployment)

const inOverride = (override: Override.Override) => Effect.provideService(Override.CurrentOverride, override)

const failureOf = <A, E>(effect: Effect.Effect<A, E>) => Effect.flip(effect)

const groupOf = <C extends Capability>(call: Call<C>, turns: ReadonlyArray<Turn>, calls: Array<CallRecord> = []) =>
  Group.make(
    "group",
    turns.map((turn, order) => ({
      model: scripted(call, [turn], calls, `lab${order}/${order}`),
      order,
      name: `d${order}`
    })),
    { kind: call.kind }
  )

describe("a group of any capability", () => {
  forEveryCall("serves a call by the next deployment, and names those that it called", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const group = yield* groupOf(call, [fails, answers], calls)
        const exit = yield* letEnd(call.run(group))
        assert.isTrue(Exit.isSuccess(exit))
        const { attempts } = yield* exit
        assert.deepStrictEqual(deploymentsOf(attempts), ["d0", "d1"])
        assert.deepStrictEqual(
          attempts.map(({ error }) => error?._tag),
          ["ServerError", undefined]
        )
        const [first, second] = yield* group.stats
        assert.include(first, { calls: 1, failed: 1, succeeded: 0, busy: 0 })
        assert.deepStrictEqual(first?.errors, { ServerError: 1 })
        assert.include(second, { calls: 1, failed: 0, succeeded: 1, busy: 0, inputTokens: 1000, outputTokens: 100 })
        assert.isAbove(second?.latency.p50 ?? 0, 0)
      })
    )
  )

  forEveryCall("counts a caller who leaves as neither success nor failure", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const group = yield* groupOf(call, [{ ...answers, wait: 700 }])
        const fiber = yield* Effect.forkChild(call.run(group))
        yield* TestClock.adjust("300 millis")
        assert.strictEqual((yield* group.stats)[0]?.busy, 1)
        yield* Fiber.interrupt(fiber)
        assert.include((yield* group.stats)[0], {
          busy: 0,
          calls: 1,
          interrupted: 1,
          succeeded: 0,
          failed: 0,
          errorRate: 0
        })
      })
    )
  )

  forEveryCall("fails with every attempt when nobody serves", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const group = yield* groupOf(call, [fails, { ...fails, end: "key" }])
        const exit = yield* letEnd(call.run(group))
        const error = yield* failureOf(exit)
        assert.instanceOf(error, AllFailedError)
        assert.deepStrictEqual(deploymentsOf(error.attempts), ["d0", "d1"])
      })
    )
  )

  it("has the errors and the needs that its deployments leave", () => {
    const chats = Group.make("fast", [
      { model: OpenAi.model("gpt-5.4-mini") },
      { model: Anthropic.model("claude-haiku-4-5") }
    ])
    expectTypeOf<Effect.Success<typeof chats>>().toEqualTypeOf<Group.Group<Chat, AllFailedError, OpenAi | Anthropic>>()
    const embeddings = Group.make("vectors", [{ model: OpenAi.embeddingModel("text-embedding-3-small") }])
    expectTypeOf<Effect.Success<typeof embeddings>>().toEqualTypeOf<Group.Group<Embedding, AllFailedError, OpenAi>>()
    const withFallback = Group.make("fast", [{ model: OpenAi.model("gpt-5.4-mini") }], {
      fallbacks: { contextWindow: [Anthropic.model("claude-haiku-4-5")] }
    })
    expectTypeOf<Effect.Success<typeof withFallback>>().toEqualTypeOf<
      Group.Group<Chat, AllFailedError, OpenAi | Anthropic>
    >()
    const mixed = Group.make("mixed", [{ model: OpenAi.model("a") }, { model: OpenAi.embeddingModel("b") }])
    expectTypeOf<Effect.Success<typeof mixed>>().not.toExtend<Model.Any>()
  })
})

describe("who is left out", () => {
  const image = {
    messages: [{ role: "user", content: [{ type: "image", data: new Uint8Array([1]), mediaType: "image/png" }] }]
  } as const
  const tools = { messages: "Hi", tools: [{ name: "now", inputSchema: { type: "object" } }] } as const
  const schema = {
    messages: "Hi",
    responseFormat: { type: "json-schema", schema: { type: "object" } }
  } as const
  const long = "word ".repeat(5000)

  const cases: ReadonlyArray<
    readonly [string, Omit<Deployment, "model">, Parameters<ScriptedModel.ScriptedModel["generate"]>[0], RegExp]
  > = [
    ["tools", { capabilities: { tools: false } }, tools, /does not support tools/],
    ["images", { capabilities: { images: false } }, image, /does not read images/],
    ["a schema", { capabilities: { structuredOutput: false } }, schema, /structured output/],
    [
      "reasoning",
      { capabilities: { reasoning: false } },
      { messages: "Hi", reasoning: { effort: "high" } },
      /reasoning/
    ],
    ["a parameter", { unsupported: ["seed"] }, { messages: "Hi", seed: 1 }, /does not accept seed/],
    ["a long conversation", { contextWindow: 1000 }, long, /about \d+ tokens.*1000/],
    ["many output tokens", { maxOutputTokens: 100 }, { messages: "Hi", maxOutputTokens: 101 }, /at most 100/],
    ["more tokens than its limit permits", { limits: { tokens: 100 } }, "Hi", /100 tokens does not permit/]
  ]
  for (const [what, deployment, request, because] of cases) {
    it.effect(`is a deployment that cannot serve ${what}, as the plan and the error show`, () =>
      Effect.gen(function* () {
        const [able, unable] = [model("lab/able"), model("lab/unable")]
        const group = yield* Group.make("group", [
          { model: unable, name: "unable", ...deployment },
          { model: able, order: 1 }
        ])
        const plan = yield* group.explain(request)
        assert.deepStrictEqual(
          plan.deployments.map(({ deployment }) => deployment),
          ["lab/able"]
        )
        assert.match(plan.leftOut[0]?.because ?? "", because)
        yield* group.generate(request)
        assert.deepStrictEqual([unable.calls.length, able.calls.length], [0, 1])

        const alone = yield* Group.make("group", [{ model: unable, name: "unable", ...deployment }])
        const error = yield* failureOf(alone.generate(request))
        assert.strictEqual(error.leftOut?.[0]?.deployment, "unable")
        assert.match(error.message, because)
        assert.lengthOf(unable.calls, 0)
      })
    )
  }

  it.effect("is a model whose provider rejects a parameter by the catalog, unless it may be dropped", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [{ model: model("openai/gpt-4o") }])
      const plan = yield* group.explain({ messages: "Hi", topK: 3 })
      assert.match(plan.leftOut[0]?.because ?? "", /topK/)
      assert.lengthOf((yield* group.explain({ messages: "Hi", topK: 3, onUnsupported: "drop" })).deployments, 1)
    })
  )

  it.effect("is a deployment whose limit is used up, until its window has passed", () =>
    Effect.gen(function* () {
      const [a, b] = [model("lab/a"), model("lab/b")]
      const group = yield* Group.make("group", [
        { model: a, limits: { requests: 2, per: "10 seconds" } },
        { model: b, order: 1 }
      ])
      yield* Effect.forEach([1, 2, 3, 4], () => group.generate("Hi"))
      assert.deepStrictEqual([a.calls.length, b.calls.length], [2, 2])
      assert.match((yield* group.explain("Hi")).leftOut[0]?.because ?? "", /limit of 2 requests is used up for/)
      yield* TestClock.adjust("12 seconds")
      yield* group.generate("Hi")
      assert.strictEqual(a.calls.length, 3)
    })
  )
})

describe("the limits of a deployment", () => {
  const limits = [{ concurrency: 2 }, { requests: 2 }, { tokens: 2100 }] as const
  /** When the calls of a model begin, each of which takes five seconds. */
  const timed = (id: string) =>
    Effect.map(Clock.Clock, (clock) => {
      const begun: Array<number> = []
      return {
        begun,
        model: model(id, () => {
          begun.push(clock.currentTimeMillisUnsafe())
          return { answer: "fine", connect: "5 seconds" }
        })
      }
    })
  const together = <A, E>(call: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const calls = yield* Effect.forEach(Array.from({ length: 6 }), () => Effect.forkChild(Effect.result(call)))
      yield* TestClock.adjust("5 minutes")
      return yield* Effect.forEach(calls, Fiber.join)
    })

  it.effect("hold for calls that come to it after the failure of another", () =>
    Effect.gen(function* () {
      for (const limit of limits) {
        const { begun, model: spare } = yield* timed("lab/spare")
        const slow = model("lab/slow", () => ({ error: server(), connect: "10 seconds" }))
        const deployments = [{ model: slow }, { model: spare, order: 1, limits: limit }]
        const group = yield* Group.make("group", deployments, { cooling: { faults: 100 }, wait: 0 })
        const results = yield* together(group.generate("Hi"))
        assert.lengthOf(begun, 2)
        const failures = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
        assert.lengthOf(failures, 4)
        for (const { attempts, leftOut } of failures) {
          assert.deepStrictEqual(deploymentsOf(attempts), ["lab/slow"])
          assert.match(leftOut?.[0]?.because ?? "", /its limit of \d+ [a-z ]+ is used up/)
        }
      }
    })
  )

  it.effect("hold for calls that have waited for them, which wait no longer than the group permits", () =>
    Effect.gen(function* () {
      const { begun, model: one } = yield* timed("lab/one")
      const group = yield* Group.make("group", [{ model: one, limits: { requests: 2, per: "5 seconds" } }], {
        wait: "12 seconds"
      })
      const results = yield* together(group.generate("Hi"))
      // A limit counts up to a tenth of its window longer.
      assert.deepStrictEqual(begun, [0, 0, 5500, 5500, 11_000, 11_000])
      assert.isTrue(results.every(Result.isSuccess))
      const impatient = yield* Group.make("group", [{ model: one, limits: { requests: 2, per: "5 seconds" } }], {
        wait: "6 seconds"
      })
      const [served, refused] = Arr.partition(yield* together(impatient.generate("Hi")), (result) => result)
      assert.deepStrictEqual([served.length, refused.length], [4, 2])
      for (const { last } of refused) assert.strictEqual(last?._tag, "LocalRateLimitError")
      const [figures] = yield* impatient.stats
      assert.deepStrictEqual([figures?.calls, figures?.failed, figures?.busy], [4, 0, 0])
    })
  )
})

describe("a deployment that fails", () => {
  it.effect("is left alone after three faults in a row, probed by one call at a time, and back within seconds", () =>
    Effect.gen(function* () {
      let isDown = true
      const primary = model("lab/primary", () => (isDown ? server() : { answer: "back", connect: "100 millis" }))
      const other = model("other/second")
      const group = yield* Group.make("group", inOrder(primary, other))
      const second = Effect.gen(function* () {
        for (let call = 0; call < 20; call++) yield* group.generate("Hi")
        yield* TestClock.adjust("1 second")
      })
      for (let time = 0; time < 60; time++) yield* second
      assert.isAtLeast(primary.calls.length, 10)
      assert.isAtMost(primary.calls.length, 20)
      isDown = false
      yield* TestClock.adjust("5 seconds")
      const [probe, ...others] = yield* Effect.forEach(Array.from({ length: 10 }), () =>
        Effect.forkChild(group.generate("Hi"))
      )
      yield* TestClock.adjust("1 second")
      const served = yield* Effect.forEach([probe, ...others], (fiber) =>
        fiber === undefined ? Effect.never : Fiber.join(fiber)
      )
      assert.deepStrictEqual(
        served.map(({ attempts }) => attempts.at(-1)?.deployment),
        ["lab/primary", ...others.map(() => "other/second")]
      )
      const after = yield* letEnd(group.generate("Hi"))
      assert.deepStrictEqual(deploymentsOf((yield* after).attempts), ["lab/primary"])
    })
  )

  it.effect("is not left alone for streams that run into the limit of their whole time", () =>
    Effect.gen(function* () {
      const long = scripted(chats, [{ ...answers, end: "hang", after: 3 }], [], "lab/long")
      const group = yield* Group.make("group", [
        { model: Model.timeout(long, { total: "10 seconds" }), name: "long" },
        { model: model("lab/spare"), name: "spare", order: 1 }
      ])
      for (let call = 0; call < 4; call++) {
        const exit = yield* letEnd(Stream.runDrain(group.stream("Hi")))
        assert.isTrue(Exit.isFailure(exit))
      }
      const [figures] = yield* group.stats
      assert.deepStrictEqual([figures?.errors, figures?.coolingUntil], [{ TimeoutError: 4 }, undefined])
      assert.lengthOf((yield* group.explain("Hi")).leftOut, 0)
    })
  )

  it.effect("does not cool down because of a caller's mistake", () =>
    Effect.gen(function* () {
      const wrong = [
        () => new InvalidRequestError({ provider: "lab", status: 400 }),
        () => new AuthenticationError({ provider: "lab", status: 401 }),
        () => new ContentPolicyError({ provider: "lab", status: 400 })
      ]
      const only = model("lab/only", (_, calls) => (calls < 30 ? (wrong[calls % 3] ?? server)() : "fine"))
      const group = yield* Group.make("group", [{ model: only }])
      yield* Effect.forEach(Array.from({ length: 30 }), () => Effect.exit(group.generate("Hi")))
      assert.strictEqual(only.calls.length, 30)
      assert.include((yield* group.stats)[0], { errorRate: 0, coolingUntil: undefined, failed: 30 })
      assert.strictEqual((yield* group.generate("Hi")).text, "fine")
    })
  )

  it.effect("is not charged with what policies refuse: neither in its figures nor in its limits", () =>
    Effect.gen(function* () {
      const refusals = [
        new BudgetExceededError({
          budget: "team",
          unit: "usd",
          limit: BigDecimal.make(1n, 0),
          spent: BigDecimal.make(1n, 0),
          reserved: BigDecimal.make(0n, 0)
        }),
        new LocalRateLimitError({ key: "team", limit: "requests", allowed: 1, requested: 1 }),
        new GuardrailError({ guard: "words", at: "request", reason: "a word" }),
        new PolicyStoreError({ policy: "Budget", cause: "away" })
      ]
      const only = ScriptedModel.make<ProviderError | PolicyError>(
        (_, calls) => (calls < 40 ? (refusals[calls % 4] ?? server()) : "fine"),
        { id: "lab/only" }
      )
      const group = yield* Group.make("group", [{ model: only, limits: { requests: 1, per: "1 hour" } }])
      yield* Effect.forEach(Array.from({ length: 40 }), () => Effect.exit(group.generate("Hi")))
      assert.strictEqual(only.calls.length, 40)
      assert.deepInclude((yield* group.stats)[0], { calls: 0, failed: 0, busy: 0, errorRate: 0, errors: {} })
      assert.strictEqual((yield* group.generate("Hi")).text, "fine")
      assert.include((yield* group.stats)[0], { calls: 1, succeeded: 1, headroom: 0 })
    })
  )

  it.effect("with a Retry-After is not called for that long, and others serve", () =>
    Effect.gen(function* () {
      const busy = model("lab/busy", (_, calls) => (calls === 0 ? limited(20) : "back"))
      const other = model("other/second")
      const group = yield* Group.make("group", inOrder(busy, other))
      yield* group.generate("Hi")
      yield* group.generate("Hi")
      assert.strictEqual(busy.calls.length, 1)
      assert.match(
        (yield* group.explain("Hi")).leftOut[0]?.because ?? "",
        /asked to wait \(RateLimitError\); cooling for 20s/
      )
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(deploymentsOf((yield* group.generate("Hi")).attempts), ["lab/busy"])
    })
  )
})

describe("a deployment with a Retry-After", () => {
  it.effect("is not called even if an earlier call succeeds meanwhile", () =>
    Effect.gen(function* () {
      const busy = model("lab/busy", (_, calls) =>
        calls === 0 ? { answer: "slow", connect: "5 seconds" } : limited(20)
      )
      const group = yield* Group.make("group", inOrder(busy, model("other/second")))
      const slow = yield* Effect.forkChild(group.generate("Hi"))
      yield* TestClock.adjust("1 second")
      yield* group.generate("Hi")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(slow)).text, "slow")
      assert.deepStrictEqual(deploymentsOf((yield* group.generate("Hi")).attempts), ["other/second"])
      assert.lengthOf(busy.calls, 2)
    })
  )
})

describe("waiting and falling over", () => {
  it.effect("calls another deployment rather than wait, even if the deployment itself would retry", () =>
    Effect.gen(function* () {
      const busy = model("lab/busy", () => limited(5))
      const group = yield* Group.make("group", [
        { model: Model.retry(busy, Retry.standard) },
        { model: model("other/second"), order: 1 }
      ])
      const response = yield* group.generate("Hi")
      assert.deepStrictEqual(deploymentsOf(response.attempts), ["lab/busy", "other/second"])
    })
  )

  it.effect("waits if the other is known to be slower", () =>
    Effect.gen(function* () {
      const busy = model("lab/busy", (_, calls) => (calls === 1 ? limited(1) : "back"))
      const slow = model("other/slow", () => ({ answer: "slow", connect: "30 seconds" }))
      const group = yield* Group.make("group", inOrder(busy, slow))
      yield* letEnd(slow.pipe(Override.make({})).generate("Hi"))
      yield* group.generate("Hi")
      const measured = yield* letEnd(group.pipe(Override.make({ deployment: "other/slow" })).generate("Hi"))
      assert.isTrue(Exit.isSuccess(measured))
      const exit = yield* letEnd(group.generate("Hi"))
      assert.deepStrictEqual(deploymentsOf((yield* exit).attempts), ["lab/busy", "lab/busy"])
    })
  )

  it.effect("waits for the only deployment, as long as the group permits", () =>
    Effect.gen(function* () {
      const patient = yield* Group.make("group", [{ model: model("lab/a", [limited(8), "back"]) }])
      assert.isTrue(Exit.isSuccess(yield* letEnd(patient.generate("Hi"))))
      const other = yield* Group.make("group", [{ model: model("lab/a", [limited(8), "back"]) }], { wait: "5 seconds" })
      const error = yield* failureOf(yield* letEnd(other.generate("Hi"), "1 second"))
      assert.strictEqual(error.last?._tag, "RateLimitError")
      const again = yield* failureOf(yield* letEnd(other.generate("Hi"), "1 second"))
      assert.match(again.leftOut?.[0]?.because ?? "", /cooling for 7s/)
    })
  )
})

describe("a deployment whose quota is used up", () => {
  const used = () => new QuotaExceededError({ provider: "lab", status: 402 })

  it.effect("is skipped while another may serve", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", inOrder(model("lab/used", used), model("other/second")))
      const first = yield* group.generate("Hi")
      assert.deepStrictEqual(deploymentsOf(first.attempts), ["lab/used", "other/second"])
      assert.deepStrictEqual(deploymentsOf((yield* group.generate("Hi")).attempts), ["other/second"])
      assert.match((yield* group.explain("Hi")).leftOut[0]?.because ?? "", /^its quota is used up; cooling for /)
    })
  )

  it.effect("fails at once as the only one, however often it is called, and serves once it has quota", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [
        { model: model("lab/used", (_, calls) => (calls < 5 ? used() : "back")) }
      ])
      for (let call = 0; call < 5; call++) {
        const error = yield* failureOf(group.generate("Hi"))
        assert.strictEqual(error.last?._tag, "QuotaExceededError")
      }
      assert.strictEqual((yield* group.generate("Hi")).text, "back")
    })
  )
})

describe("a group without deployments", () => {
  it.effect("fails with a message, from the start and after a replacement", () =>
    Effect.gen(function* () {
      const empty = yield* Group.make<Chat, never>("empty", [], { kind: model("lab/one").kind })
      assert.match((yield* failureOf(empty.generate("Hi"))).message, /has no deployments/)
      const emptied = yield* Group.make("emptied", inOrder(model("lab/one")))
      yield* emptied.replace([])
      const error = yield* failureOf(Stream.runDrain(emptied.stream("Hi")))
      assert.match(error.message, /has no deployments/)
    })
  )
})

describe("fallbacks", () => {
  const tooLong = () => new ContextWindowExceededError({ provider: "lab", status: 400, limit: 100, requested: 120 })
  const refused = () => new ContentPolicyError({ provider: "lab", status: 400 })

  it.effect("go to a larger window after a context overflow", () =>
    Effect.gen(function* () {
      const small = model("other/small", () => "no", 100)
      const large = model("far/large")
      const group = yield* Group.make("group", inOrder(model("lab/a", tooLong, 100), small), {
        fallbacks: { contextWindow: [large], default: [model("never/called")] }
      })
      const response = yield* group.generate("Hi")
      assert.deepStrictEqual(
        response.attempts.map(({ model }) => model),
        ["lab/a", "far/large"]
      )
      assert.lengthOf(small.calls, 0)
    })
  )

  it.effect("go elsewhere after a refusal by policy, if they are set for it", () =>
    Effect.gen(function* () {
      const second = model("other/second")
      const strict = yield* Group.make("group", inOrder(model("lab/a", refused), second))
      assert.strictEqual((yield* failureOf(strict.generate("Hi"))).last?._tag, "ContentPolicyError")
      assert.lengthOf(second.calls, 0)
      const group = yield* Group.make("group", inOrder(model("lab/a", refused), second), {
        fallbacks: { contentPolicy: [model("far/lenient")] }
      })
      const response = yield* group.generate("Hi")
      assert.deepStrictEqual(
        response.attempts.map(({ model }) => model),
        ["lab/a", "far/lenient"]
      )
    })
  )

  it.effect("serve when no deployment did, or may", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [{ model: model("lab/a", server), limits: { requests: 1 } }], {
        fallbacks: { default: [model("far/last")] }
      })
      const [first, second] = yield* Effect.all([group.generate("Hi"), group.generate("Hi")])
      assert.deepStrictEqual(
        first.attempts.map(({ model }) => model),
        ["lab/a", "far/last"]
      )
      assert.deepStrictEqual(
        second.attempts.map(({ model }) => model),
        ["far/last"]
      )
    })
  )
})

describe("overrides", () => {
  it.effect("choose a deployment, an order, a tag or a region for one call, and no fallback", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [
        { model: model("lab/a", server) },
        { model: model("lab/b"), order: 1, tags: ["eu"], region: "eu" },
        { model: model("lab/c"), order: 2 }
      ])
      const served = (override: Override.Override) =>
        Effect.map(group.pipe(Override.make(override)).generate("Hi"), ({ attempts }) => deploymentsOf(attempts))
      assert.deepStrictEqual(yield* served({ deployment: "lab/c" }), ["lab/c"])
      assert.deepStrictEqual(yield* served({ order: ["lab/c", "lab/a"] }), ["lab/c"])
      assert.deepStrictEqual(yield* served({ tags: ["eu"] }), ["lab/b"])
      assert.deepStrictEqual(yield* served({ region: "eu" }), ["lab/b"])
      assert.lengthOf((yield* failureOf(served({ fallbacks: false }))).attempts, 1)
      assert.lengthOf((yield* failureOf(served({ attempts: 1 }))).attempts, 1)
      const error = yield* failureOf(served({ tags: ["mars"] }))
      assert.deepStrictEqual(
        error.leftOut?.map(({ deployment }) => deployment),
        ["lab/a", "lab/b", "lab/c"]
      )
      const events = yield* group
        .pipe(Override.make({ deployment: "lab/c" }))
        .stream("Hi")
        .pipe(Stream.runCollect)
      assert.deepStrictEqual(
        deploymentsOf(events.flatMap((event) => (event.type === "finish" ? (event.attempts ?? []) : []))),
        ["lab/c"]
      )
    })
  )

  const choices: ReadonlyArray<Override.Override> = [
    { deployment: "lab/a" },
    { deployment: "lab/b" },
    { order: ["lab/a"] },
    { order: ["lab/b"] },
    { tags: ["eu"] },
    { tags: [] },
    { region: "eu" },
    { fallbacks: false }
  ]
  const sameChoice: ReadonlyArray<Override.Override> = [{ session: "s" }, { attempts: 2 }, { deadline: "1 minute" }]
  const groupOfTwo = Group.make("group", [
    { model: model("lab/a", () => "from a"), tags: ["us"], region: "us" },
    { model: model("lab/b", () => "from b"), order: 1, tags: ["eu"], region: "eu" }
  ])

  it.effect("that choose who responds have cached responses of their own; other overrides share them", () =>
    Effect.gen(function* () {
      const cached = ResponseCache.make({ ttl: "1 hour", tenant: "all" })(yield* groupOfTwo)
      const callWith = (override: Override.Override) => cached.generate("Hi").pipe(inOverride(override))
      yield* callWith({})
      for (const override of choices) {
        const response = yield* callWith(override)
        assert.isUndefined(response.cached, JSON.stringify(override))
        assert.isDefined((yield* callWith(override)).cached)
      }
      for (const override of sameChoice) assert.isDefined((yield* callWith(override)).cached)
      assert.strictEqual((yield* callWith({ region: "eu" })).text, "from b")
    }).pipe(Effect.provide(ResponseCache.layerMemory()))
  )

  it.effect("that choose who responds are not coalesced with other calls", () =>
    Effect.gen(function* () {
      const shared = Coalesce.make({ tenant: "all" })(yield* groupOfTwo)
      const texts = yield* Effect.forEach(
        ["us", "eu"],
        (region) =>
          shared.generate("Hi").pipe(
            inOverride({ region }),
            Effect.map(({ text }) => text)
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(texts, ["from a", "from b"])
    })
  )
})

describe("the reports of a group", () => {
  it.effect("a plan is data that survives JSON, and can be formatted as text", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        [{ model: model("openai/gpt-5-mini") }, { model: model("lab/b"), price: Price.make({ input: 1, output: 1 }) }],
        { strategy: Strategy.lowestCost, deadline: "30 seconds", attempts: 4 }
      )
      const plan = yield* group.explain({ messages: "Hi", maxOutputTokens: 1_000_000 })
      assert.deepStrictEqual(
        plan.deployments.map(({ deployment }) => deployment),
        ["lab/b", "openai/gpt-5-mini"]
      )
      assert.closeTo(plan.deployments[0]?.costUsd ?? 0, 1, 0.01)
      const json = yield* Schema.encodeEffect(Schema.fromJsonString(Schema.toCodecJson(Plan.Plan)))(plan)
      assert.deepStrictEqual(JSON.parse(json).deployments[0].deployment, "lab/b")
      assert.match(Plan.format(plan), /at most 4 attempts within 30s/)
      assert.match(Plan.format(plan), /ServerError\s+retried\s+another model/)
    })
  )

  const Members = Schema.Array(
    Schema.Struct({
      weight: Schema.Literals([0, 1, 5]),
      order: Schema.Literals([0, 0, 1]),
      isEuropean: Schema.Boolean,
      takesSeed: Schema.Boolean,
      isShort: Schema.Boolean
    })
  ).check(Schema.isMinLength(1), Schema.isMaxLength(4))
  const { leastBusy, lowestLatency, roundRobin, weighted } = Strategy
  const strategies = { weighted, roundRobin, lowestLatency, leastBusy }
  const overrides: ReadonlyArray<Override.Override> = [
    {},
    { fallbacks: false },
    { tags: ["eu"] },
    { tags: ["eu"], fallbacks: false },
    { deployment: "d1" },
    { order: ["d2", "d0"] }
  ]
  it.effect.prop(
    "a plan lists the deployments that a call then tries, in order, and why others are left out",
    {
      members: Members,
      strategy: Schema.Literals(["weighted", "roundRobin", "lowestLatency", "leastBusy"]),
      isByOrder: Schema.Boolean,
      calls: Schema.Array(
        Schema.Struct({
          override: Schema.Literals([0, 1, 2, 3, 4, 5]),
          hasSeed: Schema.Boolean,
          words: Schema.Literals([1, 200])
        })
      ).check(Schema.isMaxLength(4)),
      hasFallback: Schema.Boolean
    },
    ({ calls, hasFallback, isByOrder, members, strategy }) =>
      Effect.gen(function* () {
        const deployments = members.map(({ isEuropean, isShort, order, takesSeed, weight }, index) => ({
          model: model(`lab${index}/a`, server),
          name: `d${index}`,
          weight,
          order,
          ...(isEuropean ? { tags: ["eu"] } : {}),
          ...(isShort ? { contextWindow: 100 } : {}),
          ...(takesSeed ? {} : { unsupported: ["seed" as const] })
        }))
        const inner = strategies[strategy]
        const group = yield* Group.make("group", deployments, {
          strategy: isByOrder ? Strategy.byOrder(inner) : inner,
          fallbacks: { default: hasFallback ? [model("lab9/b", server)] : [] },
          cooling: { faults: 100 }
        })
        for (const [index, { hasSeed, override, words }] of calls.entries()) {
          const request = { messages: "word ".repeat(words), ...(hasSeed ? { seed: 1 } : {}) }
          const drawn = <A, E>(effect: Effect.Effect<A, E>) =>
            Effect.provideService(
              Random.withSeed(effect, `${index}`),
              Override.CurrentOverride,
              overrides[override] ?? {}
            )
          const plan = yield* drawn(group.explain(request))
          const error = yield* failureOf(drawn(group.generate(request)))
          assert.deepStrictEqual(deploymentsOf(error.attempts), [
            ...plan.deployments.map(({ deployment }) => deployment),
            ...plan.fallbacks.default.map((id) => `fallback ${id}`)
          ])
          assert.deepStrictEqual(error.leftOut ?? [], plan.leftOut)
        }
      }),
    { arbitrary: { runs: 100 } }
  )

  it.effect("decisions are recorded", () =>
    Effect.gen(function* () {
      const decisions: Array<Decision> = []
      const group = yield* Group.make("group", inOrder(model("lab/a", server), model("other/b")))
      yield* Effect.provideService(group.generate("Hi"), CurrentDecisionObserver, (one) => void decisions.push(one))
      assert.deepStrictEqual(
        decisions.map((decision) => [decision.type, "model" in decision ? decision.model : ""]),
        [
          ["routed", "lab/a"],
          ["routed", "other/b"],
          ["fallback", "other/b"]
        ]
      )
    })
  )

  it.effect("a deployment's price applies to its responses", () =>
    Effect.gen(function* () {
      const answer = yield* model("lab/a").generate("Hi")
      const priced = {
        ...answer,
        usage: { inputTokens: { total: 1_000_000, uncached: 1_000_000 }, outputTokens: { total: 0 } }
      }
      const own = ScriptedModel.make<ProviderError>(
        () => Object.assign(Object.create(Object.getPrototypeOf(answer)), priced),
        { id: "lab/a" }
      )
      const group = yield* Group.make("group", [{ model: own, price: Price.make({ input: 3, output: 1 }) }])
      const { cost } = yield* group.generate("Hi")
      assert.strictEqual(cost?._tag === "Priced" ? Number(cost.total.value) / 10 ** cost.total.scale : 0, 3)
      const events = yield* Stream.runCollect(group.stream("Hi"))
      const last = events.at(-1)
      assert.strictEqual(last?.type === "finish" && last.cost?._tag, "Priced")
    })
  )

  it.effect("the cost of a stream that its budget stopped is in the statistics of its deployment", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("group", { limit: "0.001", per: "all" })
      const model = metered(() => ({ chunks: 1000, end: "finish" }), []).pipe(Budget.enforce(budget))
      const group = yield* Group.make("group", [{ model }])
      const error = yield* Effect.flip(Stream.runDrain(group.stream("Hi")))
      const { spent } = yield* Budgets.use((budgets) => budgets.spent(budget))
      assert.strictEqual(error.last?._tag, "BudgetExceededError")
      assert.isTrue(BigDecimal.isPositive(spent))
      assert.deepStrictEqual(
        (yield* group.stats).map(({ cost }) => BigDecimal.format(cost)),
        [BigDecimal.format(spent)]
      )
    }).pipe(Effect.provide([Budgets.layerMemory, pricing]))
  )
})

describe("replacing the deployments", () => {
  it.effect("drops no call, and keeps the statistics of remaining ones", () =>
    Effect.gen(function* () {
      const slow = model("lab/slow", () => ({ answer: "done", connect: "10 seconds" }))
      const fresh = model("lab/fresh")
      const group = yield* Group.make("group", [
        { model: slow, name: "old" },
        { model: fresh, name: "kept", weight: 0 }
      ])
      const calls = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.forkChild(group.generate("Hi")))
      yield* TestClock.adjust("1 second")
      yield* group.pipe(Override.make({ deployment: "kept" })).generate("Hi")
      yield* group.replace([{ model: fresh, name: "kept" }], { strategy: Strategy.roundRobin })
      assert.deepStrictEqual(
        (yield* group.generate("Hi")).attempts.map(({ deployment }) => deployment),
        ["kept"]
      )
      yield* TestClock.adjust("1 minute")
      for (const call of calls) assert.strictEqual((yield* Fiber.join(call)).text, "done")
      const stats = yield* group.stats
      assert.deepStrictEqual(
        stats.map(({ calls, name }) => [name, calls]),
        [["kept", 2]]
      )
    })
  )

  it.effect("applies new options from the next call on, also to deployments that stay", () =>
    Effect.gen(function* () {
      const down = model("lab/down", () => ({ error: server() }))
      const deployments = [
        { model: down, name: "down" },
        { model: model("lab/up"), name: "up", order: 1 }
      ]
      const group = yield* Group.make("group", deployments, {
        cooling: { faults: 1, first: "1 hour", longest: "1 hour" }
      })
      const called = Effect.map(group.generate("Hi"), ({ attempts }) => deploymentsOf(attempts))
      assert.deepStrictEqual(yield* called, ["down", "up"])
      assert.deepStrictEqual(yield* called, ["up"])
      yield* TestClock.adjust("1 hour")
      yield* group.replace(deployments, { cooling: { faults: 3 } })
      // One fault was before, so that the third in a row is the next but one.
      assert.deepStrictEqual(yield* called, ["down", "up"])
      assert.deepStrictEqual(yield* called, ["down", "up"])
      assert.deepStrictEqual(yield* called, ["up"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* called, ["down", "up"])
    })
  )
})
