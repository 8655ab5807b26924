import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { memoryUsage } from "node:process"
import type { Answer } from "../http/Answer.ts"
import type { RequestNotes } from "../http/RequestNotes.ts"

/** By OpenTelemetry's conventions for HTTP servers, in seconds. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300]

const overheads = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]

const gauge = (id: string, description: string, unit: string, attributes: { readonly [name: string]: string } = {}) =>
  Metric.gauge(id, { description, attributes: { ...attributes, unit } })

const nanos = 1e9

/** What a gateway counts of its requests and of its process. The values of all labels are the gateway's own. */
export class HttpMetrics {
  readonly #context: Context.Context<never>
  readonly #durations = new Map<string, Metric.Histogram<number>>()
  readonly #overhead = Metric.histogram("effect_llm.gateway.overhead", {
    description: "What the gateway itself adds to calls that are not streamed.",
    attributes: { unit: "s" },
    boundaries: overheads
  })
  readonly #active = gauge("http.server.active_requests", "Requests in progress.", "{request}")
  readonly #streams = gauge("effect_llm.gateway.streams", "Streams in progress.", "{stream}")
  readonly #memory = gauge("process.memory.usage", "The resident memory of the process.", "By")
  readonly #heap = gauge("v8js.memory.heap.used", "The used heap of the process.", "By")
  readonly #utilization = gauge("nodejs.eventloop.utilization", "The share of time that the event loop is busy.", "1")
  readonly #delays = (["p50", "p99", "max"] as const).map(
    (name) => [name, gauge(`nodejs.eventloop.delay.${name}`, "The delay of the event loop.", "s")] as const
  )
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  #last = performance.eventLoopUtilization()
  #open = 0

  constructor(context: Context.Context<never>) {
    this.#context = context
    this.#delay.enable()
  }

  close(): void {
    this.#delay.disable()
  }

  streamBegan(): void {
    this.#open++
  }

  streamEnded(): void {
    this.#open--
  }

  /** Counts a request that is over; one whose client left before its answer has 499. */
  count(
    method: string,
    { dialect = "none", route = "none" }: RequestNotes,
    { headers, status }: Answer,
    millis: number
  ): void {
    const key = `${method} ${route} ${dialect} ${status}`
    const duration = this.#durations.get(key) ?? this.#durationOf(key, method, route, dialect, status)
    duration.updateUnsafe(millis / 1000, this.#context)
    const overhead = headers["x-effect-llm-overhead-ms"]
    if (overhead !== undefined) this.#overhead.updateUnsafe(Number(overhead) / 1000, this.#context)
  }

  /** Takes the figures of the process. */
  sample(inProgress: number): void {
    const now = performance.eventLoopUtilization()
    const { heapUsed, rss } = memoryUsage()
    this.#set(this.#utilization, performance.eventLoopUtilization(now, this.#last).utilization)
    this.#last = now
    this.#set(this.#active, inProgress)
    this.#set(this.#streams, this.#open)
    this.#set(this.#memory, rss)
    this.#set(this.#heap, heapUsed)
    for (const [name, gauge] of this.#delays)
      this.#set(gauge, (name === "max" ? this.#delay.max : this.#delay.percentile(name === "p50" ? 50 : 99)) / nanos)
    this.#delay.reset()
  }

  #set(gauge: Metric.Gauge<number>, value: number): void {
    gauge.updateUnsafe(value, this.#context)
  }

  #durationOf(key: string, method: string, route: string, dialect: string, status: number): Metric.Histogram<number> {
    const made = Metric.histogram("http.server.request.duration", {
      description: "Duration of HTTP server requests, to the end of their responses.",
      attributes: {
        "http.request.method": methods.has(method) ? method : "_OTHER",
        "http.route": route,
        "http.response.status_code": String(status),
        "effect_llm.dialect": dialect,
        unit: "s"
      },
      boundaries
    })
    this.#durations.set(key, made)
    return made
  }
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
