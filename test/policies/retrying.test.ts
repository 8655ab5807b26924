import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import {
  type ChatResponse,
  OverloadedError,
  RateLimitError,
  ServerError,
  TimeoutError
} from "../../src/domain/ChatResponse.ts"
import { AuthenticationError } from "../../src/domain/CallErrors.ts"
import { type ProviderError, attemptsOf } from "../../src/domain/ProviderError.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { eventsOf, letTimePass, outcomes, attemptRows, watch } from "./attemptRows.ts"

const spaced = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 3 }))
const server = new ServerError({})

describe("ChatModel.retry", () => {
  it.effect("retries on the schedule, and lists every attempt in the response, the successful one last", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([{ connect: 300, error: server }, new OverloadedError({}), "hello"])
      const fiber = yield* Effect.forkChild(model.pipe(ChatModel.retry(spaced)).generate("hi"))
      yield* TestClock.adjust("2299 millis")
      assert.deepStrictEqual(
        model.calls.map(({ startedAtMillis, outcome }) => [startedAtMillis, outcome]),
        [
          [0, "failed"],
          [1300, "failed"]
        ]
      )
      yield* TestClock.adjust(1)
      const response = yield* Fiber.join(fiber)
      assert.strictEqual(response.text, "hello")
      assert.deepStrictEqual(attemptRows(response.attempts), [
        ["scripted/model", "ServerError", 300, undefined],
        ["scripted/model", "OverloadedError", 0, 1000],
        ["scripted/model", undefined, 0, 1000]
      ])
    })
  )

  it.effect("lists a single attempt when the first one succeeds", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "hello", connect: 20 }).pipe(ChatModel.retry(spaced))
      const response = yield* letTimePass(model.generate("hi"))
      assert.deepStrictEqual(attemptRows(response.attempts), [["scripted/model", undefined, 20, undefined]])
    })
  )

  it.effect("acts on the opening of a stream: no event of a failed attempt is emitted", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([{ answer: "lost", after: 0, error: server }, "hello world"])
      const { error, events } = yield* letTimePass(watch(model.pipe(ChatModel.retry(spaced)).stream("hi")))
      assert.isUndefined(error)
      assert.strictEqual(foldEvents(events).text, "hello world")
      assert.strictEqual(eventsOf(events, "response-start").length, 1)
      assert.deepStrictEqual(attemptRows(eventsOf(events, "finish")[0]?.attempts), [
        ["scripted/model", "ServerError", 0, undefined],
        ["scripted/model", undefined, 0, 1000]
      ])
      assert.deepStrictEqual(outcomes(model), ["failed", "answered"])
    })
  )

  it.effect("fails with the last error when the schedule is done, and records every attempt on it", () =>
    Effect.gen(function* () {
      const errors = [1, 2, 3, 4].map((n) => new ServerError({ detail: String(n) }))
      for (const ask of ["generate", "stream"] as const) {
        const model = ScriptedModel.make(errors)
        const retried = model.pipe(ChatModel.retry(spaced))
        const call = ask === "generate" ? retried.generate("hi") : Stream.runDrain(retried.stream("hi"))
        const error = yield* letTimePass(Effect.flip(call))
        assert.strictEqual(error, errors[3])
        assert.strictEqual(model.calls.length, 4)
        const trail = attemptsOf(error)
        assert.deepStrictEqual(
          trail.map(({ error }) => error),
          errors
        )
        assert.deepStrictEqual(
          trail.map(({ wait }) => wait && Duration.toMillis(wait)),
          [undefined, 1000, 1000, 1000]
        )
      }
    })
  )

  it.effect("does not retry an error that is not retryable, whatever the schedule", () =>
    Effect.gen(function* () {
      const timeout = new TimeoutError({ phase: "first-token", duration: Duration.seconds(1) })
      for (const error of [new AuthenticationError({}), timeout]) {
        const model = ScriptedModel.make(error)
        const retried = model.pipe(ChatModel.retry(Schedule.forever))
        assert.strictEqual(yield* Effect.flip(retried.generate("hi")), error)
        assert.strictEqual((yield* watch(retried.stream("hi"))).error, error)
        assert.strictEqual(model.calls.length, 2)
      }
    })
  )

  it.effect("`while` replaces that check", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([new AuthenticationError({}), new ServerError({}), "hello"])
      const retried = ChatModel.retry(model, Schedule.forever, { while: ({ _tag }) => _tag === "AuthenticationError" })
      assert.strictEqual((yield* Effect.flip(retried.generate("hi")))._tag, "ServerError")
      assert.strictEqual(model.calls.length, 2)
    })
  )

  it.effect("passes the schedule the current time, whatever the clock shows when the call begins", () =>
    Effect.gen(function* () {
      const scripted = ScriptedModel.make(() => server)
      const policy = Schedule.spaced("2 seconds").pipe(Schedule.upTo({ duration: "5 seconds" }))
      const times: Array<number> = []
      for (const wait of ["0 seconds", "3 hours"] as const) {
        yield* TestClock.adjust(wait)
        const before = scripted.calls.length
        yield* letTimePass(Effect.exit(scripted.pipe(ChatModel.retry(policy)).generate("hi")))
        times.push(scripted.calls.length - before)
      }
      assert.strictEqual(times[1], times[0])
      assert.isTrue(times[0]! > 2 && times[0]! < 6, String(times[0]))
    })
  )

  it.effect("passes each error to the schedule, and starts it afresh for each call", () =>
    Effect.gen(function* () {
      const inputs: Array<string | undefined> = []
      const policy = Schedule.recurs(1).pipe(
        Schedule.setInputType<ProviderError>(),
        Schedule.tap(({ input }) => Effect.sync(() => inputs.push(input.detail)))
      )
      const model = ScriptedModel.make((_, calls) => new ServerError({ detail: String(calls) }))
      const retried = model.pipe(ChatModel.retry(policy))
      yield* Effect.flip(retried.generate("hi"))
      yield* Effect.flip(retried.generate("hi"))
      assert.deepStrictEqual(inputs, ["0", "2"])
      assert.strictEqual(model.calls.length, 4)
    })
  )

  describe("after the first content", () => {
    it.effect("fails by default, without further output", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make([server, { answer: "one two three", after: 2 }, "never"])
        const { error, events } = yield* letTimePass(watch(model.pipe(ChatModel.retry(spaced)).stream("hi")))
        assert.strictEqual(error?._tag, "StreamInterruptedError")
        assert.strictEqual(foldEvents(events).text, "one two")
        assert.strictEqual(eventsOf(events, "finish").length, 0)
        assert.strictEqual(model.calls.length, 2)
        assert.deepStrictEqual(
          attemptsOf(error).map(({ error }) => error?._tag),
          ["ServerError", "StreamInterruptedError"]
        )
      })
    )

    it.effect("`restart` emits `restarted`, and starts over on the same schedule", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make([
          server,
          { answer: "one two three", after: 2 },
          { answer: "four", after: 0 },
          "five six"
        ])
        const retried = model.pipe(ChatModel.retry(spaced, { onInterrupted: "restart" }))
        const { error, events } = yield* letTimePass(watch(retried.stream("hi")))
        assert.isUndefined(error)
        assert.deepStrictEqual(
          events.flatMap((event) =>
            event.type === "text-delta" ? [event.delta] : event.type === "restarted" ? ["!"] : []
          ),
          ["one", " two", "!", "five", " six"]
        )
        assert.strictEqual(foldEvents(events).text, "five six")
        const [restarted] = eventsOf(events, "restarted")
        assert.strictEqual(restarted?.model, "scripted/model")
        const failed = [
          ["scripted/model", "ServerError", 0, undefined],
          ["scripted/model", "StreamInterruptedError", 0, 1000],
          ["scripted/model", "StreamInterruptedError", 0, 1000]
        ]
        assert.deepStrictEqual(attemptRows(restarted?.attempts), failed)
        assert.strictEqual(eventsOf(events, "finish").length, 1)
        assert.deepStrictEqual(attemptRows(eventsOf(events, "finish")[0]?.attempts), [
          ...failed,
          ["scripted/model", undefined, 0, 1000]
        ])
      })
    )

    it.effect("`restart` fails with the last error when the schedule is done", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make({ answer: "one two", after: 1 })
        const retried = model.pipe(ChatModel.retry(spaced, { onInterrupted: "restart" }))
        const { error, events } = yield* letTimePass(watch(retried.stream("hi")))
        assert.strictEqual(error?._tag, "StreamInterruptedError")
        assert.strictEqual(eventsOf(events, "finish").length, 0)
        assert.strictEqual(model.calls.length, 4)
        assert.strictEqual(attemptsOf(error).length, 4)
      })
    )

    it.effect("retries a unary call all the same, since nothing of it was shown", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make([{ answer: "one two", after: 1 }, "three"])
        const response = yield* letTimePass(model.pipe(ChatModel.retry(spaced)).generate("hi"))
        assert.strictEqual(response.text, "three")
      })
    )
  })

  it.effect("interrupts the attempt, or the wait", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([server, { hang: true }])
      const retried = model.pipe(ChatModel.retry(spaced))
      const waiting = yield* Effect.forkChild(retried.generate("hi"))
      yield* TestClock.adjust(500)
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(model.calls.length, 1)
      const asking = yield* Effect.forkChild(Stream.runDrain(retried.stream("hi")))
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(outcomes(model), ["failed", "pending"])
      yield* Fiber.interrupt(asking)
      assert.deepStrictEqual(outcomes(model), ["failed", "interrupted"])
    })
  )

  it.effect("does not retry defects", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([]).pipe(ChatModel.retry(Schedule.forever))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(model.generate("hi"))))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Stream.runDrain(model.stream("hi")))))
    })
  )

  it.effect("does not retry defects after the first content either", () =>
    Effect.gen(function* () {
      let asked = 0
      const broken = ChatModel.make<ServerError, never>({
        id: "a/b",
        generate: () => Effect.never,
        stream: () => {
          asked++
          const shown = Stream.make({ type: "text-delta" as const, id: "0", delta: "a" })
          return Stream.concat(shown, Stream.die("broken"))
        }
      })
      const retried = broken.pipe(ChatModel.retry(Schedule.forever, { onInterrupted: "restart" }))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Stream.runDrain(retried.stream("hi")))))
      assert.strictEqual(asked, 1)
    })
  )

  it.effect("passes on a stream that ends without content", () =>
    Effect.gen(function* () {
      const empty = ScriptedModel.make({ answer: [] }).pipe(ChatModel.retry(Schedule.forever))
      assert.deepStrictEqual(yield* Stream.runCollect(empty.stream("hi")), [])
      const start = ScriptedModel.make({ answer: [{ type: "response-start" }] }).pipe(ChatModel.retry(Schedule.forever))
      assert.deepStrictEqual(yield* Stream.runCollect(start.stream("hi")), [{ type: "response-start" }])
    })
  )

  it.effect("flattens the attempts of nested retries, with the waits of both", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([
        server,
        new OverloadedError({}),
        { connect: 5, error: new RateLimitError({}) },
        "hello"
      ])
      const retried = model.pipe(
        ChatModel.retry(Schedule.spaced(10).pipe(Schedule.upTo({ times: 1 }))),
        ChatModel.retry(Schedule.spaced(500))
      )
      const response = yield* letTimePass(retried.generate("hi"))
      const attempts = [
        ["scripted/model", "ServerError", 0, undefined],
        ["scripted/model", "OverloadedError", 0, 10],
        ["scripted/model", "RateLimitError", 5, 500],
        ["scripted/model", undefined, 0, 10]
      ]
      assert.deepStrictEqual(attemptRows(response.attempts), attempts)
    })
  )

  it("keeps the id, the context window and the types", () => {
    class Key extends Context.Service<Key, string>()("Key") {}
    class Extra extends Context.Service<Extra, string>()("Extra") {}
    const model = ChatModel.make<RateLimitError | ServerError, Key>({
      id: "a/b",
      contextWindow: 7,
      generate: () => Effect.never,
      stream: () => Stream.never
    })
    const retried = model.pipe(ChatModel.retry(spaced))
    expectTypeOf(retried).toEqualTypeOf<ChatModel.ChatModel<RateLimitError | ServerError, Key>>()
    assert.deepInclude({ ...retried }, { id: "a/b", contextWindow: 7 })

    const policy = Schedule.recurs(1).pipe(
      Schedule.setInputType<RateLimitError | ServerError>(),
      Schedule.tap(() => Extra),
      Schedule.tap(() => Effect.fail("broken" as const))
    )
    expectTypeOf(ChatModel.retry(model, policy)).toEqualTypeOf<
      ChatModel.ChatModel<RateLimitError | ServerError | "broken", Key | Extra>
    >()
    expectTypeOf(model.pipe(ChatModel.retry(policy))).toEqualTypeOf<
      ChatModel.ChatModel<RateLimitError | ServerError | "broken", Key | Extra>
    >()

    const narrow = Schedule.recurs(1).pipe(Schedule.setInputType<RateLimitError>())
    // @ts-expect-error the schedule does not take ServerError
    ChatModel.retry(model, narrow)
    // @ts-expect-error the schedule does not take ServerError
    model.pipe(ChatModel.retry(narrow))
    // @ts-expect-error Key is not given
    Effect.runFork(retried.generate("hi"))
    const given = retried.generate("hi").pipe(Effect.provide(Layer.succeed(Key, "key")))
    expectTypeOf(given).toEqualTypeOf<Effect.Effect<ChatResponse, RateLimitError | ServerError>>()
  })
})
