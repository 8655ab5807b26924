import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crossValidate, isInside, isNear, type Judged } from "./crossValidation.ts"
import { recordedCalls } from "./recordedCalls.ts"

describe.skipIf(recordedCalls.length === 0)("recorded calls (../shared/recordings, skipped where it is absent)", () => {
  it.effect("rules are within the stated bound for nine of ten calls that they were not fitted to", () =>
    Effect.gen(function* () {
      const judged = yield* crossValidate(recordedCalls)
      const closed = judged.filter(({ isOpen }) => !isOpen)
      const share = (calls: ReadonlyArray<Judged>, holds: (call: Judged) => boolean) =>
        calls.filter(holds).length / calls.length
      assert.isAbove(closed.length, 100)
      const near = (key: "fitted" | "heldOut") => share(closed, (call) => isNear(call[key], call.tokens))
      const inside = (key: "fitted" | "heldOut") => share(judged, (call) => isInside(call[key], call.tokens))
      assert.isAtLeast(near("fitted"), 0.8)
      assert.isAtLeast(inside("fitted"), 0.95)
      assert.isAtLeast(near("heldOut"), 0.7)
      assert.isAtLeast(inside("heldOut"), 0.9)
      for (const { file, fitted, tokens } of judged) {
        if (fitted.precision._tag === "Exact") assert.strictEqual(fitted.tokens, tokens, file)
      }
    })
  )
})
