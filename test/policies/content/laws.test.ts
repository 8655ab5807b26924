/** What holds however content policies are stacked, with others and with models that fail in all ways. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { CallEvent } from "../../../src/domain/CallEvent.ts"
import type { Capability } from "../../../src/domain/Capability.ts"
import * as Guard from "../../../src/policies/Guard.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Redact from "../../../src/policies/Redact.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Validate from "../../../src/policies/Validate.ts"
import { type CallRecord, forEveryCall, piecesOf, Script, scripted } from "../capabilities.ts"
import { stacksOf } from "../stacks.ts"

type AnyModel<C extends Capability> = Model.Model<C, unknown>

/** Every other response is invalid, by the number of the call that is in its pieces. */
const isOdd = (response: object): string | undefined => (/\D[13]\.0 /.test(textIn(response)) ? "it is odd" : undefined)

/** Without the attempts, whose errors hold the responses that were rejected. */
const textIn = (response: object): string =>
  Object.entries(response)
    .filter(([field]) => field !== "attempts")
    .map(([, value]) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : (JSON.stringify(value) ?? "")))
    .join("\n")

const stackable = {
  validate: <C extends Capability>(model: AnyModel<C>): AnyModel<C> => model.pipe(Validate.make(isOdd, { times: 1 })),
  validateEarly: <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    model.pipe(Validate.make(isOdd, { times: 1, stream: "restart" })),
  guardWindow: Guard.text({ name: "a", check: () => Guard.pass, stream: { characters: 3 } }),
  guardAll: Guard.text({ name: "b", check: () => Effect.as(Effect.yieldNow, Guard.pass) }),
  guardWhole: <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    model.pipe(Guard.make({ name: "c", request: () => Guard.pass, response: () => Guard.pass })),
  redact: Redact.make(),
  retry: <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.retry(model, Retry.make({ times: 2, jitter: "none" })),
  restart: <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.retry(model, Retry.make({ times: 1, jitter: "none" }), { onInterrupted: "restart" }),
  timeout: Model.timeout({ firstToken: "5 seconds", total: "30 seconds" })
}
const { Names, apply } = stacksOf<never>()(stackable, 4)

forEveryCall("the reader gets the whole response of one call, or an error; nothing is left open", (call) => {
  it.effect.prop(
    call.name,
    { script: Script, names: Names },
    Effect.fnUntraced(function* ({ names, script }) {
      const calls: Array<CallRecord> = []
      const ends: Array<unknown> = []
      const events: Array<CallEvent> = []
      const model = Model.onEnd(apply(scripted(call, script, calls), names), (end) =>
        Effect.sync(() => void ends.push(end))
      )
      const fiber = yield* Effect.forkChild(call.run(model, { see: (event) => void events.push(event) }))
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.strictEqual(ends.length, 1)
      assert.isTrue(calls.every(({ closed }) => closed === 1))
      const finishes = events.filter(({ type }) => type === "finish").length
      assert.strictEqual(finishes, call.isStream && Exit.isSuccess(exit) ? 1 : 0)
      if (finishes === 1) assert.strictEqual(events.at(-1)?.type, "finish")
      if (!Exit.isSuccess(exit)) return
      const succeeded = calls.flatMap(({ outcome }, index) => (outcome === "succeeded" ? [index] : []))
      assert.isUndefined(exit.value.attempts.at(-1)?.error)
      const pieces = call.read(exit.value)
      assert.isTrue(
        succeeded.some((index) => `${pieces}` === `${piecesOf("lab/0", index)}`),
        `${pieces}`
      )
      if (names.some((name) => name.startsWith("validate"))) assert.isUndefined(isOdd(exit.value as object))
    }),
    { arbitrary: { runs: 60 } }
  )
})
