/**
 * What must hold however policies are combined and however providers fail: random scripts for the models of a chain, each
 * within a time limit and a retry.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { attemptsOf } from "../../src/domain/ProviderError.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { AuthenticationError, InvalidRequestError } from "../../src/domain/CallErrors.ts"
import { OverloadedError, RateLimitError, ServerError, type Attempt } from "../../src/domain/ChatResponse.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { eventsOf, letTimePass, watch } from "./attemptRows.ts"

const errors = {
  server: () => new ServerError({}),
  overloaded: () => new OverloadedError({ retryAfter: Duration.seconds(2) }),
  busy: () => new RateLimitError({ retryAfter: Duration.hours(1) }),
  key: () => new AuthenticationError({}),
  invalid: () => new InvalidRequestError({})
}

const Turn = Schema.Struct({
  how: Schema.Literals([
    "whole",
    "whole",
    "whole",
    "cut",
    "cut",
    "hang",
    "server",
    "overloaded",
    "busy",
    "key",
    "invalid"
  ]),
  /** Contents before what goes wrong; an error with none comes before the response starts. */
  after: Schema.Literals([0, 0, 1, 2, 3]),
  together: Schema.Literals([1, 2, 5]),
  wait: Schema.Literals([0, 0, 700, 4000])
})
const Script = Schema.Array(Turn).check(Schema.isMinLength(1), Schema.isMaxLength(4))
const OnInterrupted = Schema.Literals(["fail", "restart"])
const arbitrary = {
  scripts: Schema.Array(Script).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
  retry: OnInterrupted,
  fallback: OnInterrupted,
  outer: Schema.Literals(["none", "timeout", "retry"])
}
type Input = { readonly [K in keyof typeof arbitrary]: Schema.Schema.Type<(typeof arbitrary)[K]> }

/** The models of a script, and all their calls in the order in which they were made. */
const modelsOf = ({ scripts }: Pick<Input, "scripts">) => {
  const order: Array<readonly [model: number, call: number]> = []
  const models = scripts.map((script, index) =>
    ScriptedModel.make(
      (_, calls) => {
        order.push([index, calls])
        const { after, how, together, wait } = script[calls % script.length]!
        // No two answers share a word, so every word that is seen tells where it comes from.
        const answer = [0, 1, 2, 3].map((word) => `m${index}c${calls}w${word}`).join(" ")
        const turn = { answer, connect: wait, together }
        if (how === "whole") return turn
        if (how === "cut") return { ...turn, after: after + 1 }
        if (how === "hang") return { ...turn, after, hang: true }
        const error = errors[how]()
        return after === 0 ? { connect: wait, error } : { ...turn, after, error }
      },
      { id: `m/${index}` }
    )
  )
  return {
    models,
    calls: () => order.map(([model, call]) => ({ id: `m/${model}`, call: models[model]!.calls[call]! }))
  }
}

type Calls = ReturnType<ReturnType<typeof modelsOf>["calls"]>

const chainOf = ({ models }: ReturnType<typeof modelsOf>, { fallback, outer, retry }: Input) => {
  const [first, ...others] = models.map((model) =>
    model.pipe(
      ChatModel.timeout({ firstToken: "3 seconds", idle: "3 seconds" }),
      ChatModel.retry(Retry.make({ times: 2, jitter: "none" }), { onInterrupted: retry })
    )
  )
  const chain: ChatModel.ChatModel<unknown> = Fallback.make([first!, ...others], { onInterrupted: fallback })
  if (outer === "none") return chain
  // No sum of the waits: what falls on the moment of the limit itself may have happened without anyone having heard of it.
  return outer === "timeout"
    ? chain.pipe(ChatModel.timeout({ total: "8050 millis" }))
    : chain.pipe(ChatModel.retry(Retry.make({ times: 1, jitter: "none" }), { onInterrupted: fallback }))
}

/** The text on the reader's screen. */
const screen = (events: ReadonlyArray<ChatEvent>): string =>
  events
    .slice(events.findLastIndex(({ type }) => type === "restarted") + 1)
    .flatMap((event) => (event.type === "text-delta" ? [event.delta] : []))
    .join("")

const isWhole = (text: string): boolean => /^(m\dc\d+)w0 \1w1 \1w2 \1w3$/.test(text)
const isBeginning = (text: string): boolean => text === "" || /^(m\dc\d+)w0( \1w1( \1w2( \1w3)?)?)?$/.test(text)

/** Every call is attempts once, in order, and attempts right. */
const assertAttempts = (calls: Calls, attempts: ReadonlyArray<Attempt>) =>
  assert.deepStrictEqual(
    attempts.map(({ error, model }) => [model, error === undefined]),
    calls.map(({ call, id }) => [id, call.outcome === "answered"])
  )

/** The outermost limit was reached while nobody was asked. */
const limitedWhileIdle = ({ outer }: Input, calls: Calls, error: unknown) =>
  outer === "timeout" && attemptsOf(error).at(-1)?.error === error && calls.at(-1)?.call.outcome === "failed"

/** No call is left open, and each is over before the next begins. */
const assertClosed = (calls: Calls) => {
  for (const [
    index,
    {
      call: { ended, outcome }
    }
  ] of calls.entries()) {
    assert.notStrictEqual(outcome, "pending")
    assert.isAtMost(ended!, calls[index + 1]?.call.startedAtMillis ?? Infinity)
  }
}

/** What was shown before each `restarted`, and at last. */
const screens = (events: ReadonlyArray<ChatEvent>): ReadonlyArray<string> => {
  const ends = events.flatMap(({ type }, index) => (type === "restarted" ? [index] : []))
  return [...ends, events.length].map((end) => screen(events.slice(0, end)))
}

describe("policies together", () => {
  it.effect.prop(
    "a stream is never a splice: it shows one whole answer after the last `restarted` and finishes once, or it fails",
    arbitrary,
    Effect.fnUntraced(function* (input) {
      const scripted = modelsOf(input)
      const { error, events } = yield* letTimePass(watch(chainOf(scripted, input).stream("hi")))
      const calls = scripted.calls()
      assertClosed(calls)
      const shown = screens(events)
      const last = shown.at(-1)!
      for (const text of shown) assert.isTrue(isBeginning(text), text)
      if (input.retry === "fail" && input.fallback === "fail") assert.strictEqual(shown.length, 1)
      const finishes = eventsOf(events, "finish")
      if (error === undefined) {
        assert.strictEqual(finishes.length, 1)
        assert.strictEqual(events.at(-1)?.type, "finish")
        assert.isTrue(isWhole(last), last)
        assert.strictEqual(foldEvents(events).text, last)
        return assertAttempts(calls, finishes[0]!.attempts!)
      }
      assert.strictEqual(finishes.length, 0)
      const attempts = attemptsOf(error)
      assertAttempts(calls, limitedWhileIdle(input, calls, error) ? attempts.slice(0, -1) : attempts)
    }),
    { arbitrary: { runs: 80 } }
  )

  it.effect.prop(
    "a whole answer is one answer, and it or the error tells every call",
    arbitrary,
    Effect.fnUntraced(function* (input) {
      const scripted = modelsOf(input)
      const exit = yield* letTimePass(Effect.exit(chainOf(scripted, input).generate("hi")))
      const calls = scripted.calls()
      assertClosed(calls)
      if (Exit.isSuccess(exit)) {
        assert.isTrue(isWhole(exit.value.text), exit.value.text)
        assertAttempts(calls, exit.value.attempts)
        return
      }
      const error = yield* Effect.flip(exit)
      const attempts = attemptsOf(error)
      assertAttempts(calls, limitedWhileIdle(input, calls, error) ? attempts.slice(0, -1) : attempts)
    }),
    { arbitrary: { runs: 60 } }
  )

  it.effect.prop(
    "whoever leaves early leaves no call behind",
    { ...arbitrary, after: Schema.Literals([0, 500, 1000, 3000, 5000]), takes: Schema.Literals([1, 2, 3, 5]) },
    Effect.fnUntraced(function* ({ after, takes, ...input }) {
      for (const ask of ["generate", "stream"] as const) {
        const scripted = modelsOf(input)
        const chain = chainOf(scripted, input)
        const call = ask === "generate" ? chain.generate("hi") : Stream.runDrain(chain.stream("hi"))
        const fiber = yield* Effect.forkChild(Effect.exit(call))
        yield* TestClock.adjust(after)
        yield* Fiber.interrupt(fiber)
        assertClosed(scripted.calls())
      }
      const taken = modelsOf(input)
      yield* letTimePass(Effect.exit(Stream.runDrain(Stream.take(chainOf(taken, input).stream("hi"), takes))))
      assertClosed(taken.calls())
    }),
    { arbitrary: { runs: 50 } }
  )
})
