import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Context, Duration, Effect, Metric } from "effect"
import { ServerError } from "../../../src/domain/ChatResponse.ts"
import type { Cost } from "../../../src/domain/Cost.ts"
import { type Labels, type Measures, metersOf } from "../../../src/policies/telemetry/Metrics.ts"

const context = () => Context.make(Metric.MetricRegistry, new Map())
const labels: Labels = {
  operation: "chat",
  provider: "a",
  requestModel: "b",
  responseModel: undefined,
  errorType: undefined
}
const measures = (of: Partial<Measures> = {}): Measures => ({
  labels,
  seconds: 1,
  firstChunkSeconds: undefined,
  usage: undefined,
  costs: [],
  attempts: [],
  ...of
})
/** The attributes of the series of a metric, with their sum or count. */
const seriesOf = (registry: Context.Context<never>, metric: string) =>
  Effect.map(Effect.provide(Metric.snapshot, registry), (snapshot) =>
    snapshot.flatMap(({ attributes, id, state }) => {
      const { unit: _, ...rest } = attributes as Record<string, string>
      const value = "sum" in state ? state.sum : "count" in state ? state.count : "value" in state ? state.value : 0
      return id === metric && value !== 0 ? [[rest, value] as const] : []
    })
  )
const base = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "a", "gen_ai.request.model": "b" }

describe("the metrics of a registry", () => {
  it.effect("separate calls by each of their labels, in any order", () =>
    Effect.gen(function* () {
      const registry = context()
      const meters = metersOf(registry)
      assert.strictEqual(metersOf(registry), meters)
      assert.notStrictEqual(metersOf(context()), meters)
      const changes: ReadonlyArray<Partial<Labels>> = [
        {},
        { operation: "embeddings" },
        { provider: "c" },
        { requestModel: "d" },
        { responseModel: "e" },
        { errorType: "f" }
      ]
      for (const change of [...changes, ...changes.toReversed(), ...changes.flatMap((change) => [{}, change])]) {
        meters.count(measures({ labels: { ...labels, ...change } }), "1.41", registry)
      }
      const series = yield* seriesOf(registry, "gen_ai.client.operation.duration")
      assert.sameDeepMembers(
        series.map(([, count]) => count),
        [9, 3, 3, 3, 3, 3]
      )
      assert.sameDeepMembers(
        series.map(([attributes]) => attributes),
        [
          base,
          { ...base, "gen_ai.operation.name": "embeddings" },
          { ...base, "gen_ai.provider.name": "c" },
          { ...base, "gen_ai.request.model": "d" },
          { ...base, "gen_ai.response.model": "e" },
          { ...base, "error.type": "f" }
        ]
      )
    })
  )

  it.effect("have a series for each of 200 values of a label, and one for all others", () =>
    Effect.gen(function* () {
      const registry = context()
      for (let round = 0; round < 2; round++) {
        for (let model = 0; model < 205; model++) {
          const of = { ...labels, requestModel: `model-${model}` }
          metersOf(registry).count(measures({ labels: of }), "1.41", registry)
        }
      }
      const series = yield* seriesOf(registry, "gen_ai.client.operation.duration")
      const counts = new Map(series.map(([attributes, count]) => [attributes["gen_ai.request.model"], count]))
      assert.strictEqual(counts.size, 201)
      assert.strictEqual(counts.get("model-0"), 2)
      assert.strictEqual(counts.get("model-199"), 2)
      assert.strictEqual(counts.get("_OTHER"), 10)
    })
  )

  it.effect("count tokens by types that do not overlap, if known and not 0", () =>
    Effect.gen(function* () {
      const typesOf = (usage: Measures["usage"]) => {
        const registry = context()
        metersOf(registry).count(measures({ usage }), "1.41", registry)
        return Effect.map(seriesOf(registry, "effect_llm.client.tokens"), (series) =>
          Object.fromEntries(series.map(([attributes, count]) => [attributes["gen_ai.token.type"], count]))
        )
      }
      assert.deepStrictEqual(yield* typesOf({ inputTokens: { total: 5 }, outputTokens: { total: 7 } }), {
        uncached_input: 5,
        text_output: 7
      })
      assert.deepStrictEqual(
        yield* typesOf({
          inputTokens: { total: 9, uncached: 2, cacheRead: 3, cacheWrite: 4 },
          outputTokens: { total: 11, text: 5, reasoning: 6 }
        }),
        { uncached_input: 2, cache_read: 3, cache_write: 4, text_output: 5, reasoning: 6 }
      )
      assert.deepStrictEqual(
        yield* typesOf({ inputTokens: { total: 9, cacheRead: 3 }, outputTokens: { total: 11, reasoning: 6 } }),
        { cache_read: 3, reasoning: 6 }
      )
      const none = context()
      metersOf(none).count(measures({ usage: { inputTokens: { total: 0 }, outputTokens: { text: 0 } } }), "1.41", none)
      const ids = (yield* Effect.provide(Metric.snapshot, none)).map(({ id }) => id)
      assert.notInclude(ids, "effect_llm.client.tokens")
    })
  )

  it.effect("sum the costs of calls, and count the reasons for missing ones", () =>
    Effect.gen(function* () {
      const registry = context()
      const priced = (usd: string): Cost => ({
        _tag: "Priced",
        total: BigDecimal.fromStringUnsafe(usd),
        breakdown: [],
        flags: []
      })
      const unpriced: Cost = { _tag: "Unpriced", reason: { _tag: "NoPrice" } }
      const costs = [priced("0.25"), unpriced, priced("0.5"), unpriced]
      metersOf(registry).count(measures({ costs }), "1.41", registry)
      assert.deepStrictEqual(yield* seriesOf(registry, "effect_llm.client.cost"), [[base, 0.75]])
      assert.deepStrictEqual(
        (yield* seriesOf(registry, "effect_llm.client.unpriced")).map(([, count]) => count),
        [2]
      )
    })
  )

  it.effect("count each attempt under its model and error", () =>
    Effect.gen(function* () {
      const registry = context()
      const attempt = { model: "a/b", duration: Duration.zero }
      const failed = { ...attempt, error: new ServerError({}) }
      metersOf(registry).count(
        measures({ attempts: [failed, failed, attempt, { ...attempt, model: "c" }] }),
        "1.41",
        registry
      )
      const model = { "gen_ai.provider.name": "a", "gen_ai.request.model": "b" }
      assert.sameDeepMembers(yield* seriesOf(registry, "effect_llm.client.attempts"), [
        [{ ...model, "error.type": "ServerError" }, 2],
        [model, 1],
        [{ "gen_ai.request.model": "c" }, 1]
      ])
    })
  )

  it.effect("all have a description and a unit", () =>
    Effect.gen(function* () {
      const registry = context()
      const meters = metersOf(registry)
      const usage = { inputTokens: { total: 5 }, outputTokens: { total: 7 } }
      const costs: ReadonlyArray<Cost> = [
        { _tag: "Unpriced", reason: { _tag: "NoPrice" } },
        { _tag: "Priced", total: BigDecimal.fromStringUnsafe("1"), breakdown: [], flags: [] }
      ]
      const attempts = [{ model: "a/b", duration: Duration.zero }]
      for (const version of ["1.41", "0.1"] as const) {
        meters.count(measures({ usage, costs, attempts, firstChunkSeconds: 1 }), version, registry)
      }
      const wait = Duration.seconds(1)
      meters.decide({ type: "limit-waited", key: "k", limit: "requests", wait }, registry)
      meters.decide({ type: "circuit-opened", circuit: "c" }, registry)
      const snapshot = yield* Effect.provide(Metric.snapshot, registry)
      const units = snapshot.map(({ attributes, description, id }) => {
        assert.match(description ?? "", /^[A-Z].*\.$/, id)
        return [id, (attributes as { readonly unit?: string } | undefined)?.unit] as const
      })
      assert.deepStrictEqual(Object.fromEntries(units), {
        "gen_ai.client.operation.duration": "s",
        "gen_ai.client.operation.time_to_first_chunk": "s",
        "gen_ai.client.token.usage": "{token}",
        "gen_ai.client.inference.duration": "s",
        "gen_ai.client.inference.time_to_first_chunk": "s",
        "gen_ai.client.inference.operation.input_tokens": "{token}",
        "gen_ai.client.inference.operation.output_tokens": "{token}",
        "effect_llm.client.tokens": "{token}",
        "effect_llm.client.cost": "USD",
        "effect_llm.client.unpriced": "{attempt}",
        "effect_llm.client.attempts": "{attempt}",
        "effect_llm.client.decisions": "{decision}",
        "effect_llm.client.limit.wait": "s",
        "effect_llm.client.circuits.open": "{circuit}"
      })
    })
  )

  it.effect("show how many circuits are open", () =>
    Effect.gen(function* () {
      const registry = context()
      const decide = (type: "circuit-opened" | "circuit-refused" | "circuit-closed", circuit: string) =>
        metersOf(registry).decide({ type, circuit } as never, registry)
      const open = Effect.map(seriesOf(registry, "effect_llm.client.circuits.open"), (series) => series[0]?.[1] ?? 0)
      decide("circuit-opened", "a")
      decide("circuit-opened", "b")
      decide("circuit-opened", "a")
      assert.strictEqual(yield* open, 2)
      decide("circuit-closed", "a")
      assert.strictEqual(yield* open, 1)
      decide("circuit-closed", "c")
      assert.strictEqual(yield* open, 1)
      decide("circuit-closed", "b")
      assert.strictEqual(yield* open, 0)
      // Another process may have opened it.
      decide("circuit-refused", "d")
      assert.strictEqual(yield* open, 1)
    })
  )
})
