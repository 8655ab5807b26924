import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Limits from "../../src/domain/Limits.ts"

const limits: Limits.Limits = {
  responseBytes: 1,
  errorBytes: 2,
  frameBytes: 3,
  headTimeout: 4,
  idleTimeout: 5,
  totalTimeout: 6
}

describe("overriding limits", () => {
  it("changes those that are given, and keeps the others", () => {
    for (const name of ["responseBytes", "errorBytes", "frameBytes"] as const) {
      for (const bytes of [0, 7])
        assert.deepStrictEqual(Limits.override(limits, { [name]: bytes }), { ...limits, [name]: bytes })
      assert.deepStrictEqual(Limits.override(limits, { [name]: undefined }), limits)
    }
    for (const name of ["headTimeout", "idleTimeout", "totalTimeout"] as const) {
      assert.deepStrictEqual(Limits.override(limits, { [name]: "7 seconds" }), { ...limits, [name]: 7000 })
      assert.deepStrictEqual(Limits.override(limits, { [name]: Duration.infinity }), { ...limits, [name]: Infinity })
      assert.deepStrictEqual(Limits.override(limits, { [name]: undefined }), limits)
    }
  })

  it("with nothing leaves the same object", () => {
    assert.strictEqual(Limits.override(limits, undefined), limits)
    assert.strictEqual(Limits.override(limits, Limits.Current.defaultValue()), limits)
  })
})
