import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

const endpoints = ["", "TRACES_", "METRICS_", "LOGS_"].map((signal) => `OTEL_EXPORTER_OTLP_${signal}ENDPOINT`)

/** Sends traces, metrics and logs where OpenTelemetry's variables say; nothing is loaded where they say nothing. */
export const layer: Layer.Layer<never, never, HttpClient.HttpClient> = Layer.unwrap(
  Effect.gen(function* () {
    const found = yield* Effect.forEach(endpoints, (name) => Effect.orDie(Config.option(Config.String(name))))
    if (!found.some((endpoint) => Option.isSome(endpoint) && endpoint.value !== "")) return Layer.empty
    const [Otlp, Serialization] = yield* Effect.promise(() =>
      Promise.all([import("effect/observability/Otlp"), import("effect/observability/OtlpSerialization")])
    )
    return Otlp.layerFromConfig({ resource: { serviceName: "effect-llm-gateway" } }).pipe(
      Layer.provide(Serialization.layerJson)
    )
  })
)
