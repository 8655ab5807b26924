/** Hedges and races under virtual time, for every capability. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import type { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import type { Capability, Chat, Embedding } from "../../../src/domain/Capability.ts"
import type { CallEvent } from "../../../src/domain/CallEvent.ts"
import { LostRaceError } from "../../../src/domain/PolicyErrors.ts"
import { attemptsOf } from "../../../src/domain/ProviderError.ts"
import * as LLM from "../../../src/index.ts"
import { CurrentObserver } from "../../../src/model/Model.ts"
import * as Bound from "../../../src/policies/Bound.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as Hedge from "../../../src/policies/Hedge.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Race from "../../../src/policies/Race.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { LatencySketch } from "../../../src/policies/race/LatencySketch.ts"
import {
  answers,
  type Call,
  type CallRecord,
  chats,
  forEveryCall,
  piecesOf,
  Script,
  scripted,
  type Turn,
  whole
} from "../capabilities.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { chainOf } from "../chains.ts"
import { dollars, priced } from "../priced.ts"

const hangs: Turn = { ...answers, end: "hang", after: -1 }
const slow: Turn = { ...answers, wait: 4000 }
const fails: Turn = { ...answers, end: "server", after: -1 }

type AnyModel<C extends Capability> = Model.Model<C, unknown, Pricing>

/** Runs a call for so long, and says what its caller saw, and what was decided. */
const run = <C extends Capability>(call: Call<C>, model: AnyModel<C>, millis: number, leaves = true) =>
  Effect.gen(function* () {
    const events: Array<C["Event"]> = []
    const decisions: Array<Decision.Decision> = []
    const ends: Array<Model.EndOf<C, unknown>> = []
    const observed = Model.onEnd(model, (end: Model.EndOf<C, unknown>) => Effect.sync(() => ends.push(end)))
    const fiber = yield* call.run(observed, { see: (event) => void events.push(event) }).pipe(
      Effect.provideService(Decision.CurrentDecisionObserver, (one) => void decisions.push(one)),
      Effect.forkChild
    )
    yield* TestClock.adjust(millis)
    if (leaves) yield* Fiber.interrupt(fiber)
    const exit = yield* Fiber.await(fiber)
    yield* TestClock.adjust(0)
    return { events, exit, end: ends[0]!, ends: ends.length, decisions: decisions.map(({ type }) => type) }
  })

const rows = (attempts: ReadonlyArray<LLM.Attempt> | undefined) =>
  attempts?.map(({ cost, duration, error, model }) => [model, error?._tag, Duration.toMillis(duration), dollars(cost)])

const assertClosed = (calls: ReadonlyArray<CallRecord>) =>
  assert.deepStrictEqual(
    calls.map(({ closed }) => closed),
    calls.map(() => 1)
  )

const assertOneResponse = <C extends Capability>(
  call: Call<C>,
  events: ReadonlyArray<CallEvent>,
  exit: Exit.Exit<C["Response"], unknown>
) => {
  const pieces = events.flatMap((event) => call.events?.read(event as C["Event"]) ?? [])
  const [model = "0", index = "0"] = pieces[0]?.split(".") ?? []
  assert.deepStrictEqual(pieces, piecesOf(model, Number(index)).slice(0, pieces.length))
  assert.isAtMost(events.filter(({ type }) => type === "response-start").length, 1)
  const finishes = events.filter(({ type }) => type === "finish").length
  assert.strictEqual(finishes, Exit.isSuccess(exit) && call.isStream ? 1 : 0)
  if (Exit.isFailure(exit)) return
  const [served = "0", times = "0"] = call.read(exit.value)[0]?.split(".") ?? []
  assert.deepStrictEqual(call.read(exit.value), piecesOf(served, Number(times)))
}

describe("a hedge", () => {
  forEveryCall("makes the second call when the first has not opened in time, and stops the one that loses", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const model = Model.withCost(Hedge.make({ after: "1 second" })(scripted(call, [hangs, answers], calls)))
          const { decisions, end, events, exit } = yield* run(call, model, 10_000, false)
          assertOneResponse(call, events, exit)
          const response = yield* exit
          assert.deepStrictEqual(call.read(response), piecesOf("lab/0", 1))
          assert.deepStrictEqual(
            calls.map(({ outcome, startedAtMillis }) => [outcome, startedAtMillis]),
            [
              ["interrupted", 0],
              ["succeeded", 1000]
            ]
          )
          // The first is stopped when the second opens, not when it ends.
          assert.strictEqual(calls[0]?.endedAtMillis, call.isStream ? 1100 : 1400)
          assertClosed(calls)
          assert.deepStrictEqual(decisions, ["hedge-started", "hedge-won"])
          const lostAfter = call.isStream ? 1100 : 1400
          // A scripted model says itself that its whole responses took no time.
          assert.deepStrictEqual(rows(response.attempts), [
            ["lab/0", "LostRaceError", lostAfter, "UnknownUsage"],
            ["lab/0", undefined, call.isStream ? 500 : 0, "0.002"]
          ])
          assert.deepStrictEqual(rows(end.attempts), rows(response.attempts))
          assert.strictEqual(dollars(response.cost), "0.002")
        })
      )
    )
  )

  forEveryCall("makes one call where the first opens in time, or fails before", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          for (const turn of [answers, fails]) {
            const calls: Array<CallRecord> = []
            const model = Hedge.make({ after: "1 second" })(scripted(call, [turn, answers], calls))
            const { decisions, exit } = yield* run(call, model, 10_000, false)
            assert.strictEqual(Exit.isSuccess(exit), turn === answers)
            assert.strictEqual(calls.length, 1)
            assert.deepStrictEqual(decisions, [])
            assertClosed(calls)
          }
        })
      )
    )
  )

  forEveryCall(
    "lets the first win where it is faster after all, and tells what the second cost",
    <C extends Capability>(call: Call<C>) =>
      it.effect(call.name, () =>
        priced(
          Effect.gen(function* () {
            const calls: Array<CallRecord> = []
            // It has reported what it consumed so far, where it streams.
            const second = scripted(call, [{ ...answers, end: "hang", after: 0 }], calls, "lab/1")
            const hedged = Hedge.make({ after: "2 seconds", with: second })(
              scripted(call, [{ ...answers, wait: 700 }, slow], calls)
            )
            const model = Model.withCost(hedged)
            yield* run(call, model, 10_000, false)
            const { decisions, end, exit } = yield* run(call, model, 10_000, false)
            const response = yield* exit
            assert.deepStrictEqual(call.read(response), piecesOf("lab/0", 1))
            assert.deepStrictEqual(decisions, ["hedge-started"])
            const lostAfter = call.isStream ? 2100 : 2400
            const lost = ["lab/1", "LostRaceError", lostAfter, call.isStream ? "0.002" : "UnknownUsage"]
            assert.deepStrictEqual(rows(response.attempts), [
              lost,
              ["lab/0", undefined, call.isStream ? 4500 : 0, "0.002"]
            ])
            assert.deepStrictEqual(rows(end.attempts), rows(response.attempts))
            assert.deepStrictEqual(end.usage, response.usage)
            assertClosed(calls)
          })
        )
      )
  )

  forEveryCall("goes on with one call when the other fails, and fails with the last error when both do", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const lateFailure: Turn = { ...fails, wait: 4000 }
          for (const [first, second, by] of [
            [lateFailure, slow, "1"],
            [slow, fails, "0"],
            [lateFailure, fails, undefined]
          ] as const) {
            const calls: Array<CallRecord> = []
            const other = scripted(call, [second], calls, "lab/1")
            const hedged = Hedge.make({ after: "1 second", with: other })(scripted(call, [first], calls))
            const { end, events, exit } = yield* run(call, hedged, 20_000, false)
            assertOneResponse(call, events, exit)
            if (by !== undefined) assert.deepStrictEqual(call.read(yield* exit), piecesOf(`lab/${by}`, 0))
            const tags = end.attempts.map(({ error, model }) => [model, error?._tag])
            const failed = (index: string) => [`lab/${index}`, "ServerError"]
            assert.deepStrictEqual(
              tags,
              by === "1"
                ? [failed("0"), ["lab/1", undefined]]
                : by === "0"
                  ? [failed("1"), ["lab/0", undefined]]
                  : [failed("1"), failed("0")]
            )
            if (by === undefined) {
              const error = Option.getOrUndefined(Exit.findErrorOption(exit))
              assert.deepStrictEqual(attemptsOf(error).length, 2)
            }
            assertClosed(calls)
          }
        })
      )
    )
  )

  it.effect(
    "for a whole response that is watched is lost to the first content, and shows nothing of the other call",
    () =>
      priced(
        Effect.gen(function* () {
          const call = whole(chats)
          // The first content comes after 800 and 900 ms, the ends after 1200 and 1000 ms.
          const calls: Array<CallRecord> = []
          const second = scripted(chats, [{ ...answers, wait: 700, together: 5 }], calls, "lab/1")
          const first = scripted(chats, [{ ...answers, wait: 700 }], calls)
          const hedged = Hedge.make({ after: "100 millis", share: 1, with: second })(first)
          const seen: Array<readonly [number, CallEvent]> = []
          const clock = yield* Clock.Clock
          const fiber = yield* call.run(Model.withCost(hedged)).pipe(
            Effect.provideService(CurrentObserver, (event) => void seen.push([clock.currentTimeMillisUnsafe(), event])),
            Effect.forkChild
          )
          yield* TestClock.adjust(10_000)
          const response = yield* Fiber.join(fiber)
          assert.deepStrictEqual(call.read(response), piecesOf("lab/0", 0))
          assert.deepStrictEqual(rows(response.attempts), [
            ["lab/1", "LostRaceError", 700, "0.002"],
            ["lab/0", undefined, 1200, "0.002"]
          ])
          assertClosed(calls)
          assert.deepStrictEqual(
            seen.map(([millis, { type }]) => [millis, type]),
            [
              [800, "response-start"],
              [800, "usage"],
              [800, "text-start"],
              [800, "text-delta"],
              [900, "text-delta"],
              [1000, "text-delta"],
              [1100, "text-delta"],
              [1200, "finish"]
            ]
          )
          assert.deepStrictEqual(
            seen.flatMap(([, event]) => chats.events?.read(event as Chat["Event"]) ?? []),
            piecesOf("lab/0", 0)
          )
        })
      )
  )

  forEveryCall("tells what both calls cost when the caller leaves", (call) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const silent: Turn = { ...answers, end: "hang", after: 0 }
          const model = Model.withCost(Hedge.make({ after: "1 second" })(scripted(call, [silent], calls)))
          const { end, ends, exit } = yield* run(call, model, 3000)
          assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
          assert.strictEqual(ends, 1)
          assertClosed(calls)
          assert.strictEqual(calls.length, 2)
          const known = call.isStream ? "0.002" : "UnknownUsage"
          assert.deepStrictEqual(rows(end.attempts), [["lab/0", "LostRaceError", 2000, known]])
          assert.strictEqual(dollars(end.cost), known)
        })
      )
    )
  )

  forEveryCall("composes with retries, time limits, costs and a fallback", <C extends Capability>(call: Call<C>) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          // With limits on the opening, whole responses of chats are made of streams.
          const limits = { firstToken: "5 seconds", total: "1 hour" } as const
          const hedged = Model.timeout(
            Hedge.make({ after: "1 second", share: 1 })(scripted(call, [hangs, fails], calls)),
            limits
          )
          const isSick = (error: unknown) => error instanceof LLM.ServerError || error instanceof LLM.TimeoutError
          const retried = Model.retry(hedged, Retry.make({ times: 1, jitter: "none", while: isSick }), {
            while: isSick
          })
          const backup = scripted(call, [answers], calls, "lab/1")
          const model = Model.withCost(chainOf<C, unknown, Pricing>(retried, backup))
          const { end, events, exit } = yield* run(call, model, 8_000_000, false)
          assertOneResponse(call, events, exit)
          const response = yield* exit
          assert.deepStrictEqual(call.read(response), piecesOf("lab/1", 0))
          assert.strictEqual(dollars(response.cost), "0.002")
          assert.strictEqual(calls.length, call.isStream || call.kind.id === "chat" ? 5 : 3)
          assertClosed(calls)
          assert.deepStrictEqual(rows(end.attempts), rows(response.attempts))
          assert.strictEqual(response.attempts.at(-1)?.model, "lab/1")
        })
      )
    )
  )

  forEveryCall(
    "and a race make no more calls than the chain around them permits",
    <C extends Capability>(call: Call<C>) =>
      it.effect(call.name, () =>
        priced(
          Effect.gen(function* () {
            for (const [permitted, expected] of [
              [1, [1, 1]],
              [2, [2, 2]],
              [9, [2, 3]]
            ] as const) {
              const made = [false, true].map((isRace) => {
                const calls: Array<CallRecord> = []
                const models = [0, 1, 2].map((index) => scripted(call, [slow], calls, `lab/${index}`))
                const model: AnyModel<C> = isRace ? raceOf(...models) : Hedge.make({ after: "1 second" })(models[0]!)
                return { calls, model: Bound.make({ attempts: permitted })(model) }
              })
              for (const { model } of made) assert.isTrue(Exit.isSuccess((yield* run(call, model, 10_000, false)).exit))
              assert.deepStrictEqual<ReadonlyArray<number>>(
                made.map(({ calls }) => calls.length),
                expected
              )
            }
          })
        )
      )
  )

  forEveryCall(
    "keeps one end, and nothing spliced or left open, however its models behave",
    <C extends Capability>(call: Call<C>) =>
      it.effect.prop(
        call.name,
        {
          first: Script,
          second: Script,
          after: Schema.Literals([0, 100, 500, 1000]),
          wraps: Schema.Literals(["limits", "none"]),
          leavesAt: Schema.Literals([150, 1000, 60_000])
        },
        ({ after, first, leavesAt, second, wraps }) =>
          priced(
            Effect.gen(function* () {
              for (const race of [false, true]) {
                const calls: Array<CallRecord> = []
                const models = [scripted(call, first, calls), scripted(call, second, calls, "lab/1")] as const
                const raced: AnyModel<C> = race
                  ? raceOf<C, unknown, Pricing>(...models)
                  : Hedge.make({ after, share: 1, with: models[1] as AnyModel<C> })(models[0])
                const limited =
                  wraps === "none" ? raced : Model.timeout(raced, { firstToken: "3 seconds", idle: "3 seconds" })
                const { end, ends, events, exit } = yield* run(call, Model.withCost(limited), leavesAt)
                assertOneResponse(call, events, exit)
                assertClosed(calls)
                assert.strictEqual(ends, 1)
                const succeeded = end.attempts.filter(({ error }) => error === undefined).length
                assert.strictEqual(succeeded, Exit.isSuccess(exit) ? 1 : 0)
                if (!Exit.isSuccess(exit)) continue
                assert.strictEqual(dollars(exit.value.cost), "0.002")
                // Each call is one attempt: the one that won, and one for each that failed or lost.
                assert.strictEqual(exit.value.attempts.length, calls.length)
              }
            })
          ),
        { arbitrary: { runs: 40 } }
      )
  )
})

/** `Race.make` infers the capability of each model; here all are of `C`. */
const raceOf = <C extends Capability, E, R>(...models: ReadonlyArray<Model.Model<C, E, R>>) =>
  (Race.make as unknown as (all: typeof models) => Model.Model<C, AllFailedError, R>)(models)

describe("the second calls", () => {
  /** A model whose calls take as long as `millis` says, and the number of those that a second one was made for. */
  const hedgedCalls = Effect.fnUntraced(function* (
    options: Hedge.Options,
    times: ReadonlyArray<number>,
    concurrency: number
  ) {
    const made: Array<number> = []
    let calls = 0
    const model = Model.make<Embedding, never, never>({
      id: "lab/0",
      kind: LLM.OpenAi.embeddingModel("small").kind,
      generate: () =>
        Effect.suspend(() => {
          calls++
          return Effect.as(Effect.sleep(times[made.length] ?? 0), {
            embeddings: [[1]],
            usage: LLM.Usage.unknown,
            warnings: [],
            attempts: []
          })
        })
    })
    const hedged = Hedge.make(options)(model)
    for (let index = 0; index < times.length; index += concurrency) {
      const batch = Effect.forEach(Array.from({ length: concurrency }), () => hedged.generate("Hi"), {
        concurrency: "unbounded",
        discard: true
      })
      const before = calls
      const fiber = yield* Effect.forkChild(batch)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      for (let one = 0; one < concurrency; one++) made.push(one < calls - before - concurrency ? 1 : 0)
    }
    return made
  })
  const sum = (counts: ReadonlyArray<number>) => counts.reduce((sum, count) => sum + count, 0)
  const slowly = (calls: number) => Array.from({ length: calls }, () => 5000)

  it.effect.prop(
    "are never more than a share of the calls, plus one",
    {
      share: Schema.Literals([0, 0.01, 0.05, 0.1, 0.5]),
      calls: Schema.Literals([20, 200]),
      concurrency: Schema.Literals([1, 10])
    },
    ({ calls, concurrency, share }) =>
      Effect.gen(function* () {
        const made = yield* hedgedCalls({ after: "1 second", share }, slowly(calls), concurrency)
        assert.isAtMost(sum(made), Math.max(share === 0 ? 0 : 1, Math.round(share * calls)))
        assert.isAtLeast(sum(made), share === 0 ? 0 : Math.max(1, Math.floor(share * calls - 1)))
      }),
    { arbitrary: { runs: 20 } }
  )

  it.effect("may be made for every call", () =>
    Effect.gen(function* () {
      assert.strictEqual(sum(yield* hedgedCalls({ after: "1 second", share: 1 }, slowly(30), 30)), 30)
      assert.strictEqual(sum(yield* hedgedCalls({ after: "1 second" }, slowly(40), 1)), 4)
    })
  )

  it.effect("are due at a learned percentile, after enough calls, and not before `atLeast`", () =>
    Effect.gen(function* () {
      const usual = Array.from({ length: 30 }, (_, index) => 100 + index)
      const after = { percentile: 0.95, atLeast: 0 } as const
      // Nothing is known of the first calls, slow as they are.
      const early = yield* hedgedCalls({ after, share: 1 }, [...slowly(19), ...usual], 1)
      assert.strictEqual(sum(early.slice(0, 20)), 0)
      const learned = yield* hedgedCalls({ after, share: 1 }, [...usual, 110, 5000, 110, 5000], 1)
      assert.deepStrictEqual(learned.slice(30), [0, 1, 0, 1])
      const patient = yield* hedgedCalls(
        { after: { ...after, atLeast: "6 seconds" }, share: 1 },
        [...usual, 5000, 7000],
        1
      )
      assert.deepStrictEqual(patient.slice(30), [0, 1])
      const few = yield* hedgedCalls({ after: { ...after, samples: 5 }, share: 1 }, [...usual.slice(0, 5), 5000], 1)
      assert.deepStrictEqual(few.slice(5), [1])
    })
  )
})

it.prop(
  "a sketch estimates percentiles to within a tenth, and forgets old times",
  [
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))).check(
      Schema.isMinLength(1),
      Schema.isMaxLength(300)
    ),
    Schema.Literals([0.5, 0.9, 0.99])
  ],
  ([times, share]) => {
    const sketch = new LatencySketch()
    for (const millis of times) sketch.add(millis)
    const exact = times.toSorted((a, b) => a - b)[Math.ceil(times.length * share - 1e-9) - 1]!
    const known = sketch.percentile(share)
    assert.isTrue(known >= exact * 0.999 && known <= exact * 1.101, `${known} for ${exact}`)
    for (let index = 0; index < 20_000; index++) sketch.add(7)
    assert.isBelow(sketch.percentile(0.99), 8)
  }
)

describe("a race", () => {
  forEveryCall("calls all models at once and takes the first that opens", <C extends Capability>(call: Call<C>) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const turns: ReadonlyArray<Turn> = [slow, fails, { ...answers, wait: 700 }]
          const raced = raceOf<C, unknown, never>(
            ...turns.map((turn, index) => scripted(call, [turn], calls, `lab/${index}`))
          )
          const { end, events, exit } = yield* run(call, Model.withCost(raced), 10_000, false)
          assertOneResponse(call, events, exit)
          const response = yield* exit
          assert.deepStrictEqual(call.read(response), piecesOf("lab/2", 0))
          assert.deepStrictEqual(
            calls.map(({ startedAtMillis }) => startedAtMillis),
            [0, 0, 0]
          )
          assert.deepStrictEqual(
            end.attempts.map(({ error, model }) => [model, error?._tag]),
            [
              ["lab/1", "ServerError"],
              ["lab/0", "LostRaceError"],
              ["lab/2", undefined]
            ]
          )
          const lost = end.attempts[1]?.error
          assert.strictEqual(lost instanceof LostRaceError ? lost.winner : undefined, "lab/2")
          assertClosed(calls)
        })
      )
    )
  )

  forEveryCall("fails when all fail, with every attempt", <C extends Capability>(call: Call<C>) =>
    it.effect(call.name, () =>
      priced(
        Effect.gen(function* () {
          const models = [0, 1].map((index) => scripted(call, [fails], [], `lab/${index}`))
          const { exit } = yield* run(call, raceOf<C, unknown, never>(...models), 10_000, false)
          const error = Option.getOrUndefined(Exit.findErrorOption(exit))
          assert.instanceOf(error, LLM.AllFailedError)
          assert.deepStrictEqual(
            error.attempts.map(({ model }) => model),
            ["lab/0", "lab/1"]
          )
        })
      )
    )
  )

  it("has the largest known context window of its models", () => {
    const windowOf = (...windows: readonly [number | undefined, ...ReadonlyArray<number | undefined>]) => {
      const of = (contextWindow: number | undefined) => ScriptedModel.make("ok", { contextWindow })
      const [first, ...others] = windows
      return Race.make([of(first), ...others.map(of)]).contextWindow
    }
    assert.deepStrictEqual([windowOf(2, 3, undefined), windowOf(undefined, 1), windowOf(undefined)], [3, 1, undefined])
  })

  it("requires the services of each model", () => {
    const chat = LLM.OpenAi.model("a")
    const other = LLM.Anthropic.model("b")
    const raced = Race.make([chat, other])
    expectTypeOf(raced).toEqualTypeOf<Model.Model<Chat, AllFailedError, LLM.OpenAi | LLM.Anthropic>>()
    assert.strictEqual(raced.id, "openai/a,anthropic/b")
    // @ts-expect-error an embedding model cannot race with a chat model
    const mixed = () => Race.make([chat, LLM.OpenAi.embeddingModel("c")])
    void mixed
    const hedged = chat.pipe(Hedge.make({ after: "1 second", with: other }))
    expectTypeOf(hedged).toEqualTypeOf<Model.Model<Chat, LLM.ProviderError.ProviderError, LLM.OpenAi | LLM.Anthropic>>()
    expectTypeOf(chat.pipe(Hedge.make({ after: "1 second" }))).toEqualTypeOf<typeof chat>()
  })
})
