/**
 * What policies do under load: hours of simulated traffic, with and without them, in seconds of virtual time. Prints the
 * figures of docs/traffic.md, and writes its plots where a folder is given.
 *
 *     npx tsx examples/97_traffic.ts docs/images
 *
 * The same seed gives the same figures.
 */
import { Console, Duration, Effect } from "effect"
import { CircuitBreaker as CircuitBreakerStores } from "effect/persistence"
import { ChatModel, Fallback, Retry } from "effect-llm"
import * as CircuitBreaker from "effect-llm/policies/CircuitBreaker"
import * as Hedge from "effect-llm/policies/Hedge"
import * as RateLimit from "effect-llm/policies/RateLimit"
import * as Group from "effect-llm/router/Group"
import * as Strategy from "effect-llm/router/Strategy"
import * as Traffic from "effect-llm/testing/Traffic"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const folder = process.argv[2]
const seed = "docs"

/** Runs the same traffic through each model, prints what came of it, and plots it. */
const compare = <E, R>(
  name: string,
  traffic: Omit<Traffic.Options<E, R>, "model" | "seed">,
  models: Readonly<Record<string, Traffic.Options<E, R>["model"]>>,
  options: Traffic.PlotOptions = {}
) =>
  Effect.gen(function* () {
    const reports: Record<string, Traffic.Report> = {}
    for (const [title, model] of Object.entries(models)) {
      const report = yield* Traffic.run({ buckets: 60, ...traffic, seed, model })
      reports[title] = report
      yield* Console.log(`${name}: ${title}\n${Traffic.format(report).replaceAll(/^/gm, "  ")}\n`)
    }
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.svg`), Traffic.toSvg(reports, options))
  })

// A hedge: most responses begin soon, and one of a hundred after six seconds.
const tail = Traffic.provider({
  id: "openai/gpt-6-luna",
  firstToken: { median: "500 millis", p99: "6 seconds" },
  outputTokens: { median: 80 },
  price: { input: 0.25, output: 2 }
})
const hedging = compare(
  "hedge",
  { duration: "1 hour", callsPerSecond: 1, buckets: 30 },
  {
    "no hedge": tail,
    hedged: tail.pipe(Hedge.make({ after: { percentile: 0.95, atLeast: "500 millis" }, share: 0.06 }))
  }
)

// A circuit breaker: the primary accepts requests and says nothing for ten minutes; later it refuses them for ten.
const outages = [
  { from: "10 minutes", lasts: "10 minutes", error: "hang" },
  { from: "35 minutes", lasts: "10 minutes", error: "overloaded" }
] as const
const sick = Traffic.provider({
  id: "openai/gpt-6-luna",
  firstToken: { median: "500 millis", p99: "2 seconds" },
  outages
})
const spare = Traffic.provider({
  id: "anthropic/claude-haiku-5-5",
  firstToken: { median: "700 millis", p99: "3 seconds" }
})
const inTime = sick.pipe(ChatModel.timeout({ firstToken: "5 seconds" }))
const guarded = inTime.pipe(CircuitBreaker.make({ trip: { consecutive: 3 }, open: "5 seconds" }))
const breaking = compare(
  "breaker",
  { duration: "1 hour", callsPerSecond: 0.5 },
  {
    "retry and fallback": Fallback.make([inTime.pipe(ChatModel.retry(Retry.standard)), spare]),
    "with a breaker": Fallback.make([guarded.pipe(ChatModel.retry(Retry.standard)), spare])
  },
  { shaded: outages }
).pipe(Effect.provide(CircuitBreakerStores.layerStoreMemory()))

// A rate limit: the provider takes 30 requests a minute. Twice, for five minutes, there are 42.
const rushes = [
  { from: "10 minutes", lasts: "5 minutes" },
  { from: "35 minutes", lasts: "5 minutes" }
] as const
const isRush = (elapsed: Duration.Duration) =>
  rushes.some(({ from, lasts }) => {
    const since = Duration.toMinutes(elapsed) - Duration.toMinutes(from)
    return since >= 0 && since < Duration.toMinutes(lasts)
  })
const metered = () =>
  Traffic.provider({
    id: "openai/gpt-6-luna",
    firstToken: { median: "500 millis", p99: "2 seconds" },
    rateLimit: { requests: 30, per: "1 minute" }
  })
const limiting = compare(
  "limit",
  { duration: "1 hour", callsPerSecond: (elapsed) => (isRush(elapsed) ? 0.7 : 0.25) },
  {
    "retry alone": metered().pipe(ChatModel.retry(Retry.standard)),
    "with a rate limit": metered().pipe(
      RateLimit.make({ requests: 30, per: "1 minute", wait: "3 minutes" }),
      ChatModel.retry(Retry.standard)
    )
  },
  { shaded: rushes }
).pipe(Effect.provide(RateLimit.layerStoreMemory))

// A router: one deployment of three becomes six times as slow, without a single error.
const slowdown = { from: "20 minutes", lasts: "20 minutes", slower: 6 } as const
const deployments = () =>
  ["east", "north", "west"].map((region) => ({
    name: region,
    model: Traffic.provider({
      id: `azure/${region}`,
      firstToken: { median: "600 millis", p99: "2 seconds" },
      outages: region === "west" ? [slowdown] : []
    })
  }))
const routing = compare(
  "router",
  { duration: "1 hour", callsPerSecond: 0.7, buckets: 30 },
  {
    weighted: Group.make("chat", deployments(), { strategy: Strategy.weighted }),
    "lowest latency": Group.make("chat", deployments(), { strategy: Strategy.lowestLatency })
  },
  { shaded: [slowdown], percentiles: ["p90", "p50"] }
)

const started = Date.now()
for (const one of [hedging, breaking, limiting, routing]) await Effect.runPromise(one)
console.log(`Four hours of traffic, twice, in ${Math.round((Date.now() - started) / 1000)} s`)
