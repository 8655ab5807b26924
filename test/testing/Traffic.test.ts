import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Ref } from "effect"
import { ChatModel, Fallback, Policy, Retry } from "effect-llm"
import * as Traffic from "effect-llm/testing/Traffic"

const steady: Traffic.Behavior = {
  id: "openai/steady",
  firstToken: { median: "500 millis", p99: "3 seconds" },
  price: { input: 1, output: 10 }
}
const hour = { seed: "an hour", duration: "1 hour", callsPerSecond: 0.05 } as const

describe("Traffic", () => {
  it.live("gives the same report for the same seed, and another for another seed", () =>
    Effect.gen(function* () {
      const run = (seed: string) =>
        Traffic.run({
          ...hour,
          seed,
          model: Traffic.provider({ ...steady, errorShare: 0.1 }).pipe(ChatModel.retry(Retry.standard))
        })
      const [one, same, other] = yield* Effect.all([run("a"), run("a"), run("b")])
      assert.deepStrictEqual(one, same)
      assert.notDeepEqual(one, other)
    })
  )

  it.live("draws latencies from the given distribution", () =>
    Effect.gen(function* () {
      const behavior = { ...steady, outputTokens: { median: 80 }, tokensPerSecond: 80 }
      const report = yield* Traffic.run({ ...hour, callsPerSecond: 0.5, model: Traffic.provider(behavior) })
      assert.closeTo(report.calls, 1800, 150)
      assert.closeTo(report.firstToken.p50, 500, 50)
      assert.closeTo(report.firstToken.p99, 3000, 1200)
      // A second of tokens at 80 tokens per second.
      assert.closeTo(report.latency.p50 - report.firstToken.p50, 1000, 60)
      assert.closeTo(report.cost, (report.calls * (500 * 1 + 80 * 10)) / 1_000_000, 1e-9)
    })
  )

  it.live("fails the share of calls that an outage gives, while it lasts", () =>
    Effect.gen(function* () {
      const model = Traffic.provider({ ...steady, outages: [{ from: "15 minutes", lasts: "30 minutes", share: 0.4 }] })
      const report = yield* Traffic.run({ ...hour, callsPerSecond: 0.3, buckets: 4, model })
      const shares = report.buckets.map(({ calls, failed }) => failed / calls)
      assert.deepStrictEqual([shares[0], shares[3]], [0, 0])
      assert.closeTo(shares[1] ?? 0, 0.4, 0.1)
      assert.closeTo(shares[2] ?? 0, 0.4, 0.1)
      assert.deepStrictEqual(Object.keys(report.errors), ["OverloadedError"])
    })
  )

  it.live("sends the same calls to two policies: retries add requests, and save nearly all failed calls", () =>
    Effect.gen(function* () {
      const sick = Traffic.provider({ ...steady, errorShare: 0.2 })
      const many = { ...hour, callsPerSecond: 0.2, buckets: 1 }
      const bare = yield* Traffic.run({ ...many, model: sick })
      const retried = yield* Traffic.run({ ...many, model: sick.pipe(ChatModel.retry(Retry.standard)) })
      assert.strictEqual(retried.calls, bare.calls)
      assert.isBelow(retried.failed, bare.failed / 20)
      assert.strictEqual(retried.latency.p50 >= bare.latency.p50, true)
      const requests = retried.providers["openai/steady"]?.requests ?? 0
      assert.closeTo(requests / bare.calls, 1.25, 0.1)
    })
  )

  it.live("refuses more requests than the rate limit with the time until its next window", () =>
    Effect.gen(function* () {
      const waits = yield* Ref.make<ReadonlyArray<number>>([])
      const limited = Traffic.provider({ ...steady, rateLimit: { requests: 6, per: "1 minute" } })
      const report = yield* Traffic.run({
        ...hour,
        callsPerSecond: 0.2,
        buckets: 60,
        model: limited.pipe(
          ChatModel.onEnd(({ attempts }) =>
            Effect.gen(function* () {
              const error = attempts.at(-1)?.error
              const now = yield* Clock.currentTimeMillis
              if (error?._tag === "RateLimitError" && error.retryAfter !== undefined)
                yield* Ref.update(waits, (all) => [...all, (now + Duration.toMillis(error.retryAfter!)) % 60_000])
            })
          )
        )
      })
      const { failed = 0, requests = 0 } = report.providers["openai/steady"] ?? {}
      assert.isAbove(failed, 0)
      for (const { calls, failed } of report.buckets) assert.isAtMost(calls - failed, 7)
      assert.isAtMost(requests - failed, 6 * 60)
      // The wait was counted from the request, not from the response, which came a little later.
      for (const wait of yield* Ref.get(waits)) assert.isBelow(wait, 10_000)
    })
  )

  it.live("counts hanging calls as interrupted at the end, and cut ones as cut", () =>
    Effect.gen(function* () {
      const outage = { from: 0, lasts: "1 hour", share: 0.5 } as const
      const hanging = Traffic.provider({ ...steady, outages: [{ ...outage, error: "hang" }] })
      const cut = Traffic.provider({ ...steady, outages: [{ ...outage, error: "cut" }] })
      const hung = yield* Traffic.run({ ...hour, model: hanging })
      const broken = yield* Traffic.run({ ...hour, model: cut })
      assert.deepStrictEqual(Object.keys(hung.errors), ["Interrupted"])
      assert.strictEqual(hung.providers["openai/steady"]?.interrupted, hung.failed)
      assert.deepStrictEqual(Object.keys(broken.errors), ["StreamInterruptedError"])
      // What had arrived is paid for.
      assert.isAbove(broken.cost, 0)
    })
  )

  it.live("builds the model in virtual time, so that its background fibers wait there too", () =>
    Effect.gen(function* () {
      const ticks = yield* Ref.make(0)
      const tick = Effect.forkScoped(
        Effect.forever(
          Effect.andThen(
            Effect.sleep("1 minute"),
            Ref.update(ticks, (n) => n + 1)
          )
        )
      )
      yield* Traffic.run({ ...hour, model: Effect.as(tick, Traffic.provider(steady)) })
      assert.strictEqual(yield* Ref.get(ticks), 120)
    })
  )

  it.live("makes unary calls where it is told not to stream", () =>
    Effect.gen(function* () {
      const streamed = yield* Traffic.run({ ...hour, model: Traffic.provider(steady) })
      const whole = yield* Traffic.run({ ...hour, stream: false, model: Traffic.provider(steady) })
      assert.deepStrictEqual(whole.latency, streamed.latency)
      assert.strictEqual(whole.firstToken.max, 0)
    })
  )

  it.live("requires the services of the policies, and reports which models were called", () =>
    Effect.gen(function* () {
      const seen = yield* Ref.make(0)
      const counted = Policy.perCall(() =>
        Effect.as(
          Ref.update(seen, (n) => n + 1),
          {}
        )
      )
      const down = { ...steady, id: "openai/down", outages: [{ from: 0, lasts: "1 hour" }] } as const
      const chain = Fallback.make([Traffic.provider(down), Traffic.provider(steady).pipe(counted)])
      const report = yield* Traffic.run({ ...hour, model: chain })
      assert.strictEqual(report.failed, 0)
      assert.strictEqual(report.providers["openai/steady"]?.requests, yield* Ref.get(seen))
      assert.strictEqual(report.providers["openai/down"]?.failed, report.calls)
      assert.include(Traffic.format(report), "openai/down")
    })
  )

  it.live("follows a rate that changes over time", () =>
    Effect.gen(function* () {
      const report = yield* Traffic.run({
        ...hour,
        buckets: 2,
        callsPerSecond: (elapsed) => (Duration.toMinutes(elapsed) < 30 ? 0 : 0.2),
        model: Traffic.provider(steady)
      })
      assert.strictEqual(report.buckets[0]?.calls, 0)
      assert.closeTo(report.buckets[1]?.calls ?? 0, 360, 60)
    })
  )

  it.live("plots reports as an SVG that escapes what it is given", () =>
    Effect.gen(function* () {
      const report = yield* Traffic.run({ ...hour, model: Traffic.provider(steady) })
      const svg = Traffic.toSvg({ 'a<b & "c"': report, plain: report })
      assert.isTrue(svg.startsWith("<svg "))
      assert.include(svg, "a&lt;b &amp; &quot;c&quot;")
      assert.notInclude(svg, "NaN")
      assert.include(svg, "requests to openai/steady")
      assert.notInclude(svg, "failed calls")
      assert.throws(() => Traffic.toSvg({}), TypeError)
    })
  )

  it.live(
    "plots failures with what failed at each provider, shades outages, and draws no latency where nothing succeeded",
    () =>
      Effect.gen(function* () {
        const outages = [{ from: "15 minutes", lasts: "15 minutes" }] as const
        const sick = Traffic.provider({ ...steady, id: "openai/sick", outages })
        const options = { ...hour, callsPerSecond: 0.1, buckets: 4 }
        const alone = yield* Traffic.run({ ...options, model: sick })
        assert.deepStrictEqual(
          alone.buckets.map(({ failedRequests }) => failedRequests),
          [{}, { "openai/sick": alone.failed }, {}, {}]
        )
        const svg = Traffic.toSvg({ alone }, { shaded: outages, percentiles: ["p90"] })
        assert.include(svg, "failed calls")
        assert.include(svg, "(dashed: failed)")
        assert.include(svg, "90th percentile")
        assert.notInclude(svg, "median")
        // Failed calls, the latency after the outage, requests; dots: the latency before it, requests that failed.
        assert.strictEqual(svg.match(/<polyline/g)?.length, 3)
        assert.strictEqual(svg.match(/<circle/g)?.length, 2)
        const [shade, ...others] = svg.match(/<rect class="shade"[^>]*>/g) ?? []
        assert.include(shade, 'x="264.0"')
        assert.include(shade, 'width="192.0"')
        assert.strictEqual(others.length, 2)

        const both = yield* Traffic.run({ ...options, model: Fallback.make([sick, Traffic.provider(steady)]) })
        const compared = Traffic.toSvg({ alone, both })
        assert.include(compared, "requests by provider: alone")
        assert.include(compared, "requests by provider: both")
      })
  )

  it.live("bills the input of a request whose caller left before the first token", () =>
    Effect.gen(function* () {
      const slow = Traffic.provider({ ...steady, firstToken: { median: "40 seconds" } })
      const model = slow.pipe(ChatModel.timeout({ total: "20 seconds" }))
      const report = yield* Traffic.run({ ...hour, model })
      assert.strictEqual(report.failed, report.calls)
      assert.closeTo(report.cost, (report.calls * 500 * 1) / 1_000_000, 1e-9)
    })
  )
})
