import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse, RateLimitError } from "../../src/domain/ChatResponse.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import { unknown } from "../../src/domain/Usage.ts"
import type * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass, outcomes, watch } from "../policies/attemptRows.ts"

/** What is seen of a stream, and when, in milliseconds. */
const timed = (model: ScriptedModel.ScriptedModel) =>
  Effect.gen(function* () {
    const seen: Array<readonly [at: number, what: string]> = []
    const record = (what: string) =>
      Effect.clockWith((clock) => Effect.sync(() => seen.push([clock.currentTimeMillisUnsafe(), what])))
    yield* model.stream("hi").pipe(
      Stream.runForEach((event) =>
        event.type === "text-delta"
          ? record(event.delta)
          : event.type === "response-start" || event.type === "finish"
            ? record(event.type)
            : Effect.void
      ),
      Effect.catch(({ _tag }) => record(_tag))
    )
    return seen
  })

describe("ScriptedModel", () => {
  it.effect("returns its responses in order, whole or streamed word by word", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(["one", "two  three\n"], { id: "acme/one", contextWindow: 7 })
      const response = yield* model.generate("hi")
      assert.deepInclude({ ...response }, { provider: "acme", model: "one", finishReason: "stop" })
      const events = yield* Stream.runCollect(model.stream("hi"))
      assert.deepStrictEqual(
        events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : [])),
        ["two", "  three", "\n"]
      )
      assert.strictEqual(foldEvents(events).text, "two  three\n")
      assert.strictEqual(model.contextWindow, 7)
    })
  )

  it.effect("repeats a single response for every call, and dies past the end of a list", () =>
    Effect.gen(function* () {
      const always = ScriptedModel.make("hello")
      for (let call = 0; call < 3; call++) assert.strictEqual((yield* always.generate("hi")).text, "hello")
      const once = ScriptedModel.make(["hello"])
      yield* once.generate("hi")
      const exit = yield* Effect.exit(once.generate("hi"))
      assert.isTrue(Exit.isFailure(exit) && /no step for call 2/.test(Cause.pretty(exit.cause)))
    })
  )

  it.effect("a script may be a function of the request", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(({ messages }, calls) => `${calls}: ${JSON.stringify(messages[0]?.content)}`)
      assert.include((yield* model.generate("ping")).text, "0: ")
      assert.include((yield* model.generate("pong")).text, "pong")
    })
  )

  it.effect("returns a given response or given events unchanged", () =>
    Effect.gen(function* () {
      const answer = new ChatResponse({
        id: "1",
        content: [{ type: "tool-call", id: "1", name: "search", input: {} }],
        finishReason: "tool-calls",
        usage: unknown,
        warnings: [],
        attempts: [],
        raw: { a: 1 }
      })
      const events: ReadonlyArray<ChatEvent> = [
        { type: "response-start" },
        { type: "text-delta", id: "0", delta: "a" },
        { type: "finish", finishReason: "length", usage: unknown }
      ]
      const model = ScriptedModel.make([answer, answer, { answer: events }, { answer: events }])
      assert.strictEqual(yield* model.generate("hi"), answer)
      assert.deepStrictEqual(foldEvents(yield* Stream.runCollect(model.stream("hi"))).toolCalls, answer.toolCalls)
      assert.deepStrictEqual(yield* Stream.runCollect(model.stream("hi")), [...events])
      assert.strictEqual((yield* model.generate("hi")).finishReason, "length")
    })
  )

  it.effect("takes its time, on the Clock", () =>
    Effect.gen(function* () {
      const turn = { answer: "a b c", connect: 10, firstToken: 20, gap: 5 }
      assert.deepStrictEqual(yield* letTimePass(timed(ScriptedModel.make(turn))), [
        [10, "response-start"],
        [30, "a"],
        [35, " b"],
        [40, " c"],
        [45, "finish"]
      ])
      const model = ScriptedModel.make(turn)
      const fiber = yield* Effect.forkChild(model.generate("hi"))
      yield* TestClock.adjust(44)
      assert.deepStrictEqual(outcomes(model), ["pending"])
      yield* TestClock.adjust(1)
      yield* Fiber.join(fiber)
    })
  )

  it.effect("delivers the given number of contents at a time", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "a b c", together: 2, gap: 5 })
      const chunks: Array<number> = []
      yield* letTimePass(
        Stream.runForEachArray(model.stream("hi"), (events) =>
          Effect.sync(() => chunks.push(events.filter(({ type }) => type === "text-delta").length))
        )
      )
      assert.deepStrictEqual(
        chunks.filter((n) => n > 0),
        [2, 1]
      )
    })
  )

  it.effect("is cut, fails or hangs after the given number of contents", () =>
    Effect.gen(function* () {
      const busy = new RateLimitError({})
      assert.deepStrictEqual(yield* letTimePass(timed(ScriptedModel.make({ answer: "a b c", after: 2 }))), [
        [0, "response-start"],
        [0, "a"],
        [0, " b"],
        [0, "StreamInterruptedError"]
      ])
      const { error } = yield* watch(ScriptedModel.make({ answer: "a b c", after: 2 }).stream("hi"))
      assert.strictEqual(error?._tag === "StreamInterruptedError" ? error.partial.text : undefined, "a b")
      const late = yield* watch(ScriptedModel.make({ answer: "a b", error: busy }).stream("hi"))
      assert.strictEqual(late.error, busy)
      assert.strictEqual(foldEvents(late.events).text, "a b")
      const none = yield* watch(ScriptedModel.make(busy).stream("hi"))
      assert.deepStrictEqual(none, { events: [], error: busy })
      assert.strictEqual(
        (yield* Effect.flip(ScriptedModel.make({ answer: "a", after: 1 }).generate("hi")))._tag,
        "NetworkError"
      )

      const stalled = ScriptedModel.make({ answer: "a b", after: 1, hang: true })
      const fiber = yield* Effect.forkChild(Stream.runDrain(stalled.stream("hi")))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(outcomes(stalled), ["pending"])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("records each request, its time and how it ended", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([{ answer: "a", connect: 5 }, new RateLimitError({}), { hang: true }, "a b"])
      yield* letTimePass(model.generate({ messages: "hi", seed: 1 }))
      yield* Effect.flip(Stream.runDrain(model.stream("hi")))
      yield* letTimePass(Effect.timeoutOption(model.generate("hi"), 7))
      yield* Stream.runDrain(Stream.take(model.stream("hi"), 1))
      const day = 24 * 60 * 60 * 1000
      assert.deepStrictEqual(
        model.calls.map(({ startedAtMillis, ended, outcome, stream }) => [startedAtMillis, ended, outcome, stream]),
        [
          [0, 5, "answered", false],
          [day, day, "failed", true],
          [day, day + 7, "interrupted", false],
          [2 * day, 2 * day, "interrupted", true]
        ]
      )
      assert.strictEqual(model.calls[0]?.request.seed, 1)
    })
  )

  it.effect("is called each time the stream is run, not when it is made", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("hello")
      const stream = model.stream("hi")
      assert.strictEqual(model.calls.length, 0)
      yield* Stream.runDrain(stream)
      yield* Stream.runDrain(stream)
      assert.strictEqual(model.calls.length, 2)
    })
  )

  it("fails like a provider, or with a given error", () => {
    expectTypeOf(ScriptedModel.make("hello")).toExtend<ChatModel.ChatModel<ProviderError>>()
    expectTypeOf(ScriptedModel.make<RateLimitError>(new RateLimitError({}))).toEqualTypeOf<
      ScriptedModel.ScriptedModel<RateLimitError>
    >()
    // @ts-expect-error not an error of the model
    ScriptedModel.make<RateLimitError>({ error: "hm" })
  })
})
