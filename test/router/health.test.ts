/** When a deployment is left alone, by its errors; and what is left of its limits. */
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import {
  AuthenticationError,
  InvalidRequestError,
  ModelNotFoundError,
  QuotaExceededError
} from "../../src/domain/CallErrors.ts"
import {
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  TimeoutError
} from "../../src/domain/ChatResponse.ts"
import { CircuitOpenError } from "../../src/domain/PolicyErrors.ts"
import { coolingOf, type CoolingOptions } from "../../src/router/group/State.ts"
import { Health, innermost } from "../../src/router/live/Health.ts"
import { Quota } from "../../src/router/live/Quota.ts"

const provider = "lab"
const server = new ServerError({ provider, status: 500 })
const limited = (seconds?: number) =>
  new RateLimitError({
    provider,
    status: 429,
    ...(seconds === undefined ? {} : { retryAfter: Duration.seconds(seconds) })
  })
const healthOf = (options: CoolingOptions = {}) => new Health(coolingOf(options))

describe("the health of a deployment", () => {
  it("ends after a number of consecutive faults of the provider, of any kind", () => {
    const faults = [
      server,
      new OverloadedError({ provider, status: 529 }),
      new TimeoutError({ phase: "total", duration: Duration.seconds(1), provider }),
      new ResponseParseError({ provider, detail: "no JSON" })
    ]
    for (const fault of faults) {
      const health = healthOf()
      assert.deepStrictEqual(
        [1, 2, 3].map((now) => [health.failed(fault, now), health.coolingUntil(now)]),
        [
          ["fault", 0],
          ["fault", 0],
          ["fault", 1003]
        ],
        fault._tag
      )
      assert.isFalse(health.isRequested)
      assert.match(health.refusal(3) ?? "", new RegExp(`3 calls in a row failed, the last with ${fault._tag}; cooling`))
      assert.isUndefined(health.refusal(1003))
    }
  })

  it("survives errors that the caller earned, which end a row of faults, and errors of ours, which do not", () => {
    const health = healthOf({ faults: 2 })
    for (const earned of [
      new AuthenticationError({ provider, status: 401 }),
      new InvalidRequestError({ provider, status: 400, detail: "no" }),
      new ModelNotFoundError({ provider, status: 404, model: "x" })
    ]) {
      assert.deepStrictEqual([health.failed(server, 0), health.failed(earned, 0)], ["fault", "alive"])
      assert.isUndefined(health.refusal(0), earned._tag)
    }
    for (const ours of [new InvalidRequestError({ detail: "no" }), new Error("bug"), undefined])
      assert.strictEqual(health.failed(ours, 0), "nothing")
    assert.strictEqual(health.failed(server, 0), "fault")
    assert.strictEqual(health.failed(new InvalidRequestError({ detail: "no" }), 0), "nothing")
    health.failed(server, 0)
    assert.isDefined(health.refusal(0))
  })

  it("survives streams that are long, and not those that fall silent", () => {
    const health = healthOf({ faults: 1 })
    const late = (phase: "idle" | "total") => new TimeoutError({ phase, duration: Duration.minutes(1), provider })
    assert.strictEqual(health.failed(late("total"), 0, true), "nothing")
    assert.isUndefined(health.refusal(0))
    assert.strictEqual(health.failed(late("idle"), 0, true), "fault")
    assert.isDefined(health.refusal(0))
  })

  it("is probed by one call at a time, after pauses that double, until one succeeds", () => {
    const health = healthOf({ faults: 2 })
    health.failed(server, 0)
    let now = 0
    const pauses = Array.from({ length: 5 }, () => {
      health.failed(server, now)
      const pause = health.coolingUntil(now) - now
      assert.isFalse(health.begin(now), "a call that begins meanwhile is no probe")
      now += pause
      assert.isUndefined(health.refusal(now))
      assert.isTrue(health.begin(now))
      assert.match(health.refusal(now) ?? "", /one call probes/)
      health.ended(false)
      assert.isDefined(health.refusal(now), "the end of another call is not the end of the probe")
      health.ended(true)
      assert.isUndefined(health.refusal(now))
      return pause
    })
    assert.deepStrictEqual(pauses, [1000, 2000, 4000, 5000, 5000])
    health.succeeded(now)
    assert.isFalse(health.begin(now))
    health.failed(server, now)
    assert.isUndefined(health.refusal(now), "one fault after a success is none in a row")
  })

  it("honours Retry-After, up to a limit, whatever succeeds or fails meanwhile", () => {
    const health = healthOf({ retryAfterLimit: "1 minute" })
    assert.strictEqual(health.failed(limited(20), 0), "limited")
    assert.strictEqual(health.failed(limited(5), 1000), "limited")
    health.succeeded(1000)
    assert.strictEqual(health.coolingUntil(1000), 20_000)
    assert.isTrue(health.isRequested)
    assert.match(health.refusal(1000) ?? "", /asked to wait \(RateLimitError\)/)
    health.failed(limited(3600), 2000)
    assert.strictEqual(health.coolingUntil(2000), 62_000)
    assert.strictEqual(health.coolingUntil(62_000), 0)
    health.succeeded(62_000)
    assert.isFalse(health.isRequested)
  })

  it("pauses longer after each rate limit without a time, and after a used-up quota, without waiting calls", () => {
    const health = healthOf()
    const pauses = [0, 1, 2, 3].map(() => {
      health.failed(limited(), 0)
      return health.coolingUntil(0)
    })
    assert.deepStrictEqual(pauses, [1000, 2000, 4000, 5000])
    assert.isTrue(health.isRequested)
    health.succeeded(5000)
    health.failed(limited(), 5000)
    assert.strictEqual(health.coolingUntil(5000), 6000)

    const usedUp = healthOf()
    assert.strictEqual(usedUp.failed(new QuotaExceededError({ provider, status: 429 }), 0), "limited")
    assert.isFalse(usedUp.isRequested)
    assert.match(usedUp.refusal(0) ?? "", /its quota is used up; cooling for 1s/)
  })

  it("rests for as long as its circuit is open", () => {
    const health = healthOf()
    const open = new CircuitOpenError({ circuit: "a", retryAfter: Duration.seconds(7) })
    assert.strictEqual(health.failed(open, 0), "open")
    assert.deepStrictEqual([health.coolingUntil(0), health.isRequested], [7000, true])
    assert.match(health.refusal(0) ?? "", /its circuit is open/)
  })

  it("is judged by the last error of a chain", () => {
    const duration = Duration.zero
    const chain = new AllFailedError({
      models: ["a"],
      attempts: [
        { model: "a", error: limited(), duration },
        { model: "b", error: server, duration }
      ]
    })
    assert.strictEqual(innermost(chain), server)
    assert.strictEqual(innermost(server), server)
  })
})

const minute = 60_000

describe("what is left of the limits of a deployment", () => {
  it("is, for concurrency, the calls in progress, without a known end", () => {
    const quota = new Quota({ concurrency: 4 })
    assert.deepStrictEqual([quota.headroom(0, 0), quota.headroom(3, 0), quota.headroom(9, 0)], [1, 0.25, 0])
    assert.isUndefined(quota.usedUp(0, 0, 3, 0))
    const usedUp = quota.usedUp(0, 0, 4, 0)
    assert.deepStrictEqual([usedUp?.because, usedUp?.millis], ["its limit of 4 concurrent calls is used up", Infinity])
  })

  it("is requests, tokens and dollars within a window, and the least of them", () => {
    const quota = new Quota({ requests: 10, tokens: 1000, usd: 2 })
    quota.begin(500, 0)
    assert.strictEqual(quota.headroom(0, 0), 0.5)
    quota.end(-400, 1.5, 0, 100)
    assert.strictEqual(quota.headroom(0, 100), 0.25)
    quota.end(0, -1, 0, 100)
    assert.strictEqual(quota.headroom(0, 100), 0.25, "a credit is no headroom")
    assert.isUndefined(quota.usedUp(900, 0.5, 0, 100))
    assert.match(quota.usedUp(901, 0.5, 0, 100)?.because ?? "", /its limit of 1000 tokens is used up for/)
    assert.match(quota.usedUp(1001, 0, 0, 100)?.because ?? "", /does not permit a call of this size/)
    assert.match(quota.usedUp(900, 0.6, 0, 100)?.because ?? "", /its limit of 2 USD is used up for/)
    const { millis = 0 } = quota.usedUp(900, 0.6, 0, 100) ?? {}
    assert.isUndefined(quota.usedUp(900, 0.6, 0, 100 + millis))
    assert.strictEqual(quota.headroom(0, 2 * minute), 1)
  })

  it("is unchanged if a call was not made, and restarts only with another window", () => {
    const quota = new Quota({ requests: 2 })
    quota.begin(0, 0)
    quota.begin(0, 0)
    assert.isDefined(quota.usedUp(0, 0, 0, 0))
    quota.uncall(0, 10)
    assert.isUndefined(quota.usedUp(0, 0, 0, 10))
    quota.begin(0, 10)
    quota.limit({ requests: 2 })
    assert.isDefined(quota.usedUp(0, 0, 0, 10))
    quota.limit({ requests: 3 })
    assert.isUndefined(quota.usedUp(0, 0, 0, 10))
    quota.limit({ requests: 2, per: "1 hour" })
    assert.strictEqual(quota.headroom(0, 10), 1)
  })

  it("is what the provider reports, less the requests that have begun since, until its window resets", () => {
    const quota = new Quota({})
    assert.isUndefined(quota.headroom(0, 0))
    const said = (remaining: number, seconds?: number) => ({
      limit: 100,
      remaining,
      ...(seconds === undefined ? {} : { resetAfter: Duration.seconds(seconds) })
    })
    quota.begin(0, 0)
    quota.report({ requests: said(50, 30), tokens: said(60, 10), other: { limit: 5 } }, Infinity, 0)
    assert.strictEqual(quota.headroom(0, 0), 0.5)
    for (let call = 0; call < 20; call++) quota.begin(0, 1)
    assert.strictEqual(quota.headroom(0, 1), 0.3)
    quota.uncall(1, 1)
    assert.strictEqual(quota.headroom(0, 1), 0.31)
    assert.strictEqual(quota.headroom(0, 30_000), 1)
    quota.report({ requests: said(10) }, Infinity, 0)
    assert.strictEqual(quota.headroom(0, minute - 1), 0.1)
    assert.strictEqual(quota.headroom(0, minute), 1)
    assert.isUndefined(quota.usedUp(0, 0, 0, 0))

    quota.report({ tokens: said(0), requests: said(-1, 30), other: said(7, 90) }, Infinity, 0)
    const usedUp = quota.usedUp(0, 0, 0, 10_000)
    assert.deepStrictEqual(
      [usedUp?.because, usedUp?.millis],
      ["the provider's rate limit of requests is used up for 20s", 20_000]
    )
    assert.isUndefined(quota.usedUp(0, 0, 0, 30_000))
    quota.report({ requests: said(0, 3600) }, minute, 0)
    assert.strictEqual(quota.usedUp(0, 0, 0, 0)?.millis, minute)
  })
})
