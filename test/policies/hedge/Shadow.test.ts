/** Shadows: what the caller gets is what it would have got without. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Clock, Context, Effect, Exit, Fiber, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { Capability } from "../../../src/domain/Capability.ts"
import { attemptsOf, type ProviderError } from "../../../src/domain/ProviderError.ts"
import type { ChatModel } from "../../../src/model/ChatModel.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Shadow from "../../../src/policies/Shadow.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { answers, type Call, type CallRecord, forEveryCall, scripted, type Turn } from "../capabilities.ts"
import { dollars, priced } from "../priced.ts"

const turns: { readonly [name: string]: Turn } = {
  answers,
  fails: { ...answers, end: "server", after: -1 },
  "breaks off": { ...answers, end: "cut", after: 3 },
  hangs: { ...answers, end: "hang", after: 1 }
}

const tagOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit) ? "succeeded" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

describe("a shadow", () => {
  forEveryCall(
    "changes nothing of the call, however either ends; both ends are compared",
    <C extends Capability>(call: Call<C>) =>
      it.effect.each(
        Object.keys(turns).flatMap((first) => Object.keys(turns).map((second) => [first, second] as const))
      )(`${call.name} %s, its shadow %s`, ([first, second]) =>
        priced(
          Effect.gen(function* () {
            /** What the caller of a call sees: every event and its time, the end and its attempts. */
            const observe = <E>(model: Model.Model<C, E, never>) =>
              Effect.gen(function* () {
                const from = yield* Clock.currentTimeMillis
                const clock = yield* Clock.Clock
                const seen: Array<readonly [string, number]> = []
                const see = ({ type }: C["Event"]) => void seen.push([type, clock.currentTimeMillisUnsafe() - from])
                const fiber = yield* Effect.forkChild(call.run(model, { see }))
                yield* TestClock.adjust("10 seconds")
                yield* Fiber.interrupt(fiber)
                const exit = yield* Fiber.await(fiber)
                const attempts = Exit.isSuccess(exit) ? exit.value.attempts : attemptsOf(Cause.squash(exit.cause))
                return {
                  seen,
                  tag: tagOf(exit),
                  pieces: Exit.isSuccess(exit) ? call.read(exit.value) : [],
                  attempts: attempts.length
                }
              })
            const calls: Array<CallRecord> = []
            const pairs: Array<readonly [string, string, string | undefined]> = []
            const shadowed = yield* Shadow.make({
              to: Model.withCost(scripted(call, [turns[second]!], calls, "lab/1")),
              share: 1,
              timeout: "3 seconds",
              compare: ({ primary, shadow }: Shadow.Pair<C>) =>
                Effect.sync(() => pairs.push([tagOf(primary.exit), tagOf(shadow.exit), dollars(shadow.cost)]))
            })
            const bare = yield* observe(scripted(call, [turns[first]!]))
            const own: Array<CallRecord> = []
            assert.deepStrictEqual(yield* observe(shadowed(scripted(call, [turns[first]!], own))), bare)
            yield* TestClock.adjust("10 seconds")
            const ends = {
              answers: "succeeded",
              fails: "failed",
              "breaks off": "failed",
              hangs: "interrupted"
            } as Record<string, string>
            assert.deepStrictEqual(
              pairs.map(([primary, shadow]) => [primary, shadow]),
              [[ends[first], ends[second]]]
            )
            if (second === "answers") assert.strictEqual(pairs[0]?.[2], "0.002")
            assert.deepStrictEqual(
              [...own, ...calls].map(({ closed }) => closed),
              [1, 1]
            )
            assert.isAtLeast(calls[0]!.startedAtMillis, own[0]!.endedAtMillis)
          })
        )
      )
  )

  it.effect("mirrors a share of the calls, with limited concurrency, in the scope in which it was made", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const to = ScriptedModel.make({ answer: "slowly", connect: "1 minute" }, { id: "lab/1" })
      const make = (share: number) =>
        Shadow.make({ to, share, concurrency: 3, compare: () => Effect.die("a bug in the comparison") })
      const primary = ScriptedModel.make("Hi")
      const all = (yield* Scope.provide(make(1), scope))(primary)
      yield* Effect.forEach(Array.from({ length: 10 }), () => all.generate("Hi"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(to.calls.length, 3)
      yield* TestClock.adjust("1 minute")
      yield* all.generate("Hi")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(to.calls.length, 4)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(to.calls.at(-1)?.outcome, "interrupted")
      yield* all.generate("Hi")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(to.calls.length, 4)
      const none = (yield* make(0))(primary)
      yield* Effect.forEach(Array.from({ length: 10 }), () => none.generate("Hi"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(to.calls.length, 4)
    }).pipe(Random.withSeed("shadow"))
  )

  it.effect("runs with the services of the policy, not with those of the caller", () =>
    Effect.gen(function* () {
      class Tenant extends Context.Reference<string>("Tenant", { defaultValue: () => "none" }) {}
      const seen: Array<string> = []
      const to = Model.mapRequest(ScriptedModel.make("Hi"), (request) => request)
      const tenants = Model.tap(to, () => Effect.map(Tenant, (tenant) => seen.push(tenant)))
      const shadowed = yield* Shadow.make({ to: tenants, share: 1, compare: () => Effect.void })
      yield* Effect.provideService(shadowed(ScriptedModel.make("Hi")).generate("Hi"), Tenant, "acme")
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(seen, ["none"])
    })
  )

  it("adds neither errors nor services to a model", () => {
    const typed = (model: ChatModel<ProviderError, Tenants>) =>
      Effect.map(Shadow.make({ to: ScriptedModel.make("Hi"), share: 1, compare: () => Effect.void }), (policy) =>
        policy(model)
      )
    expectTypeOf<Effect.Success<ReturnType<typeof typed>>>().toEqualTypeOf<ChatModel<ProviderError, Tenants>>()
  })
})

class Tenants extends Context.Service<Tenants, string>()("Tenants") {}
