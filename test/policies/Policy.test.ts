/** Policies that users write: what `Policy.perCall` and `Policy.make` give them, for each capability. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Duration, Effect, Exit, Fiber, Semaphore, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Capability } from "../../src/domain/Capability.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import * as Policy from "../../src/policies/Policy.ts"
import { answers, type Call, type CallRecord, forEveryCall, mapCalls, scripted } from "./capabilities.ts"

/** Responses start after 700 ms. With `breaks`, they break off before the end. */
const slow = { ...answers, wait: 700 } as const
const breaks = { ...slow, end: "server", after: 3 } as const

const modelOf = <C extends Capability>(call: Call<C>, turn: typeof slow | typeof breaks = slow) =>
  scripted(call, [turn])

const letEnd = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.await(fiber)
  })

class Refused extends Data.TaggedError("Refused")<{ readonly model: string }> {}

/** A policy that counts the calls for which it holds a resource. */
const counting = () => {
  const held = { now: 0, most: 0 }
  const acquire = Effect.sync(() => {
    held.most = Math.max(held.most, ++held.now)
  })
  const release = Effect.sync(() => void held.now--)
  return {
    held,
    policy: Policy.perCall(() =>
      Effect.as(
        Effect.acquireRelease(acquire, () => release),
        {}
      )
    )
  }
}

describe("Policy.perCall", () => {
  forEveryCall("holds a resource for the life of a call, however it ends", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const { held, policy } = counting()
        for (const turn of [slow, breaks]) {
          const fiber = yield* Effect.forkChild(call.run(policy(modelOf(call, turn))))
          yield* TestClock.adjust("900 millis")
          assert.strictEqual(held.now, 1)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(Exit.isSuccess(yield* Fiber.await(fiber)), turn === slow)
          assert.strictEqual(held.now, 0)
        }
        const fiber = yield* Effect.forkChild(call.run(policy(modelOf(call))))
        yield* TestClock.adjust("500 millis")
        assert.strictEqual(held.now, 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(held.now, 0)
        yield* letEnd(call.leave(policy(modelOf(call)), 2))
        assert.strictEqual(held.now, 0)
      })
    )
  )

  it.effect("bounds concurrent calls of all capabilities together", () =>
    Effect.gen(function* () {
      const semaphore = Semaphore.makeUnsafe(2)
      const permit = Effect.acquireRelease(semaphore.take(1), () => semaphore.release(1))
      const atMost = Policy.perCall(() => Effect.as(permit, {}))
      const { held, policy } = counting()
      const calls = mapCalls((call) => Effect.asVoid(call.run(atMost(policy(modelOf(call))))))
      const exit = yield* letEnd(Effect.all([...calls, ...calls], { concurrency: "unbounded", discard: true }))
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(held.most, 2)
    })
  )

  const refusing = Policy.perCall<Refused>(({ model, request }) =>
    request.user === "stranger" ? Effect.fail(new Refused({ model: model.id })) : Effect.succeed({})
  )
  forEveryCall("knows the call and may refuse it with its own error", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const model = refusing(modelOf(call))
        const error = yield* Effect.flip(call.run(model, { request: { ...call.request, user: "stranger" } }))
        assert.deepStrictEqual({ ...error }, { ...new Refused({ model: "lab/0" }) })
        const exit = yield* letEnd(call.run(model, { request: { ...call.request, user: "friend" } }))
        assert.isTrue(Exit.isSuccess(exit))
      })
    )
  )

  forEveryCall("acts on the opening", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const openings: Array<number> = []
        const timing = Policy.perCall(() =>
          Effect.succeed({
            open: (opening) =>
              Effect.map(Effect.timed(opening), ([time, result]) => {
                openings.push(Duration.toMillis(time))
                return result
              })
          } satisfies Policy.Hooks)
        )
        yield* letEnd(call.run(timing(modelOf(call))))
        assert.deepStrictEqual(openings, [call.isStream ? 800 : 1100])
      })
    )
  )

  forEveryCall("runs once at the end, whatever the end was", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const ends: Array<string> = []
        const ending = Policy.perCall(() =>
          Effect.succeed({
            end: ({ exit, usage }) => Effect.sync(() => void ends.push(`${endOf(exit)} ${usage?.outputTokens.total}`))
          } satisfies Policy.Hooks)
        )
        yield* letEnd(call.run(ending(modelOf(call))))
        yield* letEnd(call.run(ending(modelOf(call, breaks))))
        const fiber = yield* Effect.forkChild(call.run(ending(modelOf(call))))
        yield* TestClock.adjust("500 millis")
        yield* Fiber.interrupt(fiber)
        const broken = `failed ${call.isStream ? 100 : undefined}`
        assert.deepStrictEqual(ends, ["succeeded 100", broken, "interrupted undefined"])
      })
    )
  )
  const endOf = (exit: Exit.Exit<unknown, unknown>) =>
    Exit.isSuccess(exit) ? "succeeded" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

  forEveryCall("sees each event as it passes, and may end the stream with its own error", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const passed: Array<string> = []
        const limit = Policy.perCall<Refused>(({ model }) =>
          Effect.succeed({
            event: ({ type }) => {
              passed.push(type)
              return type === "finish" ? Effect.fail(new Refused({ model: model.id })) : undefined
            }
          })
        )
        const seen: Array<string> = []
        const exit = yield* letEnd(call.run(limit(modelOf(call)), { see: ({ type }) => void seen.push(type) }))
        assert.strictEqual(Exit.isSuccess(exit), !call.isStream)
        if (Exit.isFailure(exit)) assert.instanceOf(Cause.squash(exit.cause), Refused)
        assert.deepStrictEqual(passed, call.isStream ? [...seen, "finish"] : [])
        assert.strictEqual(seen.length > 4, call.isStream)
      })
    )
  )
})

describe("Policy.make", () => {
  forEveryCall("may call the model with another request", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const renamed = Policy.make({
          generate: ({ model, request }) => model.generate({ ...request, user: "renamed" }),
          stream: ({ run }) => run
        })
        const calls: Array<CallRecord> = []
        yield* letEnd(call.run(renamed(scripted(call, [slow], calls))))
        const expected = call.isStream ? call.request : { ...call.request, user: "renamed" }
        assert.deepStrictEqual<unknown>(calls[0]?.request, expected)
      })
    )
  )

  forEveryCall("may serve a call in place of the model, and knows what its events mean", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const silent = Policy.make({
          generate: ({ model }) => Effect.die(model.kind.id),
          stream: ({ model, streaming }) => {
            assert.strictEqual(streaming, model.kind.streaming)
            return Stream.die(model.kind.id)
          }
        })
        const calls: Array<CallRecord> = []
        const exit = yield* Effect.exit(call.run(silent(scripted(call, [slow], calls))))
        assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, call.kind.id)
        assert.deepStrictEqual(calls, [])
      })
    )
  )

  it.effect("leaves the response of a model unchanged, including methods", () =>
    Effect.gen(function* () {
      const same = Policy.make({ generate: ({ run }) => run, stream: ({ run }) => run })
      const responses = yield* Effect.all(mapCalls((call) => letEnd(call.run(same(modelOf(call))))))
      assert.instanceOf(yield* responses[0]!, ChatResponse)
    })
  )
})
