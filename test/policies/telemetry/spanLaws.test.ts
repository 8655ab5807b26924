/** What holds of spans for every capability, whole and streamed, however models and callers behave. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Telemetry from "../../../src/policies/Telemetry.ts"
import { type CallRecord, forEveryCall, Script, scripted } from "../capabilities.ts"
import { makeTracer } from "./spans.ts"

forEveryCall("a call has one span, and one below it for each attempt, and all of them end with it", (call) => {
  it.effect.prop(
    call.name,
    { script: Script, leavesAtMillis: Schema.Literals([0, 50, 700, 2000, 60_000, 60_000]), chunks: Schema.Int },
    Effect.fnUntraced(function* ({ chunks, leavesAtMillis, script }) {
      const calls: Array<CallRecord> = []
      const tracer = makeTracer()
      const model = scripted(call, script, calls).pipe(
        Model.retry(Retry.make({ times: 2, jitter: "none" })),
        Telemetry.standard
      )
      const isLeft = Math.abs(chunks) % 3 === 0
      const run = isLeft ? call.leave(model, (Math.abs(chunks) % 5) + 1) : Effect.asVoid(call.run(model))
      const fiber = yield* Effect.forkChild(Effect.result(tracer.provide(run)))
      yield* TestClock.adjust(leavesAtMillis)
      yield* Fiber.interrupt(fiber)
      const spans = tracer.seen()
      assert.isTrue(spans.every(({ status }) => status !== "open"))
      const attempts = spans.filter(({ kind }) => kind === "internal")
      assert.isAtMost(spans.length - attempts.length, 1)
      const errors = attempts.map(({ attributes }) => attributes["error.type"])
      assert.deepStrictEqual(
        errors.map((error) => (error === undefined ? "succeeded" : error === "interrupted" ? error : "failed")),
        calls.map(({ outcome }) => outcome)
      )
    }),
    { arbitrary: { runs: 40 } }
  )
})
