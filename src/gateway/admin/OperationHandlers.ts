import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { formatDecimal } from "effect-llm/catalog/Money"
import { providerOf } from "effect-llm/domain/ProviderError"
import type { Stats } from "effect-llm/router/LiveStats"
import { api } from "../AdminApi.ts"
import { Models } from "../calls/Models.ts"
import { Ledger } from "../ledger/Ledger.ts"
import { ModelDirectory } from "../models/ModelDirectory.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { Instances } from "../operations/Instances.ts"
import type { Deployment } from "./api/OperationApi.ts"
import { Conflict, NotFound } from "./api/Problems.ts"
import { currentCaller } from "./CurrentCaller.ts"
import { redacted } from "./RedactedSettings.ts"
import { given } from "../../settings/Given.ts"

type Status = Deployment["status"]

/** The share of failed calls from which a deployment counts as degraded. */
const degraded = 0.1

const statusOf = ({ calls, coolingUntil, errorRate }: Stats, nowMillis: number): Status => {
  if (coolingUntil !== undefined && coolingUntil > nowMillis) return "down"
  if (calls === 0) return "unknown"
  return errorRate >= degraded ? "degraded" : "healthy"
}

const deploymentOf = (group: string, stats: Stats, nowMillis: number): Deployment => {
  const { coolingUntil, cost, latency, latencyMillis, headroom, cacheHitRate, ...rest } = stats
  return known({
    ...rest,
    group,
    status: statusOf(stats, nowMillis),
    cost: formatDecimal(cost),
    latencyMillis,
    ...latency,
    headroom,
    cacheHitRate,
    coolingUntil:
      coolingUntil !== undefined && coolingUntil > nowMillis
        ? DateTime.formatIso(DateTime.makeUnsafe(coolingUntil))
        : undefined
  })
}

const known = (deployment: { readonly [F in keyof Deployment]: Deployment[F] | undefined }): Deployment =>
  given(deployment)

/** A provider is as healthy as the healthiest of its deployments that was called. */
const statusOfAll = (deployments: ReadonlyArray<Deployment>): Status => {
  const order: ReadonlyArray<Status> = ["healthy", "degraded", "down"]
  return order.find((status) => deployments.some((deployment) => deployment.status === status)) ?? "unknown"
}

/** Health, models, routing, settings and the state of the ledger. */
export const operationHandlers = HttpApiBuilder.group(
  api,
  "operation",
  Effect.fnUntraced(function* (handlers) {
    const models = yield* Models
    const directory = yield* ModelDirectory
    const settings = yield* CurrentSettings
    const ledger = yield* Ledger
    const instances = yield* Instances

    const explain = ({ model, prompt = "Hello" }: { readonly model: string; readonly prompt?: string | undefined }) =>
      Effect.mapError(models.explain(model, prompt), ({ message }) => new NotFound({ detail: message }))

    return handlers.handleAll({
      providers: Effect.fnUntraced(function* () {
        const now = yield* Clock.currentTimeMillis
        const groups = Object.entries(yield* models.stats)
        const deployments = groups.flatMap(([group, all]) => all.map((stats) => deploymentOf(group, stats, now)))
        const byProvider = Map.groupBy(deployments, ({ model }) => providerOf(model))
        return {
          providers: [...byProvider].map(([provider, deployments]) => ({
            provider,
            status: statusOfAll(deployments),
            deployments
          }))
        }
      }),
      models: () =>
        Effect.map(Effect.flatMap(currentCaller, directory.list), (models) => ({
          models: models.map((facts) => given(facts))
        })),
      explain: ({ query }) => explain(query),
      explainPrompt: ({ payload }) => explain(payload),
      settings: () => Effect.sync(() => ({ settings: redacted(settings.get()) })),
      reload: Effect.fnUntraced(function* () {
        const reload = yield* settings.reload
        if (reload === undefined) return yield* new Conflict({ detail: "the settings were not read from a file" })
        if (reload._tag === "Kept") return yield* new Conflict({ detail: reload.error.message })
        yield* instances.tell({ type: "reload" })
        return { difference: reload.difference }
      }),
      state: () => ledger.state
    })
  })
)
