/**
 * effect-llm as it is built, with one policy around the model, or all of those that docs/policies.md recommends:
 * `policies:<name of the policy>`, `policies:stack`.
 */
import { Effect, Layer, ManagedRuntime, Metric, Stream } from "effect"
import { CircuitBreaker as CircuitBreakerStores } from "effect/persistence"
import type { ChatModel as Model } from "../../../dist/model/ChatModel.js"
import { ChatModel, OpenAiCompatible, Retry, Timeout } from "../../../dist/index.js"
import * as Price from "../../../dist/catalog/Price.js"
import * as Pricing from "../../../dist/catalog/Pricing.js"
import * as Budget from "../../../dist/policies/Budget.js"
import { Budgets } from "../../../dist/policies/Budgets.js"
import * as CircuitBreaker from "../../../dist/policies/CircuitBreaker.js"
import * as Journal from "../../../dist/policies/Journal.js"
import * as RateLimit from "../../../dist/policies/RateLimit.js"
import * as Telemetry from "../../../dist/policies/Telemetry.js"
import * as UndiciClient from "../../../dist/transport/UndiciClient.js"
import type { Kind } from "../rounds.ts"
import type { MakeAdapter } from "./Adapter.ts"

class Local extends OpenAiCompatible.Service<Local>()({ id: "local", auth: "none" }) {}

type Needs =
  | Local
  | Budgets
  | Pricing.Pricing
  | Journal.Journal
  | RateLimit.RateLimitStore
  | CircuitBreakerStores.CircuitBreakerStore
type Layered = Model<unknown, Needs>

const limit = RateLimit.make({ requests: 10_000_000, tokens: 1_000_000_000_000, per: "1 minute", concurrency: 100_000 })
const budget = Budget.enforce([Budget.usd("team", { limit: "1000000", per: "month" })])

/** With a limit on silence, `generate` reads a stream; what stays unary is bound as a whole. */
const timeouts = { unary: Timeout.make({ total: "10 minutes" }), stream: Timeout.standard }

/** Each takes a model and gives one. */
export const policies = {
  bare: (model) => model,
  timeout: (model, kind) => model.pipe(timeouts[kind]),
  retry: (model) => model.pipe(ChatModel.retry(Retry.standard)),
  breaker: (model) => model.pipe(CircuitBreaker.make()),
  limit: (model) => model.pipe(limit),
  cost: (model) => model.pipe(ChatModel.withCost),
  budget: (model) => model.pipe(budget),
  telemetry: (model) => model.pipe(Telemetry.standard),
  journal: (model) => model.pipe(Journal.standard),
  stack: (model, kind) =>
    model.pipe(
      timeouts[kind],
      CircuitBreaker.make(),
      limit,
      budget,
      ChatModel.retry(Retry.standard),
      Telemetry.standard,
      Journal.standard
    )
} satisfies Record<string, (model: Layered, kind: Kind) => Layered>

/** Keeps nothing: what is measured is the way to it. */
const sink: Journal.Sink = { name: "none", make: Effect.succeed(() => Effect.void) }

export const make: MakeAdapter = async (baseUrl, variant = "bare") => {
  const layer = Layer.mergeAll(
    Local.layer({ baseUrl }).pipe(Layer.provide(UndiciClient.layer)),
    Pricing.layerWith({ prices: { "local/bench-model": Price.make({ input: 1, output: 4 }) } }),
    Budgets.layerMemory,
    RateLimit.layerStoreMemory,
    CircuitBreakerStores.layerStoreMemory(),
    Journal.layer([sink]),
    Layer.succeed(Metric.MetricRegistry, new Map())
  )
  const runtime = ManagedRuntime.make(layer)
  const policy: (model: Layered, kind: Kind) => Layered = policies[variant as keyof typeof policies]
  const unary = policy(Local.model("bench-model"), "unary")
  const streamed = policy(Local.model("bench-model"), "stream")
  return {
    name: variant,
    unary: () => runtime.runPromise(Effect.map(unary.generate("Hello"), (response) => response.text)),
    stream: () =>
      runtime.runPromise(
        Effect.suspend(() => {
          let text = ""
          return Effect.map(
            Stream.runForEachArray(streamed.stream?.("Hello") ?? Stream.empty, (events) =>
              Effect.sync(() => {
                for (const event of events) if (event.type === "text-delta") text += event.delta
              })
            ),
            () => text
          )
        })
      ),
    close: () => runtime.dispose()
  }
}
