import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import { BudgetExceededError, RateLimitError, ServerError, TimeoutError } from "../../src/domain/ChatResponse.ts"
import { CircuitOpenError, LocalRateLimitError, PolicyStoreError } from "../../src/domain/PolicyErrors.ts"
import { currentSteadyMillis } from "../../src/domain/SteadyClock.ts"
import { CallBound, isAtDeadline } from "../../src/policies/CallBound.ts"
import { answer } from "./content/answers.ts"

const server = new ServerError({})
const zero = BigDecimal.fromNumberUnsafe(0)
const budget = { budget: "b", unit: "usd", limit: zero, spent: zero, reserved: zero } as const

const refusals = [
  new CircuitOpenError({ circuit: "c" }),
  new LocalRateLimitError({ key: "k", limit: "requests", allowed: 1, requested: 1 }),
  new PolicyStoreError({ policy: "p", cause: undefined }),
  new BudgetExceededError(budget),
  new AllFailedError({ models: [], attempts: [] })
]
const calls = [
  server,
  undefined,
  "anything",
  new AllFailedError({ models: ["m"], attempts: [{ model: "m", error: server, duration: Duration.zero }] }),
  new BudgetExceededError({ ...budget, partial: answer("Hi") }),
  new BudgetExceededError({ ...budget, cost: { _tag: "Unpriced", reason: { _tag: "NoPrice" }, row: undefined } })
]

/** How many further attempts may be made. */
const attemptsLeft = (bound: CallBound, most = 10): number => {
  let taken = 0
  while (taken < most && bound.permits(server) && bound.take(server, 0, 0)) taken++
  return taken
}

describe("the attempts of a bound", () => {
  it("include the first, before any retry", () => {
    for (const [attempts, further] of [
      [undefined, 10],
      [3, 2],
      [1, 0],
      [0, 0]
    ] as const) {
      const bound = CallBound.make(undefined, 0, { attempts })
      assert.strictEqual(attemptsLeft(bound), further)
      assert.strictEqual(bound.permits(server), further === 10)
      assert.strictEqual(bound.take(server, 0, 0), further === 10)
    }
  })

  it("are not used up by refusals of a policy, without a call", () => {
    for (const error of refusals) {
      const bound = CallBound.make(undefined, 0, { attempts: 2 })
      for (let time = 0; time < 5; time++) {
        assert.isTrue(bound.permits(error), error._tag)
        assert.isTrue(bound.take(error, 0, 0), error._tag)
      }
      assert.strictEqual(attemptsLeft(bound), 1)
      assert.isTrue(bound.permits(error) && bound.take(error, 0, 0))
    }
    for (const error of calls) {
      const bound = CallBound.make(undefined, 0, { attempts: 2 })
      assert.isTrue(bound.take(error, 0, 0))
      assert.isFalse(bound.permits(error))
      assert.isFalse(bound.take(error, 0, 0))
    }
  })

  it("count for the bounds around it too, which others share", () => {
    const outer = CallBound.make(undefined, 0, { attempts: 4 })
    const [one, other] = [CallBound.make(outer, 0, { attempts: 3 }), CallBound.make(outer, 0, { attempts: 3 })]
    assert.strictEqual(attemptsLeft(one), 2)
    assert.strictEqual(attemptsLeft(other), 1)
    assert.strictEqual(attemptsLeft(outer), 0)
    assert.strictEqual(attemptsLeft(CallBound.patient(CallBound.make(undefined, 0, { attempts: 3 }), 0)), 2)
  })
})

describe("the time of a bound", () => {
  it("ends at its own deadline or that of an outer bound, whichever is first", () => {
    const outer = CallBound.make(undefined, 500, { deadline: 1000 })
    const deadlines = [{ deadline: 200 }, { deadline: 5000 }, {}].map(
      (limits) => CallBound.make(outer, 600, limits).deadlineMillis
    )
    assert.deepStrictEqual(deadlines, [800, 1500, 1500])
    assert.strictEqual(CallBound.patient(outer, 0).deadlineMillis, 1500)
    assert.strictEqual(CallBound.make(undefined, 0, {}).deadlineMillis, Infinity)
  })

  it("permits an attempt until then, and a wait up to then", () => {
    for (const error of [server, ...refusals]) {
      const take = (wait: number, now: number) =>
        CallBound.make(undefined, 0, { deadline: 1000 }).take(error, wait, now)
      assert.deepStrictEqual(
        [take(0, 999), take(0, 1000), take(0, 1001), take(600, 400), take(601, 400), take(1, 1000)],
        [true, false, false, true, false, false]
      )
    }
  })

  it("is not spent on a Retry-After longer than `patience`", () => {
    const busy = new RateLimitError({ retryAfter: Duration.millis(101) })
    const patient = CallBound.patient(CallBound.patient(undefined, 100), 200)
    assert.strictEqual(patient.longestWaitMillis, 100)
    assert.strictEqual(CallBound.patient(patient, 50).longestWaitMillis, 50)
    assert.strictEqual(CallBound.make(patient, 0, {}).longestWaitMillis, 100)
    assert.isTrue(patient.take(busy, 100, 0))
    assert.isFalse(patient.take(busy, 101, 0))
    assert.isTrue(patient.take(server, 101, 0))
  })
})

it("a bound is within those around it, by who set them", () => {
  const [one, other, third] = [{}, {}, {}]
  const bound = CallBound.make(CallBound.make(CallBound.make(undefined, 0, {}, one), 0, {}), 0, {}, other)
  assert.deepStrictEqual(
    [one, other, third].map((owner) => bound.isWithin(owner)),
    [true, true, false]
  )
})

describe("an attempt at the deadline", () => {
  it("is unlimited without a deadline", () => {
    assert.strictEqual(CallBound.make(undefined, 0, { attempts: 1 }).interrupting(Effect.never, "lab/m"), Effect.never)
  })

  it.effect("is interrupted, with an error that differs from other limits", () =>
    Effect.gen(function* () {
      for (const [id, provider, model] of [
        ["lab/m", "lab", "m"],
        ["m", undefined, "m"],
        ["lab/a,lab/b", undefined, "lab/a,lab/b"]
      ] as const) {
        const now = yield* currentSteadyMillis
        const bound = CallBound.make(CallBound.make(undefined, now, { deadline: "1 hour" }), now, {
          deadline: "10 seconds"
        })
        const fiber = yield* Effect.forkChild(Effect.flip(bound.interrupting(Effect.never, id)))
        yield* TestClock.adjust(9999)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(1)
        const error = yield* Fiber.join(fiber)
        assert.deepInclude(error, { phase: "total", duration: Duration.seconds(10), provider, model })
        assert.isTrue(isAtDeadline(error))
        yield* TestClock.adjust("1 minute")
        const late = yield* Effect.forkChild(Effect.exit(bound.interrupting(Effect.never, id)))
        yield* TestClock.adjust(0)
        assert.isDefined(late.pollUnsafe())
      }
      assert.isFalse(isAtDeadline(new TimeoutError({ phase: "total", duration: Duration.seconds(10) })))
      assert.isFalse(isAtDeadline(server))
      const bound = CallBound.make(undefined, yield* currentSteadyMillis, { deadline: 1 })
      assert.strictEqual(yield* bound.interrupting(Effect.succeed(1), "lab/m"), 1)
    })
  )
})
