import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { Headers } from "effect/http"
import * as RequestHeaders from "../../src/transport/RequestHeaders.ts"
import * as ResponseHeaders from "../../src/transport/ResponseHeaders.ts"

const now = Date.UTC(2026, 10, 21, 12, 0, 0)
const wait = (headers: Record<string, string>) => {
  const duration = ResponseHeaders.retryAfter(Headers.fromInput(headers), now)
  return duration === undefined ? undefined : Duration.toMillis(duration)
}

describe("Retry-After", () => {
  it.prop("is read in seconds", [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))], ([seconds]) => {
    assert.strictEqual(wait({ "retry-after": String(seconds) }), seconds * 1000)
  })

  it("is read as a date, never before now", () => {
    assert.strictEqual(wait({ "retry-after": new Date(now + 5000).toUTCString() }), 5000)
    assert.strictEqual(wait({ "retry-after": new Date(now - 5000).toUTCString() }), 0)
    for (const date of [
      "Sat, 21 Nov 2026 12:00:09 GMT",
      "Saturday, 21-Nov-26 12:00:09 GMT",
      "Sat Nov 21 12:00:09 2026",
      "2026-11-21T12:00:09Z",
      "2026-11-21T12:00:09",
      "2026-11-21T13:00:09+01:00",
      "2026-11-21T13:00:09+0100",
      "Sat, 21 Nov 2026 12:00:09 UTC",
      "sat, 21 nov 2026 12:00:09 gmt"
    ]) {
      assert.strictEqual(wait({ "retry-after": date }), 9000, date)
    }
  })

  it("is read in milliseconds first, unless they are 0 while seconds are not", () => {
    assert.strictEqual(wait({ "retry-after-ms": "1500", "retry-after": "9" }), 1500)
    assert.strictEqual(wait({ "retry-after-ms": "0", "retry-after": "1" }), 1000)
    assert.strictEqual(wait({ "retry-after-ms": " 12.25 ", "retry-after": "9" }), 12.25)
    assert.strictEqual(wait({ "x-ms-retry-after-ms": "2500", "retry-after": "3" }), 2500)
    for (const unreadable of ["x1500", "1500x", "1500.x", ""]) {
      assert.strictEqual(wait({ "retry-after-ms": unreadable, "retry-after": "9" }), 9000, unreadable)
    }
  })

  it("is undefined when no header can be read", () => {
    for (const text of ["soon", "", "-1", "1e400", "NaN", "9".repeat(400)]) {
      assert.strictEqual(wait({ "retry-after": text, "retry-after-ms": text }), undefined, text)
    }
    assert.strictEqual(wait({}), undefined)
    assert.strictEqual(wait({ "retry-after-ms": "0" }), 0)
  })
})

describe("a wait", () => {
  const millis = (text: string) => {
    const duration = ResponseHeaders.waitTime(text, now)
    return duration === undefined ? undefined : Duration.toMillis(duration)
  }

  it("is read as seconds, with units, as an epoch time in seconds or milliseconds, or as a date of either kind", () => {
    assert.strictEqual(millis("2.5"), 2500)
    assert.strictEqual(millis("120ms"), 120)
    assert.strictEqual(millis("1s"), 1000)
    assert.strictEqual(millis("6m0s"), 360_000)
    assert.strictEqual(millis("1h2m3.5s"), 3_723_500)
    assert.strictEqual(millis("12m30.25s"), 750_250)
    assert.strictEqual(millis("2d"), 172_800_000)
    assert.strictEqual(millis(" 120ms "), 120)
    assert.strictEqual(millis(" 5 "), 5000)
    assert.strictEqual(millis(String(now + 7000)), 7000)
    assert.strictEqual(millis(String(now / 1000 + 7)), 7000)
    assert.strictEqual(millis("2026-11-21T12:00:30Z"), 30_000)
    assert.strictEqual(millis(" Sat, 21 Nov 2026 12:00:05 GMT "), 5000)
  })

  it("counts from 2001 on as a moment, and below as seconds", () => {
    const at = (text: string, now: number) => Duration.toMillis(ResponseHeaders.waitTime(text, now)!)
    assert.strictEqual(at("1000000000000", 1e12 - 1), 1)
    assert.strictEqual(at("999999999999", 1e14), 999_999_999_999_000 - 1e14)
    assert.strictEqual(at("1000000000", 1e12 - 1), 1)
    assert.strictEqual(at("999999999", 0), 999_999_999_000)
  })

  it("is unknown when only a part of the text can be read", () => {
    for (const text of ["6m later", "1s!", "ms", "s", "1.2.3s", "-5s"]) assert.isUndefined(millis(text), text)
  })

  it("that has passed is zero", () => {
    assert.strictEqual(millis("2026-11-21T11:59:30Z"), 0)
    assert.strictEqual(millis(String(now - 7000)), 0)
  })

  it.prop("is never negative or infinite, whatever the text", [Schema.String], ([text]) => {
    const duration = ResponseHeaders.waitTime(text, now)
    if (duration !== undefined) assert.isTrue(Duration.isFinite(duration) && Duration.toMillis(duration) >= 0)
  })
})

describe("rate-limit headers", () => {
  const decode = (headers: Record<string, string>) => ResponseHeaders.rateLimits(Headers.fromInput(headers), now)

  it("of OpenAI are read by meter", () => {
    const limits = decode({
      "x-ratelimit-limit-requests": "100",
      "x-ratelimit-remaining-requests": "99",
      "x-ratelimit-reset-requests": "6m0s",
      "x-ratelimit-odd": "1"
    })
    assert.deepStrictEqual(limits, { requests: { limit: 100, remaining: 99, resetAfter: Duration.minutes(6) } })
  })

  it("of Anthropic are read by meter", () => {
    const limits = decode({
      "anthropic-ratelimit-input-tokens-limit": "50",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:30Z",
      "anthropic-ratelimit-requests-remaining": "7"
    })
    assert.deepStrictEqual(limits, {
      "input-tokens": { limit: 50, remaining: 0, resetAfter: Duration.seconds(30) },
      requests: { remaining: 7 }
    })
  })

  it("of the IETF's drafts are read to their thousandth character", () => {
    const items = (name: string) => `${`"${name}";r=1, `.repeat(200)}"last";r=2`
    assert.deepStrictEqual(decode({ ratelimit: items("a") }), { a: { remaining: 1 } })
    assert.deepStrictEqual(decode({ ratelimit: '"a";r=1, "last";r=2' }), {
      a: { remaining: 1 },
      last: { remaining: 2 }
    })
  })

  it("of OpenRouter, Together, Mistral and Cerebras are read too", () => {
    assert.deepStrictEqual(decode({ "x-ratelimit-limit": "7", "x-ratelimit-reset": String(now + 1000) }), {
      requests: { limit: 7, resetAfter: Duration.seconds(1) }
    })
    assert.deepStrictEqual(decode({ "x-ratelimit-remaining-req-minute": "3", "x-ratelimit-tokens-query-cost": "4" }), {
      "requests-minute": { remaining: 3 }
    })
    assert.deepStrictEqual(decode({ "ratelimitbysize-limit": "9", "x-ratelimitbysize-remaining-month": "8" }), {
      size: { limit: 9 },
      "size-month": { remaining: 8 }
    })
    assert.deepStrictEqual(decode({ "ratelimit-remaining": "1", "x-ratelimit-remaining-tokens-minute": "2" }), {
      requests: { remaining: 1 },
      "tokens-minute": { remaining: 2 }
    })
  })

  it("of the IETF's drafts are read by the names of their policies", () => {
    assert.deepStrictEqual(decode({ ratelimit: '"default";r=0;t=17', "ratelimit-policy": '"default";q=10;w=60' }), {
      requests: { remaining: 0, limit: 10, resetAfter: Duration.seconds(17) }
    })
    assert.deepStrictEqual(decode({ ratelimit: '"burst"; r=1; t=2, "daily"; r=50; t=3600; pk=:abc:' }), {
      burst: { remaining: 1, resetAfter: Duration.seconds(2) },
      daily: { remaining: 50, resetAfter: Duration.seconds(3600) }
    })
    assert.deepStrictEqual(decode({ ratelimit: "limit=10, remaining=0, reset=17" }), {
      requests: { limit: 10, remaining: 0, resetAfter: Duration.seconds(17) }
    })
    assert.deepStrictEqual(decode({ ratelimit: '"__proto__";r=1;constructor=2' }), { requests: { remaining: 1 } })
    assert.deepStrictEqual(decode({ ratelimit: '"a";r', "ratelimit-policy": ";;,," }), undefined)
  })

  it("of Anthropic's subscriptions show with a status that nothing remains", () => {
    const at = String(Math.floor(now / 1000) + 40)
    const limits = decode({
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": at,
      "anthropic-ratelimit-unified-overage-status": "rejected",
      "anthropic-ratelimit-unified-5h-utilization": "1.08"
    })
    assert.deepStrictEqual(limits, { unified: { remaining: 0, resetAfter: Duration.seconds(40) } })
    assert.deepStrictEqual(decode({ "anthropic-ratelimit-unified-status": "allowed_warning" }), undefined)
  })

  it("name the limit that is used up and how long until it is full; of several, the slowest", () => {
    const limits = decode({
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1s",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "2s",
      "x-ratelimit-remaining-images": "1",
      "x-ratelimit-reset-images": "3s"
    })
    assert.strictEqual(ResponseHeaders.exhausted(limits), "requests")
    assert.deepStrictEqual(ResponseHeaders.resetAfter(limits), Duration.seconds(2))
    assert.isUndefined(ResponseHeaders.exhausted(decode({ "x-ratelimit-remaining-tokens": "5" })))
    assert.isUndefined(ResponseHeaders.resetAfter(undefined))
  })

  it("distinguish a used-up limit from one that is not counted down, and prefer one with a known reset", () => {
    const exhausted = (headers: Record<string, string>) => ResponseHeaders.exhausted(decode(headers))
    assert.isUndefined(exhausted({ "x-ratelimit-limit-requests": "5" }))
    assert.strictEqual(exhausted({ "x-ratelimit-remaining-requests": "-1" }), "requests")
    assert.isUndefined(exhausted({ "x-ratelimit-remaining-requests": "1" }))
    const known = { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "0s" }
    const unknown = { "x-ratelimit-remaining-requests": "0" }
    assert.strictEqual(exhausted({ ...unknown, ...known }), "tokens")
    assert.strictEqual(exhausted({ ...known, ...unknown }), "tokens")
  })

  it("are skipped if empty or infinite, but not if zero", () => {
    assert.isUndefined(decode({ "x-ratelimit-remaining-requests": "", "x-ratelimit-limit-tokens": "Infinity" }))
    assert.isUndefined(decode({ "x-ratelimit-reset-requests": "soon" }))
    assert.deepStrictEqual(decode({ "x-ratelimit-remaining-requests": "0" }), { requests: { remaining: 0 } })
  })

  it("are matched by their full name only", () => {
    for (const name of [
      "my-x-ratelimit-limit",
      "x-ratelimit-limit-requests-2",
      "x-ratelimit-limits",
      "anthropic-ratelimit-limit",
      "anthropic-ratelimit-requests-limit-x"
    ]) {
      assert.isUndefined(decode({ [name]: "1" }), name)
    }
    assert.deepStrictEqual(decode({ "x-ratelimit-limit-prereq": "1" }), { prereq: { limit: 1 } })
  })

  it("are absent without headers, and no name touches anything else", () => {
    assert.isUndefined(decode({ "content-type": "a", "x-ratelimit-limit-requests": "many" }))
    const hostile = decode({ "anthropic-ratelimit-constructor-limit": "1", "x-ratelimit-limit-constructor": "2" })
    assert.deepStrictEqual(Object.entries(hostile ?? {}), [["constructor", { limit: 2 }]])
    assert.notProperty(Object, "limit")
  })
})

it("the request id is found under every provider's name for it", () => {
  for (const name of [
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-generation-id",
    "x-kong-request-id",
    "x-ds-trace-id",
    "x-debug-trace-id",
    "dg-request-id",
    "cf-ray"
  ]) {
    assert.strictEqual(ResponseHeaders.requestId(Headers.fromInput({ [name]: "id" })), "id")
  }
  assert.isUndefined(ResponseHeaders.requestId(Headers.fromInput({ "x-request-id": "" })))
  const both = Headers.fromInput({ "cf-ray": "proxy", "x-request-id": "provider" })
  assert.strictEqual(ResponseHeaders.requestId(both), "provider")
  assert.strictEqual(ResponseHeaders.requestId(Headers.fromInput({ "x-request-id": "", "cf-ray": "proxy" })), "proxy")
})

describe("a request header", () => {
  it("is rejected for a name or value that is invalid in HTTP, in a message without the value", () => {
    const { issueOf } = RequestHeaders
    for (const name of ["x-a", "X_a.b~1", "!#$%&'*+-.^_`|~"]) assert.isUndefined(issueOf(name, "text"), name)
    for (const name of ["", "x a", "x:", " x", "x ", "é"]) {
      assert.strictEqual(issueOf(name, "text"), "has a name that is not allowed", name)
    }
    for (const value of ["", "\t ~", "\x80\xff"]) assert.isUndefined(issueOf("x-a", value), value)
    for (const value of [undefined, 1, null]) assert.strictEqual(issueOf("x-a", value), "is not text")
    for (const value of ["a\n", "\ra", "a\r\nb"]) {
      assert.strictEqual(issueOf("x-a", value), "contains a line break: remove it (often the last character)")
    }
    for (const value of ["\x00", "a\x1f", "\x7fa", "a\u0100", "漢"]) {
      assert.strictEqual(issueOf("x-a", value), "contains a character that is not allowed in a header")
    }
  })

  it("holds a secret by its full name, in any case", () => {
    const { isSecret } = RequestHeaders
    for (const name of [
      "Authorization",
      "Cookie",
      "set-cookie",
      "API-Key",
      "x-token",
      "x_secret",
      "apikey",
      "x-apikey",
      "db-password"
    ]) {
      assert.isTrue(isSecret(name), name)
    }
    for (const name of ["idempotency-key", "X-Idempotency-Key", "monkey", "x-key-id", "accept", "x-tokens"]) {
      assert.isFalse(isSecret(name), name)
    }
  })

  it("holds no secret that is shorter than eight characters", () => {
    const { secretsIn } = RequestHeaders
    assert.deepStrictEqual(secretsIn({ "api-key": "12345678" }), ["12345678"])
    assert.deepStrictEqual(secretsIn({ "api-key": "1234567", authorization: "Bearer 1234567" }), [])
  })

  it("is a secret without its scheme, or as a whole if there is no scheme", () => {
    const secrets = (authorization: string) => RequestHeaders.secretsIn({ authorization })
    assert.deepStrictEqual(secrets("  Bearer   the-secret-key "), ["the-secret-key"])
    assert.deepStrictEqual(secrets("Token the-secret-key"), ["the-secret-key"])
    assert.deepStrictEqual(secrets("the-secret-key"), ["the-secret-key"])
    assert.deepStrictEqual(secrets("=half of-the-secret"), ["=half of-the-secret"])
    assert.deepStrictEqual(secrets("Basic not!base64!"), ["not!base64!"])
    assert.deepStrictEqual(secrets(`BASIC ${btoa("no-colon-here")}`), [btoa("no-colon-here"), "no-colon-here"])
  })

  it("has the same key as another if no header with a secret differs", () => {
    const { isSameKey } = RequestHeaders
    const one = { authorization: "Bearer the-first-key", accept: "text/plain", "x-acme": "the-acme-key" }
    assert.isTrue(isSameKey(one, { ...one }))
    assert.isTrue(isSameKey(one, { ...one, accept: "text/html" }))
    assert.isFalse(isSameKey(one, { ...one, authorization: "Bearer the-second-key" }))
    assert.isTrue(isSameKey(one, { ...one, "x-acme": "another-key" }))
    assert.isFalse(isSameKey(one, { ...one, "x-acme": "another-key" }, ["x-acme"]))
    const signed = (signature: string) => ({ authorization: `AWS4-HMAC-SHA256 Credential=a, Signature=${signature}` })
    assert.isTrue(isSameKey(signed("1"), signed("2")))
  })
})
