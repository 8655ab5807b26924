/** Equal calls in flight that share one, for every capability, whole and streamed. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Duration, Effect, Exit, Fiber, Layer, Redacted, Result, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import type { CallEvent } from "../../../src/domain/CallEvent.ts"
import type { Capability, Chat } from "../../../src/domain/Capability.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { Cost } from "../../../src/domain/Cost.ts"
import { attemptsOf } from "../../../src/domain/ProviderError.ts"
import { kind as chat } from "../../../src/model/ChatModel.ts"
import * as Coalesce from "../../../src/policies/Coalesce.ts"
import { CurrentDecisionObserver } from "../../../src/policies/Decision.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Timeout from "../../../src/policies/Timeout.ts"
import { OpenAi } from "../../../src/providers/OpenAi.ts"
import {
  answers,
  type Call,
  type CallRecord,
  fails,
  forEveryCall,
  piecesOf,
  type Script,
  scripted,
  usage
} from "../capabilities.ts"
import { chainOf } from "../chains.ts"
import { dollars, priced } from "../priced.ts"

/** One that asks: when, after how long it leaves, and how long it takes for each event. */
const Visit = Schema.Struct({
  atMillis: Schema.Literals([0, 0, 0, 50, 150, 350, 900]),
  /** Never, where it is zero. */
  leavesAfterMillis: Schema.Literals([0, 0, 30, 220, 480]),
  pause: Schema.Literals([0, 0, 30, 300])
})

interface Seen {
  readonly startedAtMillis: number
  readonly endedAtMillis: number
  readonly exit: Exit.Exit<ReadonlyArray<string>, unknown>
  readonly pieces: ReadonlyArray<string>
}

const visit = Effect.fnUntraced(function* <C extends Capability, E>(
  call: Call<C>,
  model: Model.Model<C, E, never>,
  { atMillis, leavesAfterMillis, pause }: typeof Visit.Type
): Effect.fn.Return<Seen> {
  yield* Effect.sleep(atMillis)
  const startedAtMillis = yield* Clock.currentTimeMillis
  const pieces: Array<string> = []
  const streamed = Model.streamOf(model)
  const read: Effect.Effect<ReadonlyArray<string>, E> = call.isStream && streamed !== undefined
    ? Effect.as(
        Stream.runForEach(streamed(call.request), (event) => {
          const piece = call.events?.read(event)
          if (piece !== undefined) pieces.push(piece)
          return Effect.sleep(pause)
        }),
        pieces
      )
    : Effect.map(model.generate(call.request), call.read)
  const left = leavesAfterMillis === 0 ? read : Effect.timeout(read, leavesAfterMillis)
  const exit = yield* Effect.exit(left)
  return { startedAtMillis, endedAtMillis: yield* Clock.currentTimeMillis, exit, pieces }
})

const letEnd = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

const together = <A, E, R>(effects: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  letEnd(Effect.all(effects, { concurrency: "unbounded" }))

describe("calls that are shared", () => {
  forEveryCall("show all readers the same, and end with the last of them", (call) =>
    it.effect.prop(
      call.name,
      {
        visits: Schema.Array(Visit).check(Schema.isMinLength(1), Schema.isMaxLength(6)),
        end: Schema.Literals(["whole", "whole", "server"])
      },
      ({ end, visits }) =>
        Effect.gen(function* () {
          const calls: Array<CallRecord> = []
          const model = Coalesce.make()(scripted(call, [{ ...answers, end, after: 3 }], calls))
          const seen = yield* together(visits.map((one) => visit(call, model, one)))
          const bodies = calls.map((_, index) => piecesOf("lab/0", index))
          for (const { exit, pieces } of seen) {
            if (Exit.isSuccess(exit)) assert.isTrue(bodies.some((body) => String(body) === String(exit.value)))
            else if (call.isStream) {
              assert.isTrue(bodies.some((body) => String(body.slice(0, pieces.length)) === String(pieces)))
            }
          }
          for (const [index, { closed, endedAtMillis, outcome, startedAtMillis }] of calls.entries()) {
            assert.strictEqual(closed, 1)
            // One call at a time: whoever comes while it is open joins it.
            const next = calls[index + 1]
            if (next !== undefined) assert.isAtLeast(next.startedAtMillis, endedAtMillis)
            const readers = seen.filter(
              (one) => one.startedAtMillis >= startedAtMillis && one.startedAtMillis <= endedAtMillis
            )
            assert.isAbove(readers.length, 0)
            if (outcome !== "interrupted") continue
            const last = Math.max(
              ...readers.filter((one) => one.endedAtMillis <= endedAtMillis).map((one) => one.endedAtMillis)
            )
            assert.strictEqual(endedAtMillis, last)
          }
          const stayed = seen.filter((_, index) => visits[index]?.leavesAfterMillis === 0)
          for (const { exit } of stayed) assert.strictEqual(Exit.isSuccess(exit), end === "whole")
        }),
      { arbitrary: { runs: 15 } }
    )
  )

  forEveryCall("are paid once, by the first that stays", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const stacks: ReadonlyArray<
          <C extends Capability, E>(model: Model.Model<C, E, never>) => Model.Model<C, unknown, Pricing>
        > = [
          (model) => Coalesce.make()(Model.withCost(model)),
          (model) => Model.withCost(Coalesce.make()(model)),
          (model) => Model.retry(Coalesce.make()(Model.withCost(Model.retry(model, Retry.standard))), Retry.standard)
        ]
        for (const stack of stacks) {
          const ends: Array<Cost | undefined> = []
          const model = Model.onEnd(stack(scripted(call, [answers])), ({ cost }) =>
            Effect.sync(() => void ends.push(cost))
          )
          const leaver = Effect.ignore(Effect.timeout(call.run(model), "250 millis"))
          const reader = Effect.map(call.run(model), ({ cost }) => dollars(cost))
          const [, costs] = yield* letEnd(
            Effect.all([leaver, Effect.all([reader, reader, reader], { concurrency: 3 })], { concurrency: 2 })
          )
          assert.deepStrictEqual(costs.toSorted(), ["0", "0", "0.002"])
          const all = ends.map((cost) => (cost === undefined ? "0" : dollars(cost)))
          assert.deepStrictEqual(all.toSorted(), ["0", "0", "0", "0.002"])
          const flags = ends.flatMap((cost) => (cost?._tag === "Priced" ? cost.flags : [])).map(({ _tag }) => _tag)
          assert.isTrue(flags.filter((flag) => flag === "Coalesced").length >= 2)
        }
      }).pipe(priced)
    )
  )

  forEveryCall("that fail are paid once too, and tell everybody", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const broken = { ...answers, end: "cut", after: 1 } as const
        const model = Model.withCost(Coalesce.make()(Model.retry(scripted(call, [broken]), Retry.standard)))
        const failing = Effect.result(call.run(model))
        const results = yield* together([failing, failing, failing])
        const errors = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
        assert.deepStrictEqual(
          errors.map(({ _tag }) => _tag),
          Array(3).fill("StreamInterruptedError")
        )
        const spent = errors.map((error) => attemptsOf(error).map(({ cost }) => dollars(cost)))
        const [payer = [], ...others] = spent.toSorted(
          (a, b) => Number(b.includes("0.002")) - Number(a.includes("0.002"))
        )
        assert.strictEqual(payer.length, call.isStream ? 1 : 4)
        assert.isTrue(payer.every((cost) => cost === "0.002"))
        assert.deepStrictEqual(others.flat(), ["0", "0"])
      }).pipe(priced)
    )
  )

  forEveryCall("are within the time limits of each of their readers", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const limits = { connect: "300 millis", firstToken: "500 millis", idle: "350 millis" } as const
        const model = Timeout.make(limits)(Coalesce.make()(scripted(call, [answers])))
        const late = Effect.delay(call.run(model), "200 millis")
        const [first, second] = yield* together([call.run(model), late])
        assert.deepStrictEqual(call.read(second!), call.read(first!))
      })
    )
  )
})

const lab = (script: Script, calls: Array<CallRecord>) =>
  scripted<Chat>(
    {
      kind: chat,
      request: { messages: [] },
      respond: (pieces, common) =>
        new ChatResponse({ ...common, content: [{ type: "text", text: pieces.join("") }], finishReason: "stop" }),
      read: () => []
    },
    script,
    calls
  )

/** A chat model whose calls never end, and how many there are. */
const endless = () => {
  const calls = { open: 0, made: 0 }
  const open = Effect.acquireRelease(
    Effect.sync(() => void (calls.made++, calls.open++)),
    () => Effect.sync(() => void calls.open--)
  )
  const model = Model.make<Chat, never, never>({
    id: "lab/0",
    kind: chat,
    generate: () => Effect.scoped(Effect.andThen(open, Effect.never)),
    stream: () => Stream.unwrap(Effect.as(open, Stream.never))
  })
  return { calls, model }
}

describe("calls that are not shared", () => {
  it.effect(
    "are those that differ in the request, the tenant, the credentials, the provider or the wish for a cache",
    () =>
      Effect.gen(function* () {
        const { calls, model } = endless()
        const shared = Coalesce.make({ tenant: ({ request }) => request.user ?? "" })(model)
        const { definition } = OpenAi
        const provider = (name: string) => Layer.succeed(OpenAi, { id: definition.id, name } as never)
        const asks = [
          shared.generate("Hi"),
          shared.generate("Ho"),
          shared.generate({ messages: "Hi", user: "b" }),
          shared.generate("Hi").pipe(OpenAi.withCredentials({ apiKey: Redacted.make("sk-1") })),
          shared.generate("Hi").pipe(OpenAi.withCredentials({ apiKey: Redacted.make("sk-2") })),
          Effect.provide(shared.generate("Hi"), provider("one")),
          Effect.provide(shared.generate("Hi"), provider("two")),
          shared.generate("Hi").pipe(ResponseCache.control({ mode: "no-store" })),
          Stream.runDrain(shared.stream("Hi")),
          Coalesce.make()(model).generate("Hi")
        ]
        const fibers = yield* Effect.forEach([...asks, ...asks.slice(0, 9)], (ask) => Effect.forkChild(ask))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(calls.open, asks.length)
        yield* Effect.forEach(fibers, Fiber.interrupt)
        assert.strictEqual(calls.open, 0)
      })
  )

  it.effect("are those that arrive after a stream has grown too long, which then keeps only unread events", () =>
    Effect.gen(function* () {
      const calls = { made: 0 }
      const delta: CallEvent & { type: "text-delta"; id: string; delta: string } = {
        type: "text-delta",
        id: "0",
        delta: "x"
      }
      const long = Model.make<Chat, never, never>({
        id: "lab/0",
        kind: chat,
        generate: () => Effect.never,
        stream: () => {
          calls.made++
          const events = Stream.fromEffectRepeat(Effect.delay(Effect.succeed(delta), "1 millis"))
          return Stream.concat(Stream.take(events, 500), Stream.make({ type: "finish", finishReason: "stop", usage }))
        }
      })
      const shared = Coalesce.make({ capacity: 100 })(long)
      const count = Effect.map(Stream.runCollect(shared.stream("Hi")), (events) => events.length)
      const slow = Effect.map(
        Stream.runCollect(
          Stream.mapEffect(shared.stream("Hi"), (event) => Effect.delay(Effect.succeed(event), "3 millis"))
        ),
        (events) => events.length
      )
      const counts = yield* together([count, slow, Effect.delay(count, "50 millis"), Effect.delay(count, "300 millis")])
      assert.deepStrictEqual(counts, [501, 501, 501, 501])
      assert.strictEqual(calls.made, 2)
    })
  )
})

describe("a shared call", () => {
  it.effect("continues with the services of the first caller after that one has left", () =>
    Effect.gen(function* () {
      class Voice extends Context.Service<Voice, string>()("test/Voice") {}
      const speaking = Model.make<Chat, never, Voice>({
        id: "lab/0",
        kind: chat,
        generate: () => Effect.never,
        stream: () =>
          Stream.unwrap(
            Effect.map(Voice, (delta) =>
              Stream.fromIterable<Chat["Event"]>([
                { type: "text-delta", id: "0", delta },
                { type: "finish", finishReason: "stop", usage }
              ]).pipe(
                Stream.rechunk(1),
                Stream.tap(() => Effect.sleep("1 second"))
              )
            )
          )
      })
      const shared = Coalesce.make()(speaking)
      const first = yield* Effect.forkChild(Effect.provideService(Stream.runDrain(shared.stream("Hi")), Voice, "first"))
      yield* TestClock.adjust("500 millis")
      const second = yield* Effect.forkChild(
        Effect.provideService(Stream.runCollect(shared.stream("Hi")), Voice, "second")
      )
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("2 seconds")
      const events = yield* Fiber.join(second)
      assert.deepStrictEqual(events[0], { type: "text-delta", id: "0", delta: "first" })
    })
  )

  it.effect("of a chain of models fails for all callers with the same message", () =>
    Effect.gen(function* () {
      const chain = Coalesce.make()(chainOf(lab([fails], []), lab([fails], [])))
      const results = yield* together([1, 2].map(() => Effect.result(chain.generate("Hi"))))
      const errors = results.flatMap((result) => (Result.isFailure(result) ? [result.failure] : []))
      assert.deepStrictEqual(
        errors.map(({ attempts }) => attempts.length),
        [2, 2]
      )
      assert.include(errors[1]?.message, "every model of the chain failed")
      assert.strictEqual(errors[1]?.message, errors[0]?.message)
    })
  )

  it.effect("is recorded for each caller that joins it, with its own duration", () =>
    Effect.gen(function* () {
      const calls: Array<CallRecord> = []
      const made: Array<string> = []
      const model = Coalesce.make()(lab([answers], calls))
      const observed = Effect.provideService(
        Effect.delay(model.generate("Hi"), "100 millis"),
        CurrentDecisionObserver,
        ({ type }) => void made.push(type)
      )
      const [, second] = yield* together([model.generate("Hi"), observed])
      assert.deepStrictEqual(made, ["coalesced"])
      assert.deepStrictEqual(second?.timings, { total: Duration.millis(300) })
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("is called once with a cache, in either order", () =>
    Effect.gen(function* () {
      for (const order of [0, 1]) {
        const calls: Array<CallRecord> = []
        const namespace = `order${order}`
        const cache = ResponseCache.make({ ttl: "1 hour", tenant: "a", namespace })
        const model = lab([answers, fails], calls)
        const both = order === 0 ? cache(Coalesce.make()(model)) : Coalesce.make()(cache(model))
        yield* together([both.generate("Hi"), both.generate("Hi")])
        assert.isDefined((yield* letEnd(both.generate("Hi"))).cached)
        assert.strictEqual(calls.length, 1)
      }
    }).pipe(Effect.provide(ResponseCache.layerMemory()))
  )
})
