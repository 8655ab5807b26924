import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { Headers } from "effect/http"
import * as RateLimitHeaders from "../../src/transport/RateLimitHeaders.ts"
import * as RequestId from "../../src/transport/RequestId.ts"
import * as RetryAfter from "../../src/transport/RetryAfter.ts"

const now = Date.UTC(2026, 10, 21, 12, 0, 0)
const wait = (headers: Record<string, string>) => {
  const duration = RetryAfter.decode(Headers.fromInput(headers), now)
  return duration === undefined ? undefined : Duration.toMillis(duration)
}

describe("Retry-After", () => {
  it.prop("is read in seconds", [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))], ([seconds]) => {
    assert.strictEqual(wait({ "retry-after": String(seconds) }), seconds * 1000)
  })

  it("is read as a date, never before now", () => {
    assert.strictEqual(wait({ "retry-after": new Date(now + 5000).toUTCString() }), 5000)
    assert.strictEqual(wait({ "retry-after": new Date(now - 5000).toUTCString() }), 0)
  })

  it("is read in milliseconds first, unless they are 0 beside seconds", () => {
    assert.strictEqual(wait({ "retry-after-ms": "1500", "retry-after": "9" }), 1500)
    assert.strictEqual(wait({ "retry-after-ms": "0", "retry-after": "1" }), 1000)
  })

  it("is taken from the reset of the limit that is used up, in every form of a reset", () => {
    const reset = (text: string) =>
      wait({
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": text,
        "x-ratelimit-remaining-requests": "9"
      })
    assert.strictEqual(reset("120ms"), 120)
    assert.strictEqual(reset("1s"), 1000)
    assert.strictEqual(reset("6m0s"), 360_000)
    assert.strictEqual(reset("1h2m3.5s"), 3_723_500)
    assert.strictEqual(reset("2.5"), 2500)
    assert.strictEqual(reset(String(now + 7000)), 7000)
    assert.strictEqual(reset(String(now / 1000 + 7)), 7000)
    assert.strictEqual(
      wait({ "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:30Z" }),
      30_000
    )
  })

  it("is unknown when nothing says so", () => {
    assert.strictEqual(wait({}), undefined)
    assert.strictEqual(wait({ "retry-after": "soon" }), undefined)
    assert.strictEqual(wait({ "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "1s" }), undefined)
  })
})

describe("rate-limit headers", () => {
  it("are read by what they count", () => {
    const limits = RateLimitHeaders.decode(
      Headers.fromInput({
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "99",
        "x-ratelimit-reset-requests": "1s",
        "anthropic-ratelimit-input-tokens-limit": "50",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "x-ratelimit-limit": "7",
        "x-ratelimit-odd": "1"
      }),
      now
    )
    assert.deepStrictEqual(limits?.["requests"]?.remaining, 99)
    assert.deepStrictEqual(limits?.["input-tokens"], { limit: 50, remaining: 0 })
    assert.strictEqual(RateLimitHeaders.exhausted(limits), "input-tokens")
    assert.isUndefined(RateLimitHeaders.decode(Headers.fromInput({ "content-type": "a" }), now))
  })
})

it("the request id is found under every provider's name for it", () => {
  for (const name of ["x-request-id", "request-id", "apim-request-id", "cf-ray"]) {
    assert.strictEqual(RequestId.decode(Headers.fromInput({ [name]: "id" })), "id")
  }
  assert.isUndefined(RequestId.decode(Headers.fromInput({ "x-request-id": "" })))
})
