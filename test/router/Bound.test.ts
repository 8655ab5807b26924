/** One bound over a whole chain, however it is nested: retries never multiply, and no call outlives its deadline. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { Capability } from "../../src/domain/Capability.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Bound from "../../src/policies/Bound.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Model from "../../src/policies/Model.ts"
import * as Group from "../../src/router/Group.ts"
import { answers, type Call, type CallRecord, forEveryCall, type Script, scripted } from "../policies/capabilities.ts"

/** How models are nested: each level retries what is below, falls back from it to copies of it, or is a group of them. */
const Nesting = Schema.Array(
  Schema.Struct({ policy: Schema.Literals(["retry", "fallback", "group"]), width: Schema.Literals([1, 2, 3]) })
).check(Schema.isMinLength(1), Schema.isMaxLength(4))
type Nesting = typeof Nesting.Type

const nested = <C extends Capability>(
  call: Call<C>,
  nesting: Nesting,
  script: Script,
  calls: Array<CallRecord>
): Effect.Effect<Model.Model<C, ProviderError>> => {
  let made = 0
  const build = (depth: number): Effect.Effect<Model.Model<C, unknown>> =>
    Effect.gen(function* () {
      const level = nesting[depth]
      if (level === undefined) {
        const index = made++
        return scripted(call, script, calls, `lab${index}/${index}`)
      }
      const first = yield* build(depth + 1)
      if (level.policy === "retry") {
        return Model.retry(first, Schedule.max([Schedule.recurs(level.width), Schedule.spaced("1 second")]), {
          while: () => true
        })
      }
      const others = yield* Effect.forEach(Array.from({ length: level.width }), () => build(depth + 1))
      if (level.policy === "fallback") return Fallback.make<[Model.Any]>([first, ...others] as never) as never
      return yield* Group.make(
        "group",
        [first, ...others].map((model) => ({ model })),
        { kind: call.kind, cooling: { faults: 2, first: "10 millis" } }
      )
    })
  return build(0) as Effect.Effect<Model.Model<C, ProviderError>>
}

const letEnd = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.zip(Effect.exit(effect), Clock.currentTimeMillis))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const Ends = Schema.Array(Schema.Literals(["whole", "server", "overloaded", "busy", "key", "cut", "hang"])).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(4)
)

describe("Bound.make", () => {
  forEveryCall("never lets a chain make more provider calls than it permits, however it is nested", (call) =>
    it.effect.prop(
      call.name,
      { nesting: Nesting, ends: Ends, attempts: Schema.Literals([1, 2, 3, 5]) },
      ({ attempts, ends, nesting }) =>
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const script = ends.map((end) => ({
            ...answers,
            end: end === "hang" ? ("server" as const) : end,
            after: -1 as const
          }))
          const model = Bound.make({ attempts })(yield* nested(call, nesting, script, calls))
          const [exit] = yield* letEnd(call.run(model))
          assert.isAtMost(calls.length, attempts)
          assert.isAtLeast(calls.length, 1)
          if (Exit.isSuccess(exit)) assert.strictEqual(exit.value.attempts.length, calls.length)
        }),
      { arbitrary: { runs: 60 } }
    )
  )

  forEveryCall("never lets a chain go on past its deadline, however it is nested", (call) =>
    it.effect.prop(
      call.name,
      {
        nesting: Nesting,
        ends: Ends,
        deadline: Schema.Literals([100, 1500, 5000]),
        wait: Schema.Literals([0, 700, 4000])
      },
      ({ deadline, ends, nesting, wait }) =>
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const script = ends.map((end) => ({ ...answers, end, after: -1 as const, wait }))
          const start = yield* Clock.currentTimeMillis
          const bounded = Bound.make({ deadline: Duration.millis(deadline) })(
            yield* nested(call, nesting, script, calls)
          )
          const [exit, end] = yield* letEnd(call.run(bounded))
          assert.isTrue(calls.every(({ startedAtMillis }) => startedAtMillis - start <= deadline))
          assert.isTrue(calls.every(({ closed }) => closed === 1))
          if (Exit.isFailure(exit)) assert.isAtMost(end - start, deadline)
        }),
      { arbitrary: { runs: 40 } }
    )
  )
})
