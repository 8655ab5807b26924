import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

const signals = ["TRACES", "METRICS", "LOGS"]

const endpoints = ["", ...signals.map((signal) => `${signal}_`)].map((of) => `OTEL_EXPORTER_OTLP_${of}ENDPOINT`)

/** What OpenTelemetry has by default, where its variables say nothing. */
const defaults = ConfigProvider.fromUnknown({
  OTEL_SERVICE_NAME: "effect-llm-gateway",
  ...Object.fromEntries(signals.map((signal) => [`OTEL_${signal}_EXPORTER`, ["otlp"]]))
})

const textOf = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(Effect.orDie(Config.option(Config.String(name))), Option.getOrUndefined)

/** Has traces begin with requests alone: what a gateway does by itself, such as looking for changed keys every second, has none. */
const ofRequests = (tracer: Tracer.Tracer): Tracer.Tracer =>
  tracer === Tracer.nativeTracer
    ? tracer
    : Tracer.make({
        ...tracer,
        span: (options) =>
          tracer.span(
            Option.isNone(options.parent) && options.kind !== "server" ? { ...options, sampled: false } : options
          )
      })

/**
 * Sends traces, metrics and logs where OpenTelemetry's variables say, over HTTP; nothing is loaded where they name no address. JSON
 * and protobuf are understood by every collector; by default it is the latter, as in the specification.
 */
export const layer: Layer.Layer<never, never, HttpClient.HttpClient> = Layer.unwrap(
  Effect.gen(function* () {
    const found = yield* Effect.forEach(endpoints, textOf)
    if (!found.some((endpoint) => endpoint !== undefined && endpoint !== "")) return Layer.empty
    const protocol = yield* textOf("OTEL_EXPORTER_OTLP_PROTOCOL")
    if (protocol !== undefined && !protocol.startsWith("http/"))
      yield* Effect.logWarning(
        `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, and only http/protobuf and http/json are sent: http/protobuf is, to the port for HTTP (4318)`
      )
    const [Otlp, Serialization] = yield* Effect.promise(() =>
      Promise.all([import("effect/observability/Otlp"), import("effect/observability/OtlpSerialization")])
    )
    const variables = yield* ConfigProvider.ConfigProvider
    return Layer.effect(Tracer.Tracer, Effect.map(Tracer.Tracer, ofRequests)).pipe(
      Layer.provideMerge(Otlp.layerFromConfig()),
      Layer.provide(protocol === "http/json" ? Serialization.layerJson : Serialization.layerProtobuf),
      Layer.provide(ConfigProvider.layer(ConfigProvider.orElse(variables, defaults)))
    )
  })
)
