import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { reasonOf } from "../../gateway/operations/Reason.ts"

const signals = ["TRACES", "METRICS", "LOGS"]

const endpoints = ["", ...signals.map((signal) => `${signal}_`)].map((of) => `OTEL_EXPORTER_OTLP_${of}ENDPOINT`)

/** Defaults for OpenTelemetry's variables. */
const defaults = ConfigProvider.fromUnknown({
  OTEL_SERVICE_NAME: "effect-llm-gateway",
  ...Object.fromEntries(signals.map((signal) => [`OTEL_${signal}_EXPORTER`, ["otlp"]]))
})

const textOf = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(Effect.orDie(Config.option(Config.String(name))), Option.getOrUndefined)

/** Samples only traces that begin with a request: a gateway's own work, such as looking for changed keys, has none. */
const requestsOnly = (tracer: Tracer.Tracer): Tracer.Tracer =>
  tracer === Tracer.nativeTracer
    ? tracer
    : Tracer.make({
        ...tracer,
        span: (options) =>
          tracer.span(
            Option.isNone(options.parent) && options.kind !== "server" ? { ...options, sampled: false } : options
          )
      })

/** A URL without the parts that may hold secrets. */
const shown = (url: string): string => {
  const { host, href, pathname, protocol } = new URL(url)
  // Without `http://`, the host of `localhost:4318` is a protocol.
  return host === "" ? href.replace(/[?#].*/, "") : `${protocol}//${host}${pathname}`
}

/** Logs when a collector starts or stops rejecting telemetry, which the exporter itself drops silently. */
const logged = (client: HttpClient.HttpClient): HttpClient.HttpClient => {
  const failing = new Set<string>()
  const failed = (url: string, why: string) =>
    Effect.suspend(() => {
      if (failing.has(url)) return Effect.void
      failing.add(url)
      return Effect.logWarning(`${shown(url)} takes no telemetry, so that it is lost: ${why}`)
    })
  const sent = (url: string) =>
    Effect.suspend(() => (failing.delete(url) ? Effect.logInfo(`${shown(url)} takes telemetry again`) : Effect.void))
  return HttpClient.transform(client, (responding, { url }) =>
    responding.pipe(
      Effect.tap(({ status }) => (status < 300 ? sent(url) : failed(url, `status ${status}`))),
      Effect.tapError((error) => failed(url, reasonOf(error.cause) || error.reason._tag))
    )
  )
}

/**
 * Exports traces, metrics and logs over HTTP, as OpenTelemetry's variables say; nothing is loaded if they name no address. Every
 * collector understands both JSON and protobuf, which is the default of the specification.
 */
export const layer: Layer.Layer<never, never, HttpClient.HttpClient> = Layer.unwrap(
  Effect.gen(function* () {
    const found = yield* Effect.forEach(endpoints, textOf)
    if (!found.some((endpoint) => endpoint !== undefined && endpoint !== "")) return Layer.empty
    const protocol = yield* textOf("OTEL_EXPORTER_OTLP_PROTOCOL")
    if (protocol !== undefined && !protocol.startsWith("http/"))
      yield* Effect.logWarning(
        `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, but only http/protobuf and http/json are supported: using http/protobuf, whose port is 4318`
      )
    const [Otlp, Serialization] = yield* Effect.promise(() =>
      Promise.all([import("effect/observability/Otlp"), import("effect/observability/OtlpSerialization")])
    )
    const variables = yield* ConfigProvider.ConfigProvider
    return Layer.effect(Tracer.Tracer, Effect.map(Tracer.Tracer, requestsOnly)).pipe(
      Layer.provideMerge(Otlp.layerFromConfig()),
      Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, logged))),
      Layer.provide(protocol === "http/json" ? Serialization.layerJson : Serialization.layerProtobuf),
      Layer.provide(ConfigProvider.layer(ConfigProvider.orElse(variables, defaults)))
    )
  })
)
