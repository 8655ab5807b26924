/** Pools of keys, over models that do what the key in use says, and over a provider whose HTTP client is a function. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { type Credentials, current, provide } from "../../../src/client/Credentials.ts"
import type { Capability, Chat, Embedding } from "../../../src/domain/Capability.ts"
import * as LLM from "../../../src/index.ts"
import { attemptsOf, type ProviderError, retryAfter } from "../../../src/domain/ProviderError.ts"
import { kind as embedding } from "../../../src/model/EmbeddingModel.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as KeyPool from "../../../src/policies/KeyPool.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Policy from "../../../src/policies/Policy.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { attemptRows } from "../attemptRows.ts"
import {
  answers,
  type Call,
  type CallRecord,
  chats,
  forEveryCall,
  mapCalls,
  piecesOf,
  scripted,
  type Turn,
  whole
} from "../capabilities.ts"
import { chainOf } from "../chains.ts"
import { dollars, priced } from "../priced.ts"

const provider = "lab"
/** A provider, as far as a pool needs to know it. */
const lab = {
  definition: { id: provider },
  withCredentials: (credentials: Credentials) => provide(provider, { identity: undefined, credentials })
}
const secretOf = (name: string) => `sk-${name}-0123456789`
const credentialsOf = (name: string) => ({ apiKey: Redacted.make(secretOf(name)) })
const entry = (name: string) => ({ name, credentials: credentialsOf(name) })
const entries = (...names: ReadonlyArray<string>) => names.map(entry)

const keyInUse = Effect.map(current(provider), (scoped) => {
  const key = scoped?.credentials.apiKey
  return key === undefined ? "none" : Redacted.value(key).split("-")[1]!
})

/** A model that behaves as `script` says of the key in use, by the number of its call; `used` are the keys, in order. */
const keyed = <C extends Capability>(
  call: Call<C>,
  script: (key: string, times: number) => Turn = () => answers,
  id = "lab/0"
) => {
  const used: Array<string> = []
  const calls: Array<CallRecord> = []
  const model = Effect.map(keyInUse, (key) => {
    used.push(key)
    return scripted(call, [script(key, used.filter((one) => one === key).length)], calls, id)
  })
  return {
    used,
    calls,
    model: Model.make<C, ProviderError, never>({
      id,
      kind: call.kind,
      generate: (request) => Effect.flatMap(model, (one) => one.generate(request)),
      stream: call.isStream
        ? (request) => Stream.unwrap(Effect.map(model, (one) => Model.streamOf(one)?.(request) ?? Stream.empty))
        : undefined
    })
  }
}

/** A model of embeddings that fails as the key in use says. */
const failing = (errors: { readonly [key: string]: () => unknown }, id = "lab/small") => {
  const used: Array<string> = []
  const model = Model.make<Embedding, ProviderError, never>({
    id,
    kind: embedding,
    generate: () =>
      Effect.flatMap(keyInUse, (key) => {
        used.push(key)
        const error = errors[key]?.()
        return error === undefined
          ? Effect.succeed({ embeddings: [[1]], usage: LLM.Usage.unknown, warnings: [], attempts: [] })
          : Effect.fail(error as ProviderError)
      })
  })
  return { used, model }
}

const busy = (seconds?: number) => () =>
  new LLM.RateLimitError({
    provider,
    status: 429,
    ...(seconds === undefined ? {} : { retryAfter: Duration.seconds(seconds) })
  })
const refused = () => new LLM.AuthenticationError({ provider, status: 401 })
const noQuota = () => new LLM.QuotaExceededError({ provider, status: 429 })
const forbidden = () => new LLM.PermissionDeniedError({ provider, status: 403 })
const sick = () => new LLM.ServerError({ provider, status: 500 })

const letEnd = <A, E, R>(call: Effect.Effect<A, E, R>, millis = 10_000) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(call)
    yield* TestClock.adjust(millis)
    return yield* Fiber.await(fiber)
  })

describe("the next key", () => {
  it.effect("is used in turn", () =>
    Effect.gen(function* () {
      const { model, used } = failing({})
      const pool = yield* KeyPool.make(lab, entries("a", "b", "c"))
      const pooled = pool.policy(model)
      for (let index = 0; index < 6; index++) yield* pooled.generate("Hi")
      assert.deepStrictEqual(used, ["a", "b", "c", "a", "b", "c"])
    })
  )

  forEveryCall("is the one with the fewest calls in progress, until their end", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const { model, used } = keyed(call, () => ({ ...answers, end: "hang", after: 1 }))
        const pool = yield* KeyPool.make(lab, entries("a", "b"), { strategy: "least-busy" })
        const start = Effect.forkChild(call.run(pool.policy(model)), { startImmediately: true })
        const [one] = [yield* start, yield* start, yield* start]
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(used, ["a", "b", "a"])
        assert.deepStrictEqual(
          (yield* pool.states).map(({ busy }) => busy),
          [2, 1]
        )
        yield* Fiber.interrupt(one)
        assert.deepStrictEqual(
          (yield* pool.states).map(({ busy }) => busy),
          [1, 1]
        )
      })
    )
  )

  it.effect.prop(
    "is by turns, or by turns among those with the fewest calls in progress",
    {
      strategy: Schema.Literals(["round-robin", "least-busy"]),
      size: Schema.Literals([1, 2, 3, 5]),
      // A number ends one of the calls in progress; `start` begins another.
      steps: Schema.Array(Schema.Literals(["start", 0, "start", 1, "start", 5])).check(
        Schema.isMinLength(20),
        Schema.isMaxLength(40)
      )
    },
    ({ size, steps, strategy }) =>
      Effect.gen(function* () {
        const names = Array.from({ length: size }, (_, index) => `key${index}`)
        const inProgress = names.map(() => 0)
        const running: Array<{ readonly key: number; readonly fiber: Fiber.Fiber<unknown, unknown> }> = []
        const { model, used } = keyed(whole(chats), () => ({ ...answers, end: "hang", after: -1 }))
        const pool = yield* KeyPool.make(lab, entries(...names), { strategy })
        const pooled = pool.policy(model)
        let turn = 0
        for (const step of steps) {
          if (step !== "start") {
            const [call] = running.splice(step % Math.max(1, running.length), 1)
            if (call === undefined) continue
            yield* Fiber.interrupt(call.fiber)
            inProgress[call.key]!--
            continue
          }
          const fewest = strategy === "least-busy" ? Math.min(...inProgress) : Infinity
          const fiber = yield* Effect.forkChild(whole(chats).run(pooled), { startImmediately: true })
          const key = [...names.keys()].map((ahead) => (turn + ahead) % size).find((key) => inProgress[key]! <= fewest)!
          assert.strictEqual(used.at(-1), names[key])
          inProgress[key]!++
          running.push({ key, fiber })
          turn = key + 1
        }
      }),
    { arbitrary: { runs: 60 } }
  )

  forEveryCall("is tried at once, within the call, before anything was shown", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const limited: Turn = { ...answers, end: "busy", after: call.isStream ? 0 : -1 }
          const { calls, model, used } = keyed(call, (key) => (key === "a" ? limited : answers))
          const pool = yield* KeyPool.make(lab, entries("a", "b"))
          const composed = Model.withCost(
            Model.retry(Model.timeout(pool.policy(model), { total: "1 minute" }), Retry.standard)
          )
          const read = Effect.gen(function* () {
            const seen: Array<string> = []
            const response = yield* yield* letEnd(call.run(composed, { see: ({ type }) => void seen.push(type) }))
            assert.isAtMost(seen.filter((type) => type === "response-start").length, 1)
            return response
          })
          const first = yield* read
          assert.deepStrictEqual(used, ["a", "b"])
          assert.deepStrictEqual(call.read(first), piecesOf("lab/0", 0))
          assert.deepStrictEqual(
            first.attempts.map(({ error, model }) => [model, error?._tag]),
            [
              ["lab/0", "RateLimitError"],
              ["lab/0", undefined]
            ]
          )
          assert.strictEqual(dollars(first.cost), "0.002")
          yield* read
          assert.deepStrictEqual(used, ["a", "b", "b"])
          assert.isTrue(calls.every(({ closed }) => closed === 1))
        })
      )
    )
  )

  forEveryCall("is not tried after the first content, nor for errors that are not the key's", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        for (const turn of [
          { ...answers, end: "busy", after: 1 },
          { ...answers, end: "server", after: -1 }
        ] as const) {
          const { model, used } = keyed(call, () => turn)
          const pool = yield* KeyPool.make(lab, entries("a", "b"))
          const chain = chainOf(pool.policy(model), scripted(call, [answers], [], "lab/1"))
          yield* letEnd(call.run(chain))
          assert.deepStrictEqual(used, turn.end === "busy" && !call.isStream ? ["a", "b"] : ["a"])
        }
      })
    )
  )
})

const chatCall = mapCalls((call) => call as unknown as Call<Chat>)[0]!

describe("a key", () => {
  const useOf = Effect.fnUntraced(function* (
    errors: Parameters<typeof failing>[0],
    waits: ReadonlyArray<Duration.Input>,
    options: KeyPool.Options = {}
  ) {
    const { model, used } = failing(errors)
    const pool = yield* KeyPool.make(lab, entries("a", "b"), options)
    const results: Array<string> = []
    for (const wait of [0, ...waits]) {
      yield* TestClock.adjust(wait)
      used.length = 0
      const result = yield* Effect.result(pool.policy(model).generate("Hi"))
      results.push(`${used.join()}${result._tag === "Failure" ? ` ${result.failure._tag}` : ""}`)
    }
    return results
  })

  it.effect.each<readonly [string, () => ProviderError, Array<Duration.Input>, Array<string>]>([
    ["rests as long as the provider says", busy(5), ["4 seconds", "1 second"], ["a,b", "b", "a,b"]],
    ["rests for half a minute if it says nothing", busy(), ["29 seconds", "1 second"], ["a,b", "b", "a,b"]],
    ["rests for an hour without quota", noQuota, ["59 minutes", "1 minute"], ["a,b", "b", "a,b"]],
    ["rests for a model that it may not use", forbidden, ["29 seconds", "1 second"], ["a,b", "b", "a,b"]],
    ["leaves when it is refused", refused, ["1 day", "1 day"], ["a,b", "b", "b"]],
    ["has nothing to do with a sick provider", sick, ["1 second"], ["a ServerError", "b"]]
  ])("%s", ([, error, waits, expected]) =>
    Effect.map(useOf({ a: error }, waits), (used) => assert.deepStrictEqual(used, expected))
  )

  it.effect("rests for one model only when that one is limited, for all without quota", () =>
    Effect.gen(function* () {
      const pool = yield* KeyPool.make(lab, entries("a"))
      const limited = pool.policy(failing({ a: busy(60) }, "lab/large").model)
      const other = failing({}, "lab/small")
      yield* Effect.flip(limited.generate("Hi"))
      yield* pool.policy(other.model).generate("Hi")
      yield* Effect.flip(pool.policy(failing({ a: noQuota }, "lab/tiny").model).generate("Hi"))
      yield* Effect.flip(pool.policy(other.model).generate("Hi"))
      assert.deepStrictEqual(other.used, ["a"])
      const [state] = yield* pool.states
      assert.deepStrictEqual(state?.coolingModels, ["lab/large"])
      assert.deepStrictEqual(state?.cooling, Duration.hours(1))
    })
  )

  it.effect("is used again when it is changed, and a late refusal of the old one does not affect the new", () =>
    Effect.gen(function* () {
      const { model, used } = failing({ a: refused, old: refused })
      const pool = yield* KeyPool.make(lab, [{ name: "one", credentials: credentialsOf("a") }, entry("b")])
      const pooled = pool.policy(model)
      yield* pooled.generate("Hi")
      yield* pooled.generate("Hi")
      assert.deepStrictEqual(used, ["a", "b", "b"])
      // The same credentials keep their state; others are a new key.
      yield* pool.replace([{ name: "one", credentials: credentialsOf("a") }, entry("b")])
      assert.deepStrictEqual(
        (yield* pool.states).map(({ isRefused, name }) => [name, isRefused]),
        [
          ["one", true],
          ["b", false]
        ]
      )
      yield* pool.replace([{ name: "one", credentials: credentialsOf("new") }])
      yield* pooled.generate("Hi")
      assert.deepStrictEqual(used.slice(3), ["new"])

      const slow = keyed(chatCall, (key) =>
        key === "old" ? { ...answers, wait: 700, end: "key", after: -1 } : answers
      )
      const late = yield* KeyPool.make(lab, entries("old"))
      const call = yield* Effect.forkChild(Effect.exit(chatCall.run(late.policy(slow.model))), {
        startImmediately: true
      })
      yield* late.replace([{ name: "old", credentials: credentialsOf("new") }])
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(call)
      assert.isFalse((yield* late.states)[0]!.isRefused)
    })
  )

  it.effect("has limits of its own", () =>
    Effect.gen(function* () {
      const calls: Record<string, number> = {}
      /** So many calls in all. */
      const atMost = (name: string, most: number) =>
        Policy.perCall<LLM.LocalRateLimitError>(() =>
          Effect.suspend(() => {
            const made = (calls[name] = (calls[name] ?? 0) + 1)
            const error = new LLM.LocalRateLimitError({
              key: name,
              limit: "requests",
              allowed: most,
              requested: 1,
              retryAfter: Duration.seconds(name === "a" ? 7 : 3)
            })
            return made > most ? Effect.fail(error) : Effect.succeed({})
          })
        )
      const { model, used } = failing({})
      const pool = yield* KeyPool.make(lab, [
        { ...entry("a"), limits: atMost("a", 1) },
        { ...entry("b"), limits: atMost("b", 2) }
      ])
      const pooled = pool.policy(model)
      expectTypeOf<Model.Error<typeof pooled>>().toEqualTypeOf<ProviderError | LLM.LocalRateLimitError>()
      for (let index = 0; index < 3; index++) yield* pooled.generate("Hi")
      assert.deepStrictEqual(used, ["a", "b", "b"])
      const error = yield* Effect.flip(pooled.generate("Hi"))
      assert.instanceOf(error, LLM.LocalRateLimitError)
    })
  )
})

describe("when no key is left", () => {
  const errorOf = (errors: Parameters<typeof failing>[0], names: ReadonlyArray<string>, before = 1) =>
    Effect.gen(function* () {
      const { model, used } = failing(errors)
      const pool = yield* KeyPool.make(lab, entries(...names))
      let error = yield* Effect.flip(pool.policy(model).generate("Hi"))
      for (let index = 1; index < before; index++) {
        yield* TestClock.adjust("1 second")
        error = yield* Effect.flip(pool.policy(model).generate("Hi"))
      }
      return { error, used, attempts: attemptRows(attemptsOf(error)) }
    })
  const seconds = (error: unknown) => Duration.toSeconds(retryAfter(error) ?? Duration.zero)

  it.effect("a call fails with the wait for the first key, and later ones fail without a request", () =>
    Effect.gen(function* () {
      const first = yield* errorOf({ a: busy(60), b: busy(20), c: noQuota }, ["a", "b", "c"])
      assert.deepStrictEqual([first.error._tag, seconds(first.error)], ["RateLimitError", 20])
      assert.deepStrictEqual(
        first.attempts?.map(([, tag]) => tag),
        ["RateLimitError", "RateLimitError", "QuotaExceededError"]
      )
      const later = yield* errorOf({ a: busy(60), b: busy(20), c: noQuota }, ["a", "b", "c"], 3)
      assert.deepStrictEqual([later.error._tag, seconds(later.error)], ["RateLimitError", 18])
      assert.deepStrictEqual([later.used, later.attempts], [["a", "b", "c"], []])
    })
  )

  it.effect("the error tells quota from missing keys", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* errorOf({ a: noQuota, b: refused }, ["a", "b"], 2)).error._tag, "QuotaExceededError")
      const { error } = yield* errorOf({ a: refused, b: refused }, ["a", "b"], 2)
      assert.include(error.message, "The provider refused all 2 keys of the pool: replace them.")
      assert.strictEqual((yield* errorOf({}, [])).error._tag, "AuthenticationError")
    })
  )

  it.effect("a retry waits for the first that is back", () =>
    Effect.gen(function* () {
      let limited = true
      const { model, used } = failing({
        a: () => (limited ? busy(60)() : undefined),
        b: () => (limited ? busy(20)() : undefined)
      })
      const pool = yield* KeyPool.make(lab, entries("a", "b"))
      const fiber = yield* Effect.forkChild(Model.retry(pool.policy(model), Retry.standard).generate("Hi"))
      yield* TestClock.adjust("19 seconds")
      limited = false
      yield* TestClock.adjust("1 second")
      const { attempts } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(used, ["a", "b", "b"])
      assert.deepStrictEqual(
        attempts.map(({ error }) => error?._tag),
        ["RateLimitError", "RateLimitError", undefined]
      )
    })
  )
})

describe("with OpenAI", () => {
  const ok = { id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] }
  const keys = ["a", "b", "mine"].map(secretOf)

  /** The provider as it answers to keys; `sent` are the requests. */
  const server = (statusOf: (key: string) => number) => {
    const sent: Array<{ readonly key: string; readonly url: string; readonly extra: string | undefined }> = []
    const client = HttpClient.make((request, url) =>
      Effect.sync(() => {
        const key = (request.headers["authorization"] ?? "").replace("Bearer ", "")
        sent.push({ key, url: url.href, extra: request.headers["x-extra"] })
        const status = statusOf(key)
        const body = status === 200 ? ok : { error: { message: `key ${key} is not welcome` } }
        const headers = status === 429 ? { "retry-after": "30" } : undefined
        return HttpClientResponse.fromWeb(
          request,
          new Response(JSON.stringify(body), { status, ...(headers && { headers }) })
        )
      })
    )
    const layer = LLM.OpenAi.layer({ apiKey: Redacted.make(secretOf("layer")) }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
    )
    return { sent, layer }
  }

  const model = LLM.OpenAi.model("gpt-5.4-mini")

  it.effect("sends the keys of the pool, and shows none of them", () =>
    Effect.gen(function* () {
      const { layer, sent } = server((key) => (key === secretOf("a") ? 401 : key === secretOf("b") ? 429 : 200))
      const decisions: Array<Decision.Decision> = []
      const pool = yield* KeyPool.make(LLM.OpenAi, [
        { credentials: credentialsOf("a") },
        { credentials: credentialsOf("b") }
      ])
      const call = Effect.flip(model.pipe(pool.policy).generate("Hi"))
      const error = yield* call.pipe(
        Effect.provide(layer),
        Effect.provideService(Decision.CurrentDecisionObserver, (one) => void decisions.push(one))
      )
      assert.deepStrictEqual(
        sent.map(({ key }) => key),
        keys.slice(0, 2)
      )
      assert.strictEqual(error._tag, "RateLimitError")
      assert.deepStrictEqual(decisions, [
        { type: "key-refused", key: "#1" },
        { type: "retry", model: "openai/gpt-5.4-mini", error: "AuthenticationError", wait: Duration.zero },
        { type: "key-cooled", key: "#2" }
      ])
      const shown = JSON.stringify([
        error,
        error.message,
        String(error.cause),
        attemptsOf(error),
        decisions,
        yield* pool.states
      ])
      for (const key of keys) assert.notInclude(shown, key)
    })
  )

  it.effect("a caller's own key, base URL or header wins, for one call and for one fiber", () =>
    Effect.gen(function* () {
      const { layer, sent } = server((key) => (key === secretOf("mine") ? 401 : 200))
      const pool = yield* KeyPool.make(LLM.OpenAi, [entry("a")])
      const pooled = model.pipe(pool.policy)
      const ask = (given: Parameters<typeof LLM.OpenAi.withCredentials>[0]) =>
        Effect.exit(Effect.provide(pooled.generate("Hi").pipe(LLM.OpenAi.withCredentials(given)), layer))
      yield* ask(credentialsOf("mine"))
      assert.deepStrictEqual(
        (yield* pool.states).map(({ isRefused }) => isRefused),
        [false]
      )
      yield* ask({ ...credentialsOf("mine"), baseUrl: "https://elsewhere.test/v1" })
      // The pool's key is for the provider's own host alone.
      yield* ask({ baseUrl: "https://elsewhere.test/v1" })
      yield* ask({ headers: { "x-extra": "1" } })
      yield* ask({ headers: { authorization: Redacted.make(`Bearer ${secretOf("mine")}`) } })
      const inFiber = Effect.forkChild(pooled.generate("Hi")).pipe(
        Effect.flatMap(Fiber.await),
        LLM.OpenAi.withCredentials(credentialsOf("mine"))
      )
      yield* Effect.provide(inFiber, layer)
      const short = (key: string) => key.split("-")[1]
      assert.deepStrictEqual(
        sent.map(({ extra, key, url }) => [short(key), new URL(url).host, extra]),
        [
          ["mine", "api.openai.com", undefined],
          ["mine", "elsewhere.test", undefined],
          ["a", "api.openai.com", "1"],
          ["mine", "api.openai.com", undefined],
          ["mine", "api.openai.com", undefined]
        ]
      )
    })
  )
})
