import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Cause, Clock, Context, Duration, Effect, Exit, Fiber, Option, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Price from "../../src/catalog/Price.ts"
import { layerWith, type Pricing } from "../../src/catalog/Pricing.ts"
import { attemptsOf } from "../../src/domain/ProviderError.ts"
import type { Speech } from "../../src/domain/Capability.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { type ChatResponse, RateLimitError, ServerError } from "../../src/domain/ChatResponse.ts"
import type { Cost } from "../../src/domain/Cost.ts"
import type { SpeechEvent } from "../../src/domain/SpeechEvent.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { kind as speech } from "../../src/model/SpeechModel.ts"
import * as Model from "../../src/policies/Model.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass } from "./attemptRows.ts"

type End = ChatModel.ChatEnd<unknown>

const prices = layerWith({ models: [], prices: { "lab/0": Price.make({ input: 1, output: 10 }) } })

/** Loaded before the clock moves: the first call that computes costs would wait for it. */
const loaded = Effect.promise(() => import("../../src/policies/CostAccounting.ts"))

const provided = <A, E, R>(effect: Effect.Effect<A, E, R | Pricing>) =>
  Effect.provide(Effect.andThen(loaded, effect), prices)

const dollars = (cost: Cost | undefined) =>
  cost === undefined ? undefined : cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost.reason._tag

const kind = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit) ? "answered" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

const Turn = Schema.Struct({
  how: Schema.Literals(["whole", "whole", "cut", "hang", "server", "busy"]),
  after: Schema.Literals([0, 0, 1, 2]),
  wait: Schema.Literals([0, 300, 4000])
})
const Policies = Schema.Array(Schema.Literals(["timeout", "total", "retry", "restart", "cost", "observe"])).check(
  Schema.isMaxLength(3)
)
const arbitrary = {
  scripts: Schema.Array(Schema.Array(Turn).check(Schema.isMinLength(1), Schema.isMaxLength(3))).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(2)
  ),
  inner: Policies,
  outer: Policies,
  call: Schema.Literals(["generate", "stream", "take"]),
  leaves: Schema.Literals([-1, -1, 0, 200, 1000, 5000])
}
type Input = { readonly [K in keyof typeof arbitrary]: Schema.Schema.Type<(typeof arbitrary)[K]> }
type Model = ChatModel.ChatModel<unknown, Pricing>

const record = (ends: Array<End>) => (model: Model) =>
  ChatModel.onEnd(model, (end) => Effect.sync(() => void ends.push(end)))

const composed = ({ inner, outer, scripts }: Input) => {
  const leaves = scripts.map((script, index) => {
    const scripted = ScriptedModel.make(
      (_, calls) => {
        const { after, how, wait } = script[calls % script.length]!
        const turn = { answer: "one two three", connect: wait }
        if (how === "whole") return turn
        if (how === "cut") return { ...turn, after: after + 1 }
        if (how === "hang") return { ...turn, after, hang: true }
        const error = how === "server" ? new ServerError({}) : new RateLimitError({})
        return after === 0 ? { connect: wait, error } : { ...turn, after, error }
      },
      { id: `lab/${index}` }
    )
    return { scripted, ends: [] as Array<End> }
  })
  const apply = (model: Model, policies: Input["inner"]): Model =>
    policies.reduce((model: Model, policy): Model => {
      switch (policy) {
        case "timeout":
          return model.pipe(ChatModel.timeout({ firstToken: "3 seconds", idle: "3 seconds" }))
        case "total":
          return model.pipe(ChatModel.timeout({ total: "7 seconds" }))
        case "retry":
          return model.pipe(ChatModel.retry(Retry.make({ times: 2, jitter: "none" })))
        case "restart":
          return model.pipe(ChatModel.retry(Retry.make({ times: 1, jitter: "none" }), { onInterrupted: "restart" }))
        case "cost":
          return ChatModel.withCost(model)
        case "observe":
          return record([])(model)
      }
    }, model)
  const [first, ...others] = leaves.map(({ ends, scripted }) => apply(record(ends)(scripted), inner))
  const chain: Model = others.length === 0 ? first! : Fallback.make([first!, ...others])
  const ends: Array<End> = []
  return { leaves, ends, model: record(ends)(apply(chain, outer)) }
}

describe("onEnd", () => {
  it.effect.prop(
    "runs exactly once for every call, with what became of it, however policies are combined around and within",
    arbitrary,
    Effect.fnUntraced(function* (input) {
      const { ends, leaves, model } = composed(input)
      let response: ChatResponse | undefined
      const see = (event: ChatEvent) => Effect.sync(() => void (event.type === "finish" && (finish = event)))
      let finish: Extract<ChatEvent, { readonly type: "finish" }> | undefined
      const stream = Stream.tap(model.stream("Hi"), see)
      const call =
        input.call === "generate"
          ? Effect.map(model.generate("Hi"), (answer) => void (response = answer))
          : Stream.runDrain(input.call === "take" ? Stream.take(stream, 3) : stream)
      const startedAtMillis = yield* Clock.currentTimeMillis
      const fiber = yield* Effect.forkChild(call)
      // By steps, so that the moment of the end is known.
      yield* TestClock.adjust(0)
      for (let steps = 0; steps < 60 && fiber.pollUnsafe() === undefined; steps++) {
        const elapsed = (yield* Clock.currentTimeMillis) - startedAtMillis
        if (input.leaves >= 0 && elapsed >= input.leaves) yield* Fiber.interrupt(fiber)
        else yield* TestClock.adjust("1 second")
      }
      if (fiber.pollUnsafe() === undefined) yield* Fiber.interrupt(fiber)
      const outcome = yield* Fiber.await(fiber)
      assert.strictEqual(ends.length, 1)
      const [end] = ends
      const left = Exit.isSuccess(outcome) && input.call === "take" && finish === undefined
      assert.strictEqual(kind(end!.exit), left ? "interrupted" : kind(outcome))
      if (Exit.isFailure(outcome) && kind(outcome) === "failed") {
        const error = Option.getOrUndefined(Cause.findErrorOption(outcome.cause))
        assert.strictEqual(Option.getOrUndefined(Exit.findErrorOption(end!.exit)), error)
        const attempts = attemptsOf(error)
        if (attempts.length > 0) assert.deepStrictEqual(tagsOf(end!.attempts), tagsOf(attempts))
      }
      const last = response ?? finish
      if (Exit.isSuccess(end!.exit)) {
        if (last!.attempts!.length > 0) assert.deepStrictEqual(end!.attempts, last!.attempts)
        assert.deepStrictEqual(end!.usage, last!.usage)
        assert.strictEqual(end!.exit.value.text, "one two three")
      } else {
        assert.isTrue(end!.attempts.every(({ error }) => error !== undefined))
      }
      const costly = [...input.inner, ...input.outer].includes("cost")
      if (!costly) assert.isUndefined(end!.cost)
      else if (last?.cost !== undefined && Exit.isSuccess(end!.exit)) assert.deepStrictEqual(end!.cost, last.cost)
      const total = Duration.toMillis(end!.timings.total!)
      assert.isAtMost(total, (yield* Clock.currentTimeMillis) - startedAtMillis)
      for (const { ends, scripted } of leaves) {
        assert.deepStrictEqual(
          ends.map(({ exit }) => kind(exit)),
          scripted.calls.map(({ outcome }) => outcome)
        )
        for (const [index, { timings }] of ends.entries()) {
          const { startedAtMillis, ended } = scripted.calls[index]!
          assert.strictEqual(Duration.toMillis(timings.total!), ended! - startedAtMillis)
        }
      }
    }, provided),
    { arbitrary: { runs: 80 } }
  )

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

  it.effect("has the cost so far of an interrupted stream, with costs computed inside or around it", () =>
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
    }).pipe(provided)
  )

  it.effect("is Unpriced where a model was at work and reported nothing", () =>
    Effect.gen(function* () {
      const { cost, usage } = yield* leaving((onEnd) => ChatModel.withCost(onEnd(endless([]))), "generate")
      assert.strictEqual(dollars(cost), "UnknownUsage")
      assert.isUndefined(usage)
    }).pipe(provided)
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
    }).pipe(provided)
  )

  it.effect("may call models and use services, which are no attempts of the call, and cannot break it", () =>
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

  it.effect("does not count what the reader does as the end of the call", () =>
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
    }).pipe(provided)
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
    }).pipe(provided)
  )

  it.effect("works for other capabilities: whole, streamed, left early", () =>
    Effect.gen(function* () {
      const ends: Array<string> = []
      const events: ReadonlyArray<SpeechEvent> = [
        { type: "response-start", mediaType: "audio/mpeg" },
        { type: "audio", data: Uint8Array.from([1]) },
        { type: "finish", usage }
      ]
      const answer = { audio: new Uint8Array(), mediaType: "audio/mpeg", usage, warnings: [], attempts: [] }
      const model = Model.make<Speech, ServerError, never>({
        id: "lab/0",
        kind: speech,
        generate: ({ text }) => (text === "" ? Effect.fail(new ServerError({})) : Effect.succeed(answer)),
        stream: () => Stream.fromArray(events).pipe(Stream.rechunk(1))
      }).pipe(
        Model.onEnd(({ cost, exit, usage }) =>
          Effect.sync(() => void ends.push(`${kind(exit)} ${usage?.inputTokens.total} ${dollars(cost)}`))
        ),
        Model.withCost
      )
      yield* Effect.provide(
        Effect.all([
          Effect.exit(model.generate("Hello")),
          Effect.exit(model.generate("")),
          Stream.runDrain(model.stream("Hello")),
          Stream.runDrain(Stream.take(model.stream("Hello"), 2))
        ]),
        prices
      )
      assert.deepStrictEqual(ends, [
        "answered 1000 0.002",
        "failed undefined undefined",
        "answered 1000 0.002",
        "interrupted undefined UnknownUsage"
      ])
    })
  )
})

const tagsOf = (attempts: ReadonlyArray<{ readonly model: string; readonly error?: unknown }>) =>
  attempts.map(({ error, model }) => [model, (error as { readonly _tag?: string } | undefined)?._tag])
