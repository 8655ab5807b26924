/** What arrives at a collector and in a scrape, over real sockets. */
import { createServer } from "node:http"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer } from "effect/http"
import { Otlp, OtlpSerialization, PrometheusMetrics } from "effect/observability"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Telemetry from "../../../src/policies/Telemetry.ts"
import { collector } from "./collector.ts"
import { chatModel } from "./spans.ts"

const model = () =>
  chatModel({
    id: "openai/gpt-x",
    outcomes: [() => new RateLimitError({ provider: "openai", status: 429 }), "answers"],
    millis: 2
  }).pipe(Model.retry(Retry.make({ times: 1, base: 1 })), Telemetry.standard)

const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

const common = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-x"
}

describe.each(["json", "protobuf"] as const)("OTLP as %s", (format) => {
  it.live("arrives under the conventions' names", () =>
    Effect.gen(function* () {
      const { metrics, spans, url } = yield* collector
      const exporter = Otlp.layer({ baseUrl: url, resource: { serviceName: "test" } }).pipe(
        Layer.provide(format === "json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf),
        Layer.provide(FetchHttpClient.layer)
      )
      // Leaving the scope of the exporter sends what it has.
      yield* Stream.runDrain(model().stream({ messages: "Hi", temperature: 0.5 })).pipe(
        Effect.withSpan("handler"),
        Effect.provide(exporter)
      )

      const handler = spans.find(({ name }) => name === "handler")
      const call = spans.find(({ name }) => name === "chat gpt-x")
      const attempts = spans.filter(({ name }) => name === "attempt gpt-x")
      assert.lengthOf(spans, 4)
      assert.strictEqual(call?.parentSpanId, handler?.spanId)
      assert.deepStrictEqual(
        attempts.map(({ parentSpanId, status }) => [parentSpanId === call?.spanId, status]),
        [
          [true, 2],
          [true, 1]
        ]
      )
      const { "gen_ai.response.time_to_first_chunk": firstChunk, ...attributes } = call?.attributes ?? {}
      assert.isAbove(Number(firstChunk), 0)
      assert.deepStrictEqual(attributes, {
        ...common,
        "gen_ai.request.stream": true,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.id": "resp-1",
        "gen_ai.response.model": "gpt-x-2026-01-01",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "effect_llm.model": "openai/gpt-x",
        "effect_llm.request.id": "req-1",
        "effect_llm.attempts": 2
      })
      assert.strictEqual(call?.kind, 3)
      assert.deepStrictEqual(
        call?.events.map(({ attributes, name }) => [name, attributes["error.type"]]),
        [["effect_llm.retry", "RateLimitError"]]
      )

      const byName = new Map(metrics.map((metric) => [metric.name, metric]))
      const duration = byName.get("gen_ai.client.operation.duration")
      assert.strictEqual(duration?.unit, "s")
      assert.deepStrictEqual(
        duration?.points[0]?.bounds,
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
      )
      const tokens = byName.get("gen_ai.client.token.usage")
      assert.strictEqual(tokens?.unit, "{token}")
      assert.sameDeepMembers(
        tokens?.points.map(({ attributes, sum }) => [attributes["gen_ai.token.type"], sum]) ?? [],
        [
          ["input", 100],
          ["output", 20]
        ]
      )
      assert.deepInclude(tokens?.points[0]?.attributes, common)
      assert.isTrue(byName.has("gen_ai.client.operation.time_to_first_chunk"))
      assert.deepStrictEqual(
        byName.get("effect_llm.client.decisions")?.points.map(({ sum }) => sum),
        [1]
      )
    }).pipe(Effect.scoped, isolated)
  )
})

it.live("Prometheus scrapes the metrics", () =>
  Effect.gen(function* () {
    yield* Stream.runDrain(model().stream("Hi"))
    const scrape = yield* HttpServer.addressFormattedWith((address) => HttpClient.get(`${address}/metrics`))
    const lines = (yield* scrape.text).split("\n")
    const labels = `gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-x",gen_ai_response_model="gpt-x-2026-01-01"`
    assert.include(lines, "# TYPE gen_ai_client_operation_duration histogram")
    assert.include(lines, `gen_ai_client_operation_duration_count{${labels}} 1`)
    assert.include(lines, `gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="input"} 100`)
    assert.include(lines, `effect_llm_client_decisions{effect_llm_decision="retry"} 1`)
  }).pipe(
    Effect.provide(
      HttpRouter.serve(PrometheusMetrics.layerHttp(), { disableListenLog: true, disableLogger: true }).pipe(
        Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
        Layer.provideMerge(FetchHttpClient.layer)
      )
    ),
    isolated
  )
)
