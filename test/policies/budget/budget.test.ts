import { assert, describe, it, layer as describeWith } from "@effect/vitest"
import { BigDecimal, Clock, DateTime, Effect, Exit, Fiber, Layer, Logger, Result, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Price from "../../../src/catalog/Price.ts"
import { layerWith, Pricing } from "../../../src/catalog/Pricing.ts"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import type { Capability, Chat } from "../../../src/domain/Capability.ts"
import { BudgetExceededError, ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { CallRequest } from "../../../src/domain/CallRequest.ts"
import { PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import * as ProviderError from "../../../src/domain/ProviderError.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { kind } from "../../../src/model/ChatModel.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets, type BudgetStatus } from "../../../src/policies/Budgets.ts"
import { BudgetStore, BudgetStoreError } from "../../../src/policies/BudgetStore.ts"
import { layer as layerMemory } from "../../../src/policies/BudgetStoreMemory.ts"
import { CallEstimate } from "../../../src/policies/budget/CallEstimate.ts"
import { CurrentDecisionObserver, type Decision } from "../../../src/policies/Decision.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { costs } from "../../../src/policies/WithCost.ts"
import { forEveryCall, scripted, Scripts } from "../capabilities.ts"
import { priced } from "../priced.ts"
import { chunkTokens, dollarsOf, inputTokens, type Made, metered, pricing } from "./metered.ts"

const decimals = ({ reserved, spent }: BudgetStatus) => [formatDecimal(spent), formatDecimal(reserved)]
const spentOf = (budget: Budget.Budget) =>
  Effect.map(
    Budgets.use((budgets) => budgets.spent(budget)),
    decimals
  )
const sum = (amounts: ReadonlyArray<BigDecimal.BigDecimal>) => formatDecimal(BigDecimal.sumAll(amounts))
const finishing = (chunks: number) => () => ({ chunks, end: "finish" }) as const

/** Lets other fibers run until it holds. */
const eventually = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(Effect.andThen(Effect.yieldNow, holds), { until: (isTrue) => isTrue })

/** Runs an effect, with the decisions that policies recorded. */
const recorded = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const decisions: Array<Decision> = []
    return Effect.map(
      Effect.result(Effect.provideService(effect, CurrentDecisionObserver, (one) => void decisions.push(one))),
      (result) => ({ result, decisions: decisions.map(({ type }) => type) })
    )
  })

const errorOf = <A, E>(result: Result.Result<A, E>): BudgetExceededError => {
  const error = Result.isFailure(result) ? result.failure : undefined
  if (error instanceof BudgetExceededError) return error
  return assert.fail(`no BudgetExceededError: ${String(error)}`)
}

const withMemory = Layer.merge(Budgets.layerMemory, pricing)

describeWith(withMemory, { excludeTestServices: true })("Budget", (it) => {
  it.effect("refuses a call that one budget does not permit, and reserves in none", () =>
    Effect.gen(function* () {
      const [team, user] = [
        Budget.usd("refuses-team", { limit: "1", per: "day" }),
        Budget.usd("refuses-user", { limit: "0.001", per: "month" })
      ]
      const made: Array<Made> = []
      const model = metered(finishing(2), made).pipe(Budget.enforce([team, user]))
      const { decisions, result } = yield* recorded(model.generate("Hi"))
      const error = errorOf(result)
      assert.strictEqual(error.budget, "refuses-user")
      // The call alone needs more: waiting would not help.
      assert.match(
        error.message,
        /^the call needs [\d.]+ USD, more than the budget "refuses-user" of 0.001 USD ever permits/
      )
      assert.match(error.message, /maxOutputTokens/)
      assert.notMatch(error.message, /resets/)
      assert.isDefined(error.resetsAt)
      assert.deepStrictEqual(decisions, ["budget-refused"])
      assert.lengthOf(made, 0)
      assert.deepStrictEqual(yield* spentOf(team), ["0", "0"])
      assert.isTrue(ProviderError.isFallbackable(error))
      assert.isFalse(ProviderError.isRetryable(error))
    })
  )

  it.effect("says what a refused call needs, and what is left until when", () =>
    Effect.gen(function* () {
      const budget = Budget.tokens("needs", { limit: 100, per: "day" })
      yield* Budgets.use((budgets) => budgets.reserve([budget], { usd: BigDecimal.make(0n, 0), tokens: 70 }))
      const request = { messages: [{ role: "user", content: "Hi" } as const], maxOutputTokens: 60 }
      const { result } = yield* recorded(Budget.enforce(budget)(metered(finishing(2))).generate(request))
      assert.match(
        errorOf(result).message,
        /has 30 tokens left, and the call needs \d+ tokens: 0 tokens spent, 70 tokens reserved by .* resets at/
      )
    })
  )

  it.effect("stops a stream whose budget is used up, with the partial response and its cost", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("stops", { limit: "0.001", per: "all" })
      const made: Array<Made> = []
      const texts: Array<string> = []
      const ends: Array<Model.CallEnd<CallRequest, unknown, unknown>> = []
      const model = metered(() => ({ chunks: 1000, end: "finish" }), made).pipe(
        Budget.enforce(budget),
        Model.retry(Retry.standard),
        Model.onEnd((end) => Effect.sync(() => ends.push(end)))
      )
      const read = Stream.runForEach(model.stream("Hi"), (event) =>
        Effect.sync(() => void (event.type === "text-delta" && texts.push(event.delta)))
      )
      const { decisions, result } = yield* recorded(read)
      const error = errorOf(result)
      const [call] = made
      if (call === undefined) return assert.fail("no call")
      assert.isTrue(call.closed)
      // All that had arrived is held, the chunk that was one too many included.
      assert.strictEqual(
        error.partial?.text,
        Array.from({ length: call.chunks }, (_, index) => `word${index} `).join("")
      )
      assert.isTrue(texts.join("").length > 0 && (error.partial?.text ?? "").startsWith(texts.join("")))
      assert.strictEqual(
        error.cost?._tag === "Priced" ? formatDecimal(error.cost.total) : "",
        sum([dollarsOf(call.outputTokens)])
      )
      assert.isTrue(error.cost?._tag === "Priced" && error.cost.flags.some(({ _tag }) => _tag === "Estimated"))
      // The policies around it account for it too.
      assert.deepStrictEqual(
        ends.map(({ cost }) => cost),
        [error.cost]
      )
      assert.deepStrictEqual(
        ends.flatMap(({ attempts }) => attempts.map(({ cost }) => cost)),
        [error.cost]
      )
      assert.deepStrictEqual(decisions, ["budget-stopped"])
      assert.deepStrictEqual(yield* spentOf(budget), [sum([dollarsOf(call.outputTokens)]), "0"])
      // Nearly all of the budget could be used.
      assert.isAbove(call.outputTokens, 40)
    })
  )

  it.effect("reserves a call's maxOutputTokens, and a stream in steps", () =>
    Effect.gen(function* () {
      const budget = Budget.tokens("reserves", { limit: 1_000_000, per: "day" })
      const enforce = Budget.enforce(budget, { step: 100 })
      const made: Array<Made> = []
      const request = { messages: [{ role: "user", content: "Hi" } as const], maxOutputTokens: 3000 }
      const hanging = metered(() => ({ chunks: 20, end: "hang" }), made).pipe(enforce)
      const reader = yield* Effect.forkChild(Stream.runDrain(hanging.stream(request)), { startImmediately: true })
      yield* eventually(Effect.sync(() => made[0]?.chunks === 20))
      const [, first] = yield* spentOf(budget)
      assert.isAbove(Number(first), 140)
      assert.isBelow(Number(first), 400)
      const whole = yield* Effect.forkChild(
        metered(() => ({ chunks: 0, end: "hang" }))
          .pipe(enforce)
          .generate(request),
        {
          startImmediately: true
        }
      )
      yield* eventually(Effect.map(spentOf(budget), ([, reserved]) => reserved !== first))
      const [, both] = yield* spentOf(budget)
      assert.isAtLeast(Number(both) - Number(first), 3000)
      yield* Fiber.interrupt(reader)
      assert.strictEqual((yield* spentOf(budget))[0], String(inputTokens + 20 * chunkTokens))
      yield* Fiber.interrupt(whole)
      assert.strictEqual((yield* spentOf(budget))[1], "0")
    })
  )

  it.effect("charges an estimate if the provider reports nothing", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("estimates", { limit: "1", per: "day" })
      const silent = metered(finishing(10), [], { reports: "never" }).pipe(Budget.enforce(budget))
      yield* Stream.runDrain(silent.stream("Hi"))
      const [streamed] = yield* spentOf(budget)
      assert.isAbove(Number(streamed), 10 * 15e-6)
      const cut = metered(() => ({ chunks: 10, end: "fail" }), [], { reports: "never" }).pipe(Budget.enforce(budget))
      yield* Effect.ignore(Stream.runDrain(cut.stream("Hi")))
      const [both] = yield* spentOf(budget)
      assert.closeTo(Number(both) / Number(streamed), 2, 0.5)
    })
  )

  it.effect("has the same cost in the response as in the budget if the provider reports nothing", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("silent", { limit: "1", per: "day" })
      const silent = metered(finishing(10), [], { reports: "never" }).pipe(Budget.enforce(budget))
      const { cost } = yield* silent.generate("Hi")
      assert.strictEqual(cost?._tag, "Priced")
      if (cost?._tag !== "Priced") return
      assert.deepInclude(cost.flags, { _tag: "Estimated" })
      assert.strictEqual((yield* spentOf(budget))[0], BigDecimal.format(cost.total))
    })
  )

  it.effect("refuses models without a price, or counts their calls", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("unpriced", { limit: "1", per: "day" })
      const unpriced = metered(finishing(1), [], { id: "lab/unpriced" })
      const { result } = yield* recorded(unpriced.pipe(Budget.enforce(budget)).generate("Hi"))
      assert.include(errorOf(result).message, "no price is known")
      yield* unpriced.pipe(Budget.enforce(budget, { unpriced: "allow" })).generate("Hi")
      yield* Stream.runDrain(unpriced.pipe(Budget.enforce(budget, { unpriced: "allow" })).stream("Hi"))
      const status = yield* Budgets.use((budgets) => budgets.spent(budget))
      assert.deepStrictEqual([...decimals(status), status.unpriced], ["0", "0", 2])
      const tokens = Budget.tokens("unpriced", { limit: 1000, per: "day" })
      yield* unpriced
        .pipe(Budget.enforce(tokens))
        .generate({ messages: [{ role: "user", content: "Hi" }], maxOutputTokens: 20 })
      assert.deepStrictEqual(yield* spentOf(tokens), [String(inputTokens + chunkTokens), "0"])
    })
  )

  it.effect("admits calls whose price is for meters that only responses count", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("pages", { limit: "1", per: "day" })
      const usage = Usage.make({ input: 0, output: 0 }, { units: { pages: 20 } })
      const reader = (id: string) =>
        Model.make<Chat, never, never>({
          id,
          kind,
          generate: () =>
            Effect.succeed(new ChatResponse({ content: [], finishReason: "stop", usage, warnings: [], attempts: [] }))
        })
      yield* reader("lab/pages").pipe(Budget.enforce(budget)).generate({ messages: [] })
      assert.deepStrictEqual(yield* spentOf(budget), ["0.04", "0"])
    }).pipe(Effect.provide(layerWith({ models: [], prices: { "lab/pages": Price.make({ pages: 2 }) } })))
  )

  it.effect("warns once when a soft limit is passed", () =>
    Effect.gen(function* () {
      const budget = Budget.tokens("warns", { limit: 200, per: "day", warnAt: 0.5 })
      const warnings: Array<string> = []
      const model = metered(finishing(3)).pipe(
        Budget.enforce(budget, {
          onWarning: ({ budget, spent }) => Effect.sync(() => warnings.push(`${budget.id} ${formatDecimal(spent)}`))
        })
      )
      const request = { messages: [{ role: "user", content: "Hi" } as const], maxOutputTokens: chunkTokens * 3 }
      const all = yield* Effect.forEach([1, 2, 3, 4, 5], () => recorded(model.generate(request)))
      assert.deepStrictEqual(
        all.flatMap(({ decisions }) => decisions),
        ["budget-warned"]
      )
      assert.lengthOf(warnings, 1)
      assert.deepStrictEqual(yield* spentOf(budget), [String(5 * (inputTokens + 3 * chunkTokens)), "0"])
    })
  )

  it.effect("settles a call whose warning throws", () =>
    Effect.gen(function* () {
      const budget = Budget.tokens("broken-warning", { limit: 200, per: "day", warnAt: 0.1 })
      const onWarning = (): never => {
        throw new Error("broken")
      }
      const model = metered(finishing(3)).pipe(Budget.enforce(budget, { onWarning }))
      yield* model.generate({ messages: [{ role: "user", content: "Hi" }], maxOutputTokens: chunkTokens * 3 })
      assert.deepStrictEqual(yield* spentOf(budget), [String(inputTokens + 3 * chunkTokens), "0"])
    })
  )

  it.effect("finds the budgets of a call with an effect, and limits nothing without any", () =>
    Effect.gen(function* () {
      const budget = (user: string) => Budget.tokens(`found-${user}`, { limit: 1000, per: "day" })
      const model = metered(finishing(1)).pipe(
        Budget.enforce(({ request }) =>
          Effect.succeed(request.user === undefined ? [] : [budget(request.user), budget(request.user)])
        )
      )
      const messages = [{ role: "user", content: "Hi" } as const]
      yield* model.generate({ messages, user: "ann", maxOutputTokens: 10 })
      yield* model.generate({ messages })
      assert.deepStrictEqual(yield* spentOf(budget("ann")), [String(inputTokens + chunkTokens), "0"])
    })
  )

  it.effect("keeps the cost that a response has", () =>
    Effect.gen(function* () {
      const budget = Budget.usd("has-cost", { limit: "1", per: "day" })
      const response = yield* metered(finishing(2)).pipe(Budget.enforce(budget)).generate("Hi")
      assert.isTrue(
        response.cost?._tag === "Priced" && BigDecimal.equals(response.cost.total, dollarsOf(2 * chunkTokens))
      )
    })
  )
})

describe("a budget in time", () => {
  it.effect("knows what is used of a window, also where calls end in a later one than they began in", () =>
    Effect.gen(function* () {
      const midnight = Date.UTC(2026, 0, 16)
      const budgets = yield* Budgets
      const amounts = (tokens: number) => ({ usd: BigDecimal.make(0n, 0), tokens })
      for (const spent of [2, 6, 9]) {
        const budget = Budget.tokens(`midnight-${spent}`, { limit: 100, per: "day" })
        const check = Effect.fnUntraced(function* (expected: number) {
          const status = yield* budgets.spent(budget)
          assert.strictEqual(formatDecimal(BigDecimal.sum(status.spent, status.reserved)), String(expected))
          const known = budgets.known(budget, yield* Clock.currentTimeMillis)
          assert.strictEqual(known && formatDecimal(known.used), String(expected))
        })
        yield* TestClock.setTime(midnight - 60_000)
        const first = yield* budgets.reserve([budget], amounts(5))
        const extended = yield* budgets.reserve([budget], amounts(5))
        yield* check(10)
        yield* TestClock.setTime(midnight + 60_000)
        const later = yield* budgets.reserve([budget], amounts(1))
        yield* check(1)
        const more = yield* budgets.extend(extended, amounts(3))
        yield* check(4)
        yield* budgets.settle(first, amounts(spent))
        yield* check(4)
        yield* budgets.settle(more, amounts(spent))
        const rest = Math.max(0, spent - 5)
        yield* check(1 + rest)
        yield* budgets.settle(later, amounts(7))
        yield* check(7 + rest)
      }
    }).pipe(Effect.provide(Budgets.layerMemory))
  )

  it.effect("knows what was used until its window is over, and of a rolling one what was used last", () =>
    Effect.gen(function* () {
      const budgets = yield* Budgets
      const start = Date.UTC(2026, 0, 15, 23, 59)
      yield* TestClock.setTime(start)
      const calendar = Budget.tokens("known", { limit: 100, per: "day" })
      const rolling = Budget.tokens("known-rolling", { limit: 100, per: { rolling: "1 day" } })
      const all = Budget.tokens("known-all", { limit: 100, per: "all" })
      const knownAt = (budget: Budget.Budget, millis: number) => {
        const known = budgets.known(budget, millis)
        return known && formatDecimal(known.used)
      }
      assert.isUndefined(knownAt(calendar, start))
      const budget = [calendar, rolling, all]
      const reservation = yield* budgets.reserve(budget, { usd: BigDecimal.make(0n, 0), tokens: 7 })
      yield* budgets.settle(reservation, { usd: BigDecimal.make(0n, 0), tokens: 5 })
      const at = (millis: number) => budget.map((one) => knownAt(one, start + millis))
      assert.deepStrictEqual(at(59_999), ["5", "5", "5"])
      assert.deepStrictEqual(at(60_000), [undefined, "5", "5"])
    }).pipe(Effect.provide(Budgets.layerMemory))
  )

  it.effect("resets with its window, is raised until a day, and loses nothing when it changes", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-28T22:30:00Z"))
      const day = Budget.tokens("in-time", { limit: 60, per: { calendar: "day", zone: "Europe/Berlin" } })
      const request = { messages: [{ role: "user", content: "Hi" } as const], maxOutputTokens: 21 }
      const call = (budget: Budget.Budget) =>
        Effect.result(metered(finishing(3)).pipe(Budget.enforce(budget)).generate(request))
      assert.isTrue(Result.isSuccess(yield* call(day)))
      const refused = errorOf(yield* call(day))
      assert.strictEqual(refused.resetsAt && DateTime.formatIso(refused.resetsAt), "2026-03-28T23:00:00.000Z")
      const raised = Budget.tokens("in-time", {
        limit: 60,
        per: { calendar: "day", zone: "Europe/Berlin" },
        raised: { limit: 100, until: "2026-03-28T22:45:00Z" }
      })
      assert.isTrue(Result.isSuccess(yield* call(raised)))
      yield* TestClock.setTime(Date.parse("2026-03-28T22:45:00Z"))
      errorOf(yield* call(raised))
      // Midnight in Berlin, before its shortest day.
      yield* TestClock.setTime(Date.parse("2026-03-28T23:00:00Z"))
      assert.isTrue(Result.isSuccess(yield* call(day)))
      yield* TestClock.setTime(Date.parse("2026-03-29T21:59:59Z"))
      errorOf(yield* call(day))
      yield* TestClock.setTime(Date.parse("2026-03-29T22:00:00Z"))
      assert.deepStrictEqual(yield* spentOf(day), ["0", "0"])
      const month = Budget.tokens("in-time", { limit: 1000, per: "month" })
      assert.deepStrictEqual(yield* spentOf(month), ["96", "0"])
    }).pipe(Effect.provide(withMemory))
  )

  it.effect.prop(
    "never exceeds a rolling limit in any window",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40_000 }))).check(Schema.isMaxLength(60))],
    Effect.fnUntraced(
      function* ([gaps]) {
        const budgets = yield* Budgets
        yield* TestClock.setTime(Date.parse("2026-05-05T05:05:05Z"))
        const budget = Budget.tokens("rolling", { limit: 50, per: { rolling: "1 minute" } })
        const spent: Array<{ readonly at: number; readonly tokens: number }> = []
        for (const gap of gaps) {
          yield* TestClock.adjust(gap)
          const at = yield* Clock.currentTimeMillis
          const tokens = 1 + (gap % 17)
          const reserved = yield* Effect.result(budgets.reserve([budget], { usd: BigDecimal.make(0n, 0), tokens }))
          if (Result.isFailure(reserved)) continue
          yield* budgets.settle(reserved.success, { usd: BigDecimal.make(0n, 0), tokens })
          spent.push({ at, tokens })
        }
        for (const { at } of spent) {
          const within = spent.filter((one) => one.at <= at && one.at > at - 60_000)
          assert.isAtMost(
            within.reduce((total, { tokens }) => total + tokens, 0),
            50
          )
        }
      },
      Effect.provide(Budgets.layerMemory, { local: true })
    )
  )
})

describe("a clock that is set back", () => {
  it.effect("ends the reservations of dead processes also when the clock jumps back", () => {
    const day = 24 * 60 * 60_000
    const ended: Array<number> = []
    const store = Layer.effect(
      BudgetStore,
      Effect.map(BudgetStore, (store) => ({
        ...store,
        expire: (now, whenAbandoned) =>
          Effect.andThen(
            Effect.sync(() => ended.push(now)),
            store.expire(now, whenAbandoned)
          )
      }))
    ).pipe(Layer.provide(layerMemory))
    const budget = Budget.usd("back", { limit: "1", per: "all" })
    return Effect.gen(function* () {
      for (const now of [day, day + 1, 0, 1]) {
        yield* TestClock.setTime(now)
        yield* spentOf(budget)
      }
      assert.deepStrictEqual(ended, [day, 0])
    }).pipe(Effect.provide(Budgets.layer.pipe(Layer.provide(store))))
  })
})

/** A store that fails, or is silent, when it is told to. */
const fragile = (state: { mode: "up" | "fails" | "silent" }) =>
  Layer.effect(
    BudgetStore,
    Effect.map(BudgetStore, (store) => {
      const guarded = <A>(access: Effect.Effect<A, BudgetStoreError>) =>
        Effect.suspend(() => {
          if (state.mode === "up") return access
          return state.mode === "fails"
            ? Effect.fail(new BudgetStoreError({ cause: "down" }))
            : Effect.uninterruptible(Effect.never)
        })
      return {
        reserve: (request) => guarded(store.reserve(request)),
        settle: (id, charges, expiresAt) => guarded(store.settle(id, charges, expiresAt)),
        renew: (ids, expiresAt) => guarded(store.renew(ids, expiresAt)),
        expire: (now, whenAbandoned) => guarded(store.expire(now, whenAbandoned)),
        balance: (account, start) => guarded(store.balance(account, start))
      }
    })
  ).pipe(Layer.provide(layerMemory))

const quiet = Logger.layer([])

describe("a store that is down", () => {
  const budget = Budget.usd("down", { limit: "1", per: "all" })

  it.effect("fails calls in time, or admits them and settles them later", () => {
    const state: { mode: "up" | "fails" | "silent" } = { mode: "silent" }
    return Effect.gen(function* () {
      const failing = metered(finishing(2)).pipe(Budget.enforce(budget))
      const refused = yield* Effect.forkChild(recorded(failing.generate("Hi")), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const { decisions, result } = yield* Fiber.join(refused)
      assert.isTrue(Result.isFailure(result) && result.failure instanceof PolicyStoreError)
      assert.deepStrictEqual(decisions, ["store-failed"])
      state.mode = "fails"
      const open = metered(finishing(2)).pipe(Budget.enforce(budget, { whenStoreFails: "allow" }))
      const allowed = yield* recorded(Stream.runDrain(open.stream("Hi")))
      assert.isTrue(Result.isSuccess(allowed.result))
      state.mode = "up"
      assert.deepStrictEqual(yield* spentOf(budget), ["0", "0"])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* spentOf(budget), [sum([dollarsOf(2 * chunkTokens)]), "0"])
    }).pipe(Effect.provide([Budgets.layer.pipe(Layer.provide(fragile(state))), pricing, quiet]))
  })

  it.effect("charges an account once, however many budgets share it", () => {
    const state: { mode: "up" | "fails" | "silent" } = { mode: "fails" }
    return Effect.gen(function* () {
      const all = ["10", "5"].map((limit) => Budget.usd("shared", { limit, per: "all" }))
      const open = metered(finishing(2)).pipe(Budget.enforce(all, { whenStoreFails: "allow" }))
      yield* open.generate("Hi")
      state.mode = "up"
      yield* TestClock.adjust("5 seconds")
      for (const budget of all) assert.deepStrictEqual(yield* spentOf(budget), [sum([dollarsOf(2 * chunkTokens)]), "0"])
    }).pipe(Effect.provide([Budgets.layer.pipe(Layer.provide(fragile(state))), pricing, quiet]))
  })

  it.effect("reserves all that a running stream needs once the store is back", () => {
    const state: { mode: "up" | "fails" | "silent" } = { mode: "fails" }
    const tokens = Budget.tokens("again", { limit: 10_000, per: "all" })
    return Effect.gen(function* () {
      const open = metered(() => ({ chunks: 20, end: "finish" })).pipe(
        Budget.enforce(tokens, { whenStoreFails: "allow", step: 50 })
      )
      let output = 0
      let reserved = 0
      yield* open.stream("Hi").pipe(
        Stream.runForEach((event) =>
          Effect.gen(function* () {
            state.mode = "up"
            if (event.type !== "usage") return
            output = event.usage.outputTokens.total ?? 0
            reserved = Number((yield* spentOf(tokens))[1])
            if (output > 70) assert.isAtLeast(reserved, inputTokens + output)
          })
        )
      )
      assert.isAbove(output, 70)
      assert.isAbove(reserved, 0)
    }).pipe(Effect.provide([Budgets.layer.pipe(Layer.provide(fragile(state))), pricing, quiet]))
  })

  it.effect("has its settlements reported when they are lost, at the latest when the process ends", () => {
    const state: { mode: "up" | "fails" | "silent" } = { mode: "up" }
    const lost: Array<string> = []
    const onLost = ({ charges }: { readonly charges: ReadonlyArray<{ readonly amount: BigDecimal.BigDecimal }> }) =>
      Effect.sync(() => lost.push(...charges.map(({ amount }) => formatDecimal(amount))))
    const budgets = Budgets.layerWith({ settleWithin: "1 minute", onLost }).pipe(Layer.provide(fragile(state)))
    const call = Effect.gen(function* () {
      state.mode = "up"
      const reservation = yield* Budgets.use((service) => service.reserve([budget], { usd: dollarsOf(5), tokens: 1 }))
      state.mode = "fails"
      yield* Budgets.use((service) => service.settle(reservation, { usd: dollarsOf(4), tokens: 1 }))
    })
    return Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const context = yield* Layer.build(Layer.merge(budgets, pricing))
          yield* Effect.provide(call, context)
          assert.deepStrictEqual(lost, [])
          yield* TestClock.adjust("5 minutes")
          assert.deepStrictEqual(lost, [sum([dollarsOf(4)])])
          yield* Effect.provide(call, context)
        })
      )
      assert.deepStrictEqual(lost, [sum([dollarsOf(4)]), sum([dollarsOf(4)])])
    }).pipe(Effect.provide(quiet))
  })

  it.effect("charges what a dead process had reserved, unless it is told to release it", () =>
    Effect.gen(function* () {
      for (const [whenAbandoned, expected] of [
        ["charge", sum([dollarsOf(5)])],
        ["release", "0"]
      ] as const) {
        yield* Effect.gen(function* () {
          const store = yield* BudgetStore
          const dead = yield* Layer.build(Layer.fresh(Budgets.layerWith({ whenAbandoned }))).pipe(
            Effect.provideService(BudgetStore, store),
            Effect.flatMap((context) =>
              Effect.provide(
                Budgets.use((service) => service.reserve([budget], { usd: dollarsOf(5), tokens: 1 })),
                context
              )
            ),
            Effect.scoped
          )
          assert.isDefined(dead.id)
          const living = yield* Layer.build(Layer.fresh(Budgets.layerWith({ whenAbandoned })))
          yield* Effect.gen(function* () {
            const held = yield* Budgets.use((service) => service.reserve([budget], { usd: dollarsOf(1), tokens: 1 }))
            assert.strictEqual((yield* spentOf(budget))[1], sum([dollarsOf(5), dollarsOf(1)]))
            yield* TestClock.adjust("20 minutes")
            // What the living process holds is renewed.
            assert.deepStrictEqual(yield* spentOf(budget), [expected, sum([dollarsOf(1)])])
            yield* Budgets.use((service) => service.settle(held, { usd: dollarsOf(0), tokens: 1 }))
          }).pipe(Effect.provide(living))
        }).pipe(Effect.provide(layerMemory, { local: true }))
      }
    }).pipe(Effect.scoped)
  )
})

/** `Fallback.make` infers the capability of each model; here all are of `C`. */
const chainOf = <C extends Capability>(models: readonly [AnyModel<C>, ...ReadonlyArray<AnyModel<C>>]) =>
  (Fallback.make as unknown as (m: typeof models) => Model.Model<C, unknown>)(models)
type AnyModel<C extends Capability> = Model.Model<C, unknown>

forEveryCall("money of any call", (call) => {
  it.effect.prop(
    `is settled as its attempts cost, with retries and fallbacks within (${call.name})`,
    [Scripts],
    Effect.fnUntraced(
      function* ([scripts]) {
        const budget = Budget.usd("every-call", { limit: "1000", per: "all" })
        const spent: Array<string> = []
        const [first, ...others] = scripts.map((script, index) =>
          scripted(call, script, [], `lab/${index}`).pipe(Model.retry(Retry.standard))
        )
        if (first === undefined) return
        let isExact = true
        const model = chainOf([first, ...others]).pipe(
          Budget.enforce(budget),
          Model.onEnd((end) =>
            Effect.sync(() => {
              const all = costs(end)
              isExact = Exit.isSuccess(end.exit) && all.every(({ _tag }) => _tag === "Priced")
              spent.push(sum(all.flatMap((cost) => (cost._tag === "Priced" ? [cost.total] : []))))
            })
          )
        )
        const running = yield* Effect.forkChild(Effect.exit(call.run(model)), { startImmediately: true })
        yield* TestClock.adjust("1 hour")
        yield* Fiber.interrupt(running)
        const [total, reserved] = yield* spentOf(budget)
        assert.strictEqual(reserved, "0")
        assert.lengthOf(spent, 1)
        if (isExact) assert.strictEqual(total, spent[0])
        else assert.isAtLeast(Number(total), Number(spent[0]))
      },
      priced,
      Effect.provide(Budgets.layerMemory, { local: true }),
      Effect.scoped
    ),
    { arbitrary: { runs: 25 } }
  )
})

describe("the expected cost of a call", () => {
  const prices = {
    "lab/chat": Price.make({ input: 1, output: 10 }),
    "lab/dear": Price.make({ input: 2, output: 20 }),
    "lab/speech": Price.make({ inputCharacters: 15 }),
    "lab/images": Price.make({
      "outputImages:1024x1024": 0.04,
      "outputImages:hd-1024x1024": 0.08,
      "outputImages:hd-1792x1024": 0.12
    }),
    "lab/embedding": Price.make({ input: 0.02 }),
    "lab/transcription": Price.make({ inputSeconds: 0.36 }),
    "lab/rerank": Price.make({ requests: 2 })
  }

  it.effect("is known for every capability", () =>
    Effect.gen(function* () {
      const table = yield* Effect.flatMap(Pricing, ({ table }) => table)
      const at = DateTime.makeUnsafe("2026-01-01")
      const dollars = (model: string, request: CallRequest & { readonly [field: string]: unknown }) => {
        const estimate = new CallEstimate(model, request, table, at, {})
        const cost = estimate.costOf(estimate.outputTokens)
        return cost._tag === "Priced" ? Number(BigDecimal.format(cost.total)) : cost.reason._tag
      }
      const messages = [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
      const chat = dollars("lab/chat", { messages, maxOutputTokens: 1000 })
      assert.isTrue(Number(chat) > 0.01 && Number(chat) < 0.0101)
      // Of a chain, the dearest; one without a price is none.
      assert.strictEqual(dollars("lab/chat,lab/dear", { messages, maxOutputTokens: 1000 }), Number(chat) * 2)
      assert.strictEqual(dollars("lab/chat,lab/none", { messages }), "NoPrice")
      assert.strictEqual(dollars("lab/speech", { text: "Hé 👋" }), 15e-6 * 4)
      assert.strictEqual(dollars("lab/images", { prompt: "A cat", n: 2, size: "1024x1024", quality: "hd" }), 0.16)
      assert.strictEqual(dollars("lab/images", { prompt: "A cat" }), 0.12)
      assert.isAbove(Number(dollars("lab/embedding", { inputs: ["one", "two"] })), 0)
      assert.isAbove(Number(dollars("lab/transcription", { audio: new Uint8Array(100_000) })), 0)
      assert.strictEqual(dollars("lab/rerank", { query: "a", documents: ["b"] }), 0.002)
    }).pipe(Effect.provide(layerWith({ models: [], prices })))
  )
})

describe("the description of a budget", () => {
  it("is rejected if invalid", () => {
    const wrong = (input: Partial<Budget.BudgetInput>) => () => Budget.usd("b", { limit: "1", per: "day", ...input })
    for (const input of [
      { limit: "-1" },
      { limit: "one" },
      { limit: Number.NaN },
      { limit: "" },
      { warnAt: 2 }
    ] as const) {
      assert.throws(wrong(input), 'the budget "b" cannot be')
    }
    assert.throws(wrong({ per: { calendar: "day", zone: "Moon" } }), "Moon")
    assert.throws(wrong({ raised: { limit: "1", until: "never" } }))
    assert.strictEqual(formatDecimal(Budget.usd("b", { limit: "0.10", per: "day" }).limit), "0.1")
  })
})
