import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Duration, Effect, Exit, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Pricing } from "../../src/catalog/Pricing.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { ServerError } from "../../src/domain/ChatResponse.ts"
import * as Usage from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Policy from "../../src/policies/Policy.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass } from "./attemptRows.ts"
import { dollars, priced } from "./priced.ts"

type End = ChatModel.ChatEnd<unknown>

const kind = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit) ? "answered" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

type Model = ChatModel.ChatModel<unknown, Pricing>

const record = (ends: Array<End>) => (model: Model) =>
  ChatModel.onEnd(model, (end) => Effect.sync(() => void ends.push(end)))

describe("onEnd", () => {
  const usage = Usage.make({ input: 1000, output: 100 })
  const opening: ReadonlyArray<ChatEvent> = [
    { type: "response-start", provider: "lab", model: "0" },
    { type: "usage", usage }
  ]
  const begun: ReadonlyArray<ChatEvent> = [
    ...opening,
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "Hel" }
  ]
  const endless = (events: ReadonlyArray<ChatEvent>): ChatModel.ChatModel =>
    ChatModel.make({
      id: "lab/0",
      generate: () => Effect.never,
      stream: () => Stream.concat(Stream.fromArray(events), Stream.never)
    })

  /** The end of a call that is left after a second. */
  const leaving = <E>(
    make: (onEnd: (model: ChatModel.ChatModel) => ChatModel.ChatModel) => ChatModel.ChatModel<E, Pricing>,
    ask: "generate" | "stream"
  ) =>
    Effect.gen(function* () {
      const ends: Array<ChatModel.ChatEnd<unknown>> = []
      const model = make((model) => ChatModel.onEnd(model, (end) => Effect.sync(() => void ends.push(end))))
      const call = ask === "generate" ? model.generate("Hi") : Stream.runDrain(model.stream("Hi"))
      const fiber = yield* Effect.forkChild(call)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(ends.length, 1)
      return ends[0]!
    })

  it.effect("has the cost so far of an interrupted stream, whether withCost is inside or around it", () =>
    Effect.gen(function* () {
      const observe = (
        model: ChatModel.ChatModel<never, Pricing>,
        onEnd: (end: ChatModel.ChatEnd<never>) => Effect.Effect<void>
      ) => ChatModel.onEnd(model, onEnd)
      for (const events of [opening, begun]) {
        const around = yield* leaving((onEnd) => ChatModel.withCost(onEnd(endless(events))), "stream")
        const retried = yield* leaving(
          (onEnd) => ChatModel.withCost(onEnd(endless(events).pipe(ChatModel.retry(Retry.standard)))),
          "stream"
        )
        const watched = yield* leaving(
          (onEnd) =>
            ChatModel.withCost(
              onEnd(endless(events).pipe(ChatModel.timeout({ connect: "1 minute" })) as ChatModel.ChatModel)
            ),
          "generate"
        )
        const ends: Array<ChatModel.ChatEnd<never>> = []
        const within = observe(ChatModel.withCost(endless(events)).pipe(ChatModel.retry(Retry.standard)), (end) =>
          Effect.sync(() => void ends.push(end))
        )
        const fiber = yield* Effect.forkChild(Stream.runDrain(within.stream("Hi")))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        for (const end of [around, retried, watched, ends[0]!]) {
          assert.strictEqual(kind(end.exit), "interrupted")
          assert.deepStrictEqual(end.usage, usage)
          assert.strictEqual(dollars(end.cost), "0.002")
          assert.deepStrictEqual(end.cost?._tag === "Priced" && end.cost.flags, [{ _tag: "Estimated" }])
          assert.strictEqual(Duration.toMillis(end.timings.total!), 1000)
          assert.deepStrictEqual(end.attempts, [])
        }
        const { firstToken } = around.timings
        assert.strictEqual(firstToken && Duration.toMillis(firstToken), events === begun ? 0 : undefined)
      }
    }).pipe(priced)
  )

  it.effect("has the interrupted model, with the reported or estimated usage and its cost", () =>
    Effect.gen(function* () {
      const cut = Effect.fnUntraced(function* (events: ReadonlyArray<ChatEvent>, ask: "generate" | "stream") {
        const { cutShort } = yield* leaving((onEnd) => ChatModel.withCost(onEnd(endless(events))), ask)
        return cutShort?.() ?? assert.fail()
      })
      const reported = yield* cut(begun, "stream")
      assert.deepInclude(reported, { model: "lab/0", usage, isEstimated: false })
      assert.deepInclude(reported.reported, { provider: "lab", model: "0" })
      const arrived = begun.filter(({ type }) => type !== "usage")
      const unreported = yield* cut([...arrived, { type: "text-delta", id: "0", delta: "lo world!" }], "stream")
      assert.isTrue(unreported.isEstimated)
      assert.strictEqual(unreported.usage.outputTokens.total, 3)
      assert.isAbove(unreported.usage.inputTokens.total ?? 0, 0)
      assert.isTrue(
        unreported.cost?._tag === "Priced" && unreported.cost.flags.some(({ _tag }) => _tag === "Estimated")
      )
      const input = { total: 1000, cacheRead: 600 }
      const partly = yield* cut(
        [...arrived, { type: "usage", usage: { inputTokens: input, outputTokens: {} } }],
        "stream"
      )
      assert.isTrue(partly.isEstimated)
      assert.deepStrictEqual(partly.usage.inputTokens, input)
      assert.strictEqual(partly.usage.outputTokens.total, 1)
      assert.isTrue(partly.cost?._tag === "Priced" && partly.cost.flags.some(({ _tag }) => _tag === "Estimated"))
      const searched = yield* cut(
        [...arrived, { type: "usage", usage: { inputTokens: input, outputTokens: {}, units: { searches: 1 } } }],
        "stream"
      )
      assert.isTrue(searched.isEstimated)
      assert.deepInclude(searched.usage.units, { searches: 1 })
      assert.strictEqual(searched.usage.outputTokens.total, 1)
      const metered = { inputTokens: {}, outputTokens: {}, units: { inputCharacters: 9 } }
      const spoken = yield* cut([...arrived, { type: "usage", usage: metered }], "stream")
      assert.isFalse(spoken.isEstimated)
      assert.deepStrictEqual(spoken.usage, metered)
      const whole = yield* cut([], "generate")
      assert.strictEqual(whole.usage.outputTokens.total, 1024)
      assert.strictEqual(whole.model, "lab/0")
    }).pipe(priced)
  )

  it.effect("has no cost while an inner policy holds the call back, before the first attempt or a later one", () =>
    Effect.gen(function* () {
      const holding = Policy.perCall(() => Effect.never)
      let count = 0
      const holdingLater = Policy.perCall(() => (count++ === 0 ? Effect.succeed({}) : Effect.never))
      const failing = ChatModel.make({
        id: "lab/0",
        generate: () => Effect.fail(new ServerError({ status: 500, detail: "no" })),
        stream: () => Stream.fail(new ServerError({ status: 500, detail: "no" }))
      })
      for (const ask of ["generate", "stream"] as const) {
        const first = yield* leaving((onEnd) => ChatModel.withCost(onEnd(endless(opening).pipe(holding))), ask)
        assert.isUndefined(first.cost)
        count = 0
        const later = yield* leaving(
          (onEnd) =>
            ChatModel.withCost(
              onEnd(failing.pipe(holdingLater, ChatModel.retry(Schedule.recurs(2))) as ChatModel.ChatModel)
            ),
          ask
        )
        assert.strictEqual(later.attempts.length, 1)
        assert.isUndefined(later.cost)
      }
    }).pipe(priced)
  )

  it.effect("is Unpriced if a running model reported nothing", () =>
    Effect.gen(function* () {
      const { cost, usage } = yield* leaving((onEnd) => ChatModel.withCost(onEnd(endless([]))), "generate")
      assert.strictEqual(dollars(cost), "UnknownUsage")
      assert.isUndefined(usage)
    }).pipe(priced)
  )

  it.effect("has the cost of the attempt that failed, and of those before it", () =>
    Effect.gen(function* () {
      const cut = () => Stream.concat(Stream.fromArray(begun), Stream.fail(new ServerError({})))
      const model = ChatModel.make<ServerError, never>({
        id: "lab/0",
        generate: () => Effect.never,
        stream: cut
      })
      const again = ChatModel.retry(Retry.make({ times: 1, jitter: "none" }), { onInterrupted: "restart" })
      for (const outside of [true, false]) {
        const ends: Array<ChatModel.ChatEnd<unknown>> = []
        const onEnd = <E, R>(model: ChatModel.ChatModel<E, R>) =>
          ChatModel.onEnd(model, (end) => Effect.sync(() => void ends.push(end)))
        const whole: ChatModel.ChatModel<unknown, Pricing> = outside
          ? ChatModel.withCost(onEnd(again(model)))
          : onEnd(again(ChatModel.withCost(model)))
        yield* letTimePass(Effect.exit(Stream.runDrain(whole.stream("Hi"))))
        const end = ends[0]!
        assert.strictEqual(ends.length, 1)
        assert.deepStrictEqual(
          end.attempts.map(({ cost, error }) => [error?._tag, dollars(cost)]),
          [
            ["ServerError", "0.002"],
            ["ServerError", "0.002"]
          ]
        )
        assert.strictEqual(dollars(end.cost), "0.002")
        assert.deepStrictEqual(end.usage, usage)
        assert.deepStrictEqual(ChatModel.costs(end).map(dollars), ["0.002", "0.002"])
      }
    }).pipe(priced)
  )

  it.effect("may call models and use services, which are not attempts of the call, and cannot fail it", () =>
    Effect.gen(function* () {
      class Log extends Context.Service<Log, { readonly add: (line: string) => Effect.Effect<void> }>()("test/Log") {}
      const lines: Array<string> = []
      const judge = ScriptedModel.make(["fine"]).pipe(ChatModel.retry(Retry.standard))
      const model = ScriptedModel.make(["an answer"]).pipe(
        ChatModel.onEnd(() =>
          Effect.flatMap(Log, ({ add }) =>
            Effect.flatMap(Effect.orDie(judge.generate("Good?")), ({ text }) => add(text))
          )
        ),
        ChatModel.onEnd(() => Effect.die("broken"))
      )
      const answer = yield* Effect.provideService(model.generate("Hi"), Log, {
        add: (line) => Effect.sync(() => void lines.push(line))
      })
      assert.deepStrictEqual(lines, ["fine"])
      assert.deepStrictEqual(answer.attempts, [])
    })
  )

  it.effect("is told of an interruption if the reader fails or stops early", () =>
    Effect.gen(function* () {
      const ends: Array<End> = []
      const { stream } = record(ends)(ScriptedModel.make(() => ({ answer: "one two three" })))
      const reads = [
        Stream.runForEach(stream("Hi"), () => Effect.fail("the reader's")),
        Stream.runForEach(stream("Hi"), () => Effect.die("the reader's")),
        Stream.runForEach(stream("Hi"), ({ type }) => (type === "finish" ? Effect.fail("the reader's") : Effect.void)),
        Effect.scoped(Effect.flatMap(Stream.toPull(stream("Hi")), (pull) => pull))
      ]
      for (const read of reads) yield* Effect.exit(read)
      assert.deepStrictEqual(
        ends.map(({ exit }) => kind(exit)),
        ["interrupted", "interrupted", "answered", "interrupted"]
      )
    }).pipe(priced)
  )

  it.effect("sees defects too, even before anything arrives", () =>
    Effect.gen(function* () {
      const ends: Array<End> = []
      const broken = ChatModel.mapRequest(ScriptedModel.make(["an answer"]), () => {
        throw new Error("broken")
      })
      const model = record(ends)(broken)
      yield* Effect.exit(model.generate("Hi"))
      yield* Effect.exit(Stream.runDrain(model.stream("Hi")))
      assert.deepStrictEqual(
        ends.map(({ exit }) => Exit.isFailure(exit) && Cause.hasDies(exit.cause)),
        [true, true]
      )
    }).pipe(priced)
  )
})
