import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { attemptsOf } from "../../src/domain/ProviderError.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { type RateLimitError, ServerError, TimeoutError } from "../../src/domain/ChatResponse.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass, outcomes, attemptRows, watch } from "./attemptRows.ts"

const limits = { connect: "1 second", firstToken: "5 seconds", idle: "2 seconds", total: "20 seconds" } as const

type Case = readonly [
  name: string,
  turn: ScriptedModel.Turn<never>,
  phase: TimeoutError["phase"] | undefined,
  at: number
]

const slow = "a b c d e f g h i j k l"
const cases: ReadonlyArray<Case> = [
  ["a provider that never answers", { hang: true }, "connect", 1000],
  ["a provider that answers too late", { answer: "hello", connect: 1001 }, "connect", 1000],
  [
    "one that takes the request and then is silent",
    { answer: "hello", connect: 900, after: 0, hang: true },
    "first-token",
    5000
  ],
  ["a first token that comes too late", { answer: "hello", connect: 900, firstToken: 4101 }, "first-token", 5000],
  [
    "silence between two tokens",
    { answer: "a b c", connect: 500, firstToken: 500, after: 2, hang: true, gap: 100 },
    "idle",
    3100
  ],
  ["a token that comes too late", { answer: "a b", gap: 2001 }, "idle", 2000],
  ["an answer that is long in all", { answer: slow, gap: 1900 }, "total", 20000],
  [
    "an answer within all limits",
    { answer: "a b c", connect: 999, firstToken: 3999, gap: 1999 },
    undefined,
    4998 + 3 * 1999
  ]
]

describe("ChatModel.timeout", () => {
  for (const [name, turn, phase, at] of cases) {
    for (const ask of ["generate", "stream"] as const) {
      it.effect(`${ask}: ${name} reaches ${phase ?? "no"} limit`, () =>
        Effect.gen(function* () {
          const model = ScriptedModel.make(turn, { id: "acme/slow/one" })
          const timed = model.pipe(ChatModel.timeout(limits))
          const call = ask === "generate" ? timed.generate("hi") : Stream.runDrain(timed.stream("hi"))
          const fiber = yield* Effect.forkChild(Effect.flip(call))
          yield* TestClock.adjust(at - 1)
          assert.deepStrictEqual(outcomes(model), ["pending"])
          yield* TestClock.adjust(1)
          if (phase === undefined) {
            assert.deepStrictEqual(outcomes(model), ["answered"])
            yield* Fiber.interrupt(fiber)
            return
          }
          const error = yield* Fiber.join(fiber)
          assert.instanceOf(error, TimeoutError)
          assert.strictEqual(error.phase, phase)
          // After content, the error holds what had arrived.
          const hasContent = phase === "idle" || phase === "total"
          assert.strictEqual(error.partial !== undefined, hasContent)
          if (hasContent) assert.isTrue("answer" in turn && String(turn.answer).startsWith(error.partial?.text ?? "-"))
          const key = phase === "first-token" ? "firstToken" : phase
          assert.strictEqual(Duration.toMillis(error.duration), Duration.toMillis(limits[key]))
          assert.strictEqual(`${error.provider} ${error.model}`, "acme slow/one")
          assert.deepStrictEqual(outcomes(model), ["interrupted"])
          assert.strictEqual(model.calls[0]?.ended, at)
        })
      )
    }
  }

  it.effect("with `total` alone the call stays unary", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "hello", connect: 100 })
      const timed = model.pipe(ChatModel.timeout({ total: "1 second" }))
      assert.strictEqual((yield* letTimePass(timed.generate("hi"))).text, "hello")
      assert.isFalse(model.calls[0]?.stream)
      const silent = ScriptedModel.make({ hang: true })
      const error = yield* letTimePass(
        Effect.flip(silent.pipe(ChatModel.timeout({ total: "1 second" })).generate("hi"))
      )
      assert.strictEqual(error._tag === "TimeoutError" ? error.phase : undefined, "total")
      assert.deepStrictEqual(outcomes(silent), ["interrupted"])
    })
  )

  it.effect("with any other phase the provider streams, and response policies still apply", () =>
    Effect.gen(function* () {
      for (const phase of ["connect", "firstToken", "idle"] as const) {
        const model = ScriptedModel.make("hello")
        const timed = model.pipe(
          ChatModel.mapResponse((response) => response.with({ id: "mapped" })),
          ChatModel.timeout({ [phase]: "1 second" })
        )
        const response = yield* timed.generate("hi")
        assert.strictEqual(response.text, "hello")
        assert.strictEqual(response.id, "mapped")
        assert.isTrue(model.calls[0]?.stream)
      }
    })
  )

  it.effect("without limits it is the model itself", () =>
    Effect.sync(() => {
      const model = ScriptedModel.make("hello")
      assert.strictEqual(ChatModel.timeout(model, {}), model)
    })
  )

  it.effect("the reader's own time counts towards the total, but not as silence", () =>
    Effect.gen(function* () {
      const read = (limits: ChatModel.TimeoutLimits) =>
        ScriptedModel.make("a b c")
          .pipe(ChatModel.timeout(limits))
          .stream("hi")
          .pipe(Stream.tap((event) => (event.type === "text-delta" ? Effect.sleep(3000) : Effect.void)))
      assert.isUndefined((yield* letTimePass(watch(read({ idle: 2000, firstToken: 1000, connect: 1000 })))).error)
      assert.strictEqual((yield* letTimePass(watch(read({ total: 5000 })))).error?._tag, "TimeoutError")
    })
  )

  it.effect("a reader that was busy past the limit waits as long as any other reader", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "a b", after: 1, hang: true })
      let resumedAtMillis = 0
      const events = model.pipe(ChatModel.timeout({ idle: 2000 })).stream("hi")
      const busy = Stream.tap(events, (event) =>
        event.type === "text-delta"
          ? Effect.andThen(
              Effect.sleep(5000),
              Effect.map(Clock.currentTimeMillis, (now) => (resumedAtMillis = now))
            )
          : Effect.void
      )
      const error = yield* letTimePass(Effect.flip(Stream.runDrain(busy)))
      assert.strictEqual(error._tag === "TimeoutError" ? error.phase : undefined, "idle")
      assert.strictEqual(resumedAtMillis, 5000)
      assert.deepStrictEqual(outcomes(model), ["interrupted"])
      assert.strictEqual(model.calls[0]?.ended, resumedAtMillis + 2000)
    })
  )

  it.effect("of nested limits the earliest is reached", () =>
    Effect.gen(function* () {
      for (const [inner, outer] of [
        [3000, 5000],
        [5000, 3000]
      ] as const) {
        const model = ScriptedModel.make({ answer: "a b", after: 0, hang: true })
        const timed = model.pipe(
          ChatModel.timeout({ firstToken: inner }),
          ChatModel.timeout({ idle: 1, firstToken: outer })
        )
        const error = yield* letTimePass(Effect.flip(timed.generate("hi")))
        assert.instanceOf(error, TimeoutError)
        assert.strictEqual(Duration.toMillis(error.duration), 3000)
        assert.strictEqual(error.phase, "first-token")
      }
    })
  )

  it.effect("within a retry: a silent provider is not retried", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ hang: true })
      const policy = model.pipe(ChatModel.timeout({ firstToken: 1000 }), ChatModel.retry(Schedule.forever))
      const error = yield* letTimePass(Effect.flip(policy.generate("hi")))
      assert.strictEqual(error._tag, "TimeoutError")
      assert.strictEqual(model.calls.length, 1)
    })
  )

  it.effect("around a retry: the error lists the attempts before it", () =>
    Effect.gen(function* () {
      for (const ask of ["generate", "stream"] as const) {
        const model = ScriptedModel.make([{ connect: 300, error: new ServerError({}) }, { hang: true }], { id: "a/b" })
        const policy = model.pipe(ChatModel.retry(Schedule.spaced(1000)), ChatModel.timeout({ total: 5000 }))
        const call = ask === "generate" ? policy.generate("hi") : Stream.runDrain(policy.stream("hi"))
        const error = yield* letTimePass(Effect.flip(call))
        assert.deepStrictEqual(attemptRows(attemptsOf(error)), [
          ["a/b", "ServerError", 300, undefined],
          ["a/b", "TimeoutError", 4700, undefined]
        ])
        assert.deepStrictEqual(outcomes(model), ["failed", "interrupted"])
      }
    })
  )

  it.effect("a response may start over after `restarted`, within the limits", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make([
        { answer: "one two", after: 1 },
        { answer: "three", connect: 500 }
      ])
      const policy = model.pipe(
        ChatModel.retry(Schedule.spaced(1000), { onInterrupted: "restart" }),
        ChatModel.timeout({ connect: 1000, firstToken: 1000, idle: 2000 })
      )
      const { error, events } = yield* letTimePass(watch(policy.stream("hi")))
      assert.isUndefined(error)
      assert.strictEqual(foldEvents(events).text, "three")
    })
  )

  it("adds exactly TimeoutError to the errors", () => {
    const model = ChatModel.make<RateLimitError, "key">({
      id: "a/b",
      contextWindow: 7,
      generate: () => Effect.never,
      stream: () => Stream.never
    })
    const timed = model.pipe(ChatModel.timeout({ total: "1 second" }))
    expectTypeOf(timed).toEqualTypeOf<ChatModel.ChatModel<RateLimitError | TimeoutError, "key">>()
    expectTypeOf(ChatModel.timeout(model, {})).toEqualTypeOf<typeof timed>()
    assert.strictEqual(timed.contextWindow, 7)
    // @ts-expect-error a phase that does not exist
    ChatModel.timeout(model, { headers: "1 second" })
  })
})
