import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import { exhausted } from "../../../src/policies/keys/Exhausted.ts"

const of = (
  rests: ReadonlyArray<readonly [millis: number, isQuota?: boolean]>,
  localWaits: ReadonlyArray<number> = [],
  last?: RateLimitError
) => {
  const waits = rests.map(([millis, isQuota = false]) => ({ millis, isQuota }))
  return exhausted({ provider: "p", model: "p/m", waits, localWaits }, last)
}
const seconds = (error: ReturnType<typeof of>) =>
  error._tag === "RateLimitError" && error.retryAfter !== undefined ? Duration.toSeconds(error.retryAfter) : undefined

describe("a pool of keys that can serve no call", () => {
  it("names the number of keys, and advises if none will be available again", () => {
    assert.include(of([]).message, "The pool has no keys: give it some.")
    assert.include(of([[Infinity]]).message, "The provider refused the only key of the pool: replace them.")
    assert.include(of([[Infinity], [Infinity]]).message, "The provider refused all 2 keys of the pool: replace them.")
    const last = new RateLimitError({ detail: "slow down" })
    assert.strictEqual(of([[Infinity]], [], last), last)
  })

  it("has the wait for the first available key, or for the first of its own limits if that is sooner", () => {
    assert.strictEqual(seconds(of([[3000], [2000], [0], [Infinity]])), 2)
    assert.strictEqual(seconds(of([[3000]], [1000, 4000])), 1)
    assert.strictEqual(seconds(of([[3000]], [4000])), 3)
  })

  it("is a QuotaExceededError if that is why the first key rests, unless its own limit is sooner", () => {
    assert.strictEqual(of([[2000, true], [3000]])._tag, "QuotaExceededError")
    assert.strictEqual(of([[2000, true]], [2000])._tag, "QuotaExceededError")
    assert.strictEqual(of([[2000, true]], [1000])._tag, "RateLimitError")
    assert.strictEqual(of([[2000], [3000, true]])._tag, "RateLimitError")
  })

  it("names the model without its provider, and the provider's last error", () => {
    const last = new RateLimitError({ detail: "slow down", status: 429, code: "c", requestId: "r" })
    const error = of([[1000], [2000]], [], last)
    assert.deepInclude(error, { provider: "p", model: "m", status: 429, code: "c", requestId: "r", cause: last })
    assert.strictEqual(error.detail, "all 2 keys of the pool rest; slow down")
    assert.strictEqual(of([[1000]]).detail, "the only key of the pool rests")
    const other = exhausted(
      { provider: "p", model: "q/m", waits: [{ millis: 1, isQuota: false }], localWaits: [] },
      undefined
    )
    assert.deepInclude(other, { model: "q/m" })
  })
})
