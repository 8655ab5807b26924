/** Groups with other policies around and within: breakers, deadlines, retries, and groups in groups. */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Exit, Fiber, Schedule, Schema } from "effect"
import { CircuitBreaker as Store } from "effect/persistence"
import { TestClock } from "effect/testing"
import type { AllFailedError } from "../../src/domain/AllFailedError.ts"
import type { Chat } from "../../src/domain/Capability.ts"
import { ServerError } from "../../src/domain/ChatResponse.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Bound from "../../src/policies/Bound.ts"
import * as CircuitBreaker from "../../src/policies/CircuitBreaker.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Model from "../../src/policies/Model.ts"
import * as Group from "../../src/router/Group.ts"
import * as Override from "../../src/router/Override.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { answers, type CallRecord, forEveryCall, scripted } from "../policies/capabilities.ts"
import { priced } from "../policies/priced.ts"

const server = () => new ServerError({ provider: "lab", status: 500 })

const model = (id: string, script: ScriptedModel.Script<ProviderError> = () => "fine") =>
  ScriptedModel.make<ProviderError>(script, { id })

const letEnd = <A, E, R>(effect: Effect.Effect<A, E, R>, time: Duration.Input = "5 minutes") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust(time)
    return yield* Fiber.await(fiber)
  })

const deploymentsOf = ({
  attempts
}: {
  readonly attempts: ReadonlyArray<{ readonly deployment?: string | undefined }>
}) => attempts.map(({ deployment }) => deployment)

/** Ends at which waiting is no question. */
const Ends = Schema.Array(
  Schema.Array(Schema.Literals(["whole", "server", "key", "invalid", "cut"])).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(2)
  )
).check(Schema.isMinLength(1), Schema.isMaxLength(4))

describe("a group in order", () => {
  forEveryCall("calls whom a fallback chain would call, and ends as it does", (call) =>
    it.effect.prop(
      call.name,
      { ends: Ends, after: Schema.Literals([-1, 0, 3]), isRestarted: Schema.Boolean },
      ({ after, ends, isRestarted }) =>
        Effect.gen(function* () {
          const run = (make: (models: ReadonlyArray<Model.Any>) => Effect.Effect<Model.Any>) =>
            Effect.gen(function* () {
              const calls: Array<CallRecord> = []
              const models = ends.map((script, index) =>
                scripted(
                  call,
                  script.map((end) => ({ ...answers, end, after })),
                  calls,
                  `lab${index}/${index}`
                )
              )
              const exit = yield* letEnd(call.run((yield* make(models)) as (typeof models)[number]), "1 minute")
              return { called: calls.map(({ model, outcome }) => [model, outcome]), isServed: Exit.isSuccess(exit) }
            })
          const onInterrupted = isRestarted ? "restart" : "fail"
          const chain = yield* run((models) => Effect.sync(() => Fallback.make(models as never, { onInterrupted })))
          const group = yield* run((models) =>
            Group.make("group", models.map((model, order) => ({ model, order })) as never, {
              kind: call.kind,
              onInterrupted
            })
          )
          assert.deepStrictEqual(group, chain)
        }),
      { arbitrary: { runs: 40 } }
    )
  )
})

describe("a group", () => {
  it.effect("leaves out a deployment whose circuit is open, and uses it again once it has recovered", () =>
    Effect.gen(function* () {
      let isDown = true
      const sick = model("lab/sick", () => (isDown ? server() : "back"))
      const guarded = sick.pipe(CircuitBreaker.make({ trip: { consecutive: 1 }, open: "4 seconds" }))
      const group = yield* Group.make("group", [
        { model: guarded, name: "sick" },
        { model: model("other/well"), name: "well", order: 1 }
      ])
      yield* group.generate("Hi")
      assert.deepStrictEqual(deploymentsOf(yield* group.generate("Hi")), ["sick", "well"])
      assert.match((yield* group.explain("Hi")).leftOut[0]?.because ?? "", /circuit is open; cooling for 4s/)
      assert.deepStrictEqual(deploymentsOf(yield* group.generate("Hi")), ["well"])
      assert.lengthOf(sick.calls, 1)
      isDown = false
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(deploymentsOf(yield* group.generate("Hi")), ["sick"])
    }).pipe(Effect.provide(Store.layerStoreMemory()))
  )

  it.effect("does not count a policy's refusal without a call as an attempt", () =>
    Effect.gen(function* () {
      const guard = CircuitBreaker.make({ trip: { consecutive: 1 }, open: "1 minute" })
      const sick = ["a/1", "b/2", "c/3"].map((id) => model(id, server).pipe(guard))
      for (const one of sick) yield* Effect.exit(one.generate("Hi"))
      const group = yield* Group.make(
        "group",
        [...sick, model("d/4")].map((model, order) => ({ model, order })),
        {
          attempts: 1
        }
      )
      assert.deepStrictEqual(deploymentsOf(yield* group.generate("Hi")), ["a/1", "b/2", "c/3", "d/4"])
    }).pipe(Effect.provide(Store.layerStoreMemory()))
  )

  it.effect("bounds the retries of all its deployments together, and those around it", () =>
    Effect.gen(function* () {
      const models = ["a/1", "b/2", "c/3"].map((id) => model(id, server))
      const retried = Model.retry(Schedule.recurs(3))
      const group = yield* Group.make(
        "group",
        models.map((model, order) => ({ model: retried(model), order })),
        { attempts: 5 }
      )
      yield* letEnd(Effect.exit(group.generate("Hi")))
      assert.deepStrictEqual(
        models.map(({ calls }) => calls.length),
        [4, 1, 0]
      )
      const outer = Bound.make({ attempts: 2 })(retried(group))
      yield* TestClock.adjust("1 minute")
      yield* letEnd(Effect.exit(outer.generate("Hi")))
      assert.strictEqual(
        models.reduce((sum, { calls }) => sum + calls.length, 0),
        7
      )
    })
  )

  it.effect("finds out that a deployment hangs, though a deadline ends the calls", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        [{ model: model("lab/hangs", () => ({ hang: true })) }, { model: model("other/well"), order: 1 }],
        { deadline: "5 seconds" }
      )
      for (let call = 0; call < 3; call++) {
        const error = yield* Effect.flip(yield* letEnd(group.generate("Hi"), "5 seconds"))
        assert.strictEqual(error.last?._tag, "TimeoutError")
      }
      assert.deepStrictEqual(deploymentsOf(yield* group.generate("Hi")), ["other/well"])
      assert.include((yield* group.stats)[0], { busy: 0, interrupted: 3 })
    })
  )

  it.effect("keeps its deadline while it waits for the only deployment", () =>
    Effect.gen(function* () {
      const limited = () => new ServerError({ provider: "lab", status: 503, retryAfter: Duration.seconds(4) })
      const group = yield* Group.make("group", [{ model: model("lab/a", [limited(), "never"]) }], {
        deadline: "3 seconds"
      })
      const exit = yield* letEnd(group.generate("Hi"), 0)
      assert.isTrue(Exit.isFailure(exit))
    })
  )

  it.effect("that falls back on a group that falls back on it calls each once", () =>
    Effect.gen(function* () {
      const other: { group?: Model.Model<Chat, AllFailedError> } = {}
      const later = Model.make<Chat, AllFailedError, never>({
        id: "b",
        kind: model("lab/a").kind,
        generate: (request) => other.group?.generate(request) ?? Effect.die("not made yet")
      })
      const [one, two] = [model("lab/one", server), model("far/two", server)]
      const a = yield* Group.make("a", [{ model: one }], { fallbacks: { default: [later] } })
      other.group = yield* Group.make("b", [{ model: two }], { fallbacks: { default: [a] } })
      const error = yield* Effect.flip(a.generate("Hi"))
      assert.deepStrictEqual([one.calls.length, two.calls.length], [1, 1])
      assert.include(error.message, "lab/one")
      const unable = yield* Group.make("b", [{ model: two, unsupported: ["seed"] }], { fallbacks: { default: [a] } })
      other.group = unable
      yield* a.replace([{ model: one, unsupported: ["seed"] }])
      assert.lengthOf((yield* Effect.flip(a.generate({ messages: "Hi", seed: 1 }))).leftOut ?? [], 1)
      assert.deepStrictEqual([one.calls.length, two.calls.length], [1, 1])
    })
  )

  forEveryCall("counts the cost that its response tells, where costs are computed around it", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const group = yield* Group.make("group", [{ model: scripted(call, [answers]) }], { kind: call.kind })
          const { cost } = yield* yield* letEnd(call.run(Model.withCost(group)))
          const [stats] = yield* group.stats
          assert.isTrue(cost?._tag === "Priced" && stats !== undefined && BigDecimal.equals(stats.cost, cost.total))
          assert.strictEqual(stats?.unpriced, 0)
        })
      )
    )
  )

  it.effect("still reports what was left out if costs are computed around it", () =>
    priced(
      Effect.gen(function* () {
        const group = yield* Group.make("group", [{ model: model("lab/a"), unsupported: ["seed"] }])
        const error = yield* Effect.flip(Model.withCost(group).generate({ messages: "Hi", seed: 1 }))
        assert.deepStrictEqual(
          error.leftOut?.map(({ because }) => because),
          ["it does not accept seed"]
        )
      })
    )
  )

  it.effect("of groups applies an override of deployments to itself", () =>
    Effect.gen(function* () {
      const inner = yield* Group.make("inner", [
        { model: model("lab/a"), name: "a" },
        { model: model("lab/b"), name: "b" }
      ])
      const outer = yield* Group.make("outer", [
        { model: model("lab/direct"), name: "direct" },
        { model: inner, name: "nested", order: 1, tags: ["eu"] }
      ])
      for (const override of [{ deployment: "nested" }, { order: ["nested"] }, { tags: ["eu"] }]) {
        const [served] = deploymentsOf(yield* outer.pipe(Override.make(override)).generate("Hi"))
        assert.include(["a", "b"], served)
      }
      const plan = yield* Effect.provideService(outer.explain("Hi"), Override.CurrentOverride, { deployment: "nested" })
      assert.deepStrictEqual(
        plan.deployments.map(({ deployment }) => deployment),
        ["nested"]
      )
    })
  )
})
