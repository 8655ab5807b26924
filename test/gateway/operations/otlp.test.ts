import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { temporary } from "../../cli/cli.ts"
import { served } from "./process.ts"

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number }
}

interface Span {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: ReadonlyArray<Attribute>
  readonly events: ReadonlyArray<{ readonly name: string }>
}

interface Traces {
  readonly resourceSpans: ReadonlyArray<{ readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }> }>
}

const valueOf = ({ attributes }: Pick<Span, "attributes">, name: string) => {
  const value = attributes.find(({ key }) => key === name)?.value
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : Number(value.intValue))
}

/** A collector, as OTLP over HTTP has it: what it was sent, by path. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const received: Record<string, Array<unknown>> = {}
    const texts: Array<string> = []
    const server = createServer((incoming, outgoing) => {
      const chunks: Array<Uint8Array> = []
      incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString()
        texts.push(text)
        ;(received[incoming.url ?? ""] ??= []).push(JSON.parse(text))
        outgoing.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, received, texts, server }
  }),
  ({ server }) => Effect.sync(() => server.closeAllConnections() ?? server.close())
)

const within = <A>(look: () => A | undefined): Effect.Effect<A> =>
  Effect.suspend(() => {
    const found = look()
    return found === undefined ? Effect.fail("not yet") : Effect.succeed(found)
  }).pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("30 seconds"), Effect.orDie)

describe("OpenTelemetry's collector", () => {
  it.live(
    "receives a trace of each request with its calls and attempts, metrics and logs, without texts or secrets",
    () =>
      Effect.gen(function* () {
        const { received, texts, url: endpoint } = yield* collector
        const cwd = yield* temporary
        const { openAiUrl } = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
        writeFileSync(
          join(cwd, "settings.yaml"),
          `providers: { openai: { baseUrl: "${openAiUrl}", key: "\${KEY}" } }
models:
  fast: { deployments: [{ model: openai/sim-503, order: 1 }, { model: openai/sim-healthy, order: 2 }] }
server: { port: 0, logs: { access: true } }
`
        )
        const env = {
          KEY: "sk-upstream-0123456789",
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_BSP_SCHEDULE_DELAY: "50",
          OTEL_BLRP_SCHEDULE_DELAY: "50",
          OTEL_METRIC_EXPORT_INTERVAL: "100"
        }
        const { output, url, until } = yield* served([], { cwd, env })
        const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
        const send = (stream: boolean) =>
          Effect.promise(async () => {
            const response = await fetch(`${url}/v1/chat/completions`, {
              method: "POST",
              headers: {
                traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
                authorization: "Bearer sk-of-the-caller-1234"
              },
              body: JSON.stringify({ model: "fast", stream, messages: [{ role: "user", content: "SecretProject" }] })
            })
            await response.text()
            return response.headers.get("x-request-id") ?? ""
          })
        const ids = [yield* send(false), yield* send(true)]
        const spansNow = () =>
          (received["/v1/traces"] ?? []).flatMap((sent) =>
            (sent as Traces).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
          )
        const spans = yield* within(() => {
          const found = spansNow()
          return found.filter(({ kind }) => kind === 2).length === 2 ? found : undefined
        })
        // No root but those of requests: what the gateway does by itself, such as looking for new keys, is no trace.
        assert.isEmpty(spans.filter(({ parentSpanId }) => (parentSpanId ?? "") === ""))
        for (const id of ids) {
          const request = spans.find((span) => valueOf(span, "effect_llm.gateway.request.id") === id)
          assert.isDefined(request)
          assert.deepStrictEqual([request.traceId, request.parentSpanId], [traceId, "00f067aa0ba902b7"])
          assert.strictEqual(valueOf(request, "http.route"), "/v1/chat/completions")
          assert.strictEqual(valueOf(request, "http.response.status_code"), 200)
          const call = spans.find(
            (span) => span.parentSpanId === request.spanId && valueOf(span, "gen_ai.operation.name") === "chat"
          )
          assert.isDefined(call)
          const attempts = spans.filter(({ parentSpanId }) => parentSpanId === call.spanId)
          assert.deepStrictEqual(
            attempts.map((attempt) => [attempt.name, valueOf(attempt, "error.type")]),
            [
              ["attempt sim-503", "OverloadedError"],
              ["attempt sim-healthy", undefined]
            ]
          )
        }
        const metrics = () => JSON.stringify(received["/v1/metrics"] ?? [])
        yield* within(() => (metrics().includes("http.server.request.duration") ? true : undefined))
        assert.include(metrics(), "gen_ai.client.operation.duration")
        const logs = () => JSON.stringify(received["/v1/logs"] ?? [])
        yield* within(() => (ids.every((id) => logs().includes(id)) ? true : undefined))
        assert.include(logs(), traceId)
        // What is sent there is written too.
        yield* until(/POST \/v1\/chat\/completions 200/)
        for (const text of [...texts, output()]) {
          assert.notInclude(text, "SecretProject")
          assert.notInclude(text, "sk-upstream-0123456789")
          assert.notInclude(text, "sk-of-the-caller-1234")
        }
        assert.include(texts.join(""), "effect-llm-gateway")
      }),
    120_000
  )
})
