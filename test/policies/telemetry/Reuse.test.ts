import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Exit } from "effect"
import { type Attempt, ServerError } from "../../../src/domain/ChatResponse.ts"
import type { Cost, CostFlag } from "../../../src/domain/Cost.ts"
import { isReused, made, reuseOf } from "../../../src/policies/telemetry/Reuse.ts"

const priced = (...flags: ReadonlyArray<CostFlag>): Cost => ({
  _tag: "Priced",
  total: BigDecimal.fromStringUnsafe("0"),
  breakdown: [],
  flags
})
const cached = priced({ _tag: "Estimated" }, { _tag: "Cached" })
const coalesced = priced({ _tag: "Coalesced" })
const full = priced({ _tag: "Estimated" })
const unpriced: Cost = { _tag: "Unpriced", reason: { _tag: "NoPrice" } }

const attempt = (cost?: Cost, error?: ServerError): Attempt => ({ model: "a/b", duration: Duration.zero, cost, error })
const failed = attempt(undefined, new ServerError({}))

describe("a call that reuses a response", () => {
  it("is cached or coalesced according to the flags of its cost", () => {
    const of = (cost: Cost | undefined) => reuseOf({ cost, exit: Exit.succeed({}) })
    assert.deepStrictEqual([cached, coalesced].map(of), ["cached", "coalesced"])
    assert.deepStrictEqual([full, priced(), unpriced, undefined].map(of), [undefined, undefined, undefined, undefined])
    assert.deepStrictEqual(
      [cached, coalesced, full, undefined].map((cost) => isReused({ cost })),
      [true, true, false, false]
    )
  })

  it("is cached if the response is marked so, priced or not", () => {
    const of = (cachedBy: unknown, cost?: Cost) => reuseOf({ cost, exit: Exit.succeed({ cached: cachedBy } as never) })
    assert.deepStrictEqual([of({ similarity: 1 }), of(true), of({}, coalesced)], ["cached", "cached", "cached"])
    assert.deepStrictEqual([of(undefined), of(false), of(undefined, coalesced)], [undefined, undefined, "coalesced"])
    assert.isUndefined(reuseOf({ cost: undefined, exit: Exit.fail("no") }))
  })

  it("made the failed attempts before, not the reused one", () => {
    const attempts = [failed, attempt(full)]
    assert.deepStrictEqual(made(attempts, "cached"), [failed])
    assert.deepStrictEqual(made(attempts, "coalesced"), [failed])
    assert.strictEqual(made(attempts, undefined), attempts)
    assert.deepStrictEqual(made([failed, failed], "cached"), [failed, failed])
    assert.deepStrictEqual(made([attempt(full), failed], "cached"), [attempt(full), failed])
  })

  it("made no attempt whose cost is flagged as reused", () => {
    assert.deepStrictEqual(made([attempt(cached), failed, attempt(full)], undefined), [failed, attempt(full)])
    assert.deepStrictEqual(made([attempt(coalesced), attempt(full)], undefined), [attempt(full)])
  })
})
