import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ModelId from "effect-llm/domain/ModelId"
import type { Stats } from "effect-llm/router/LiveStats"
import type { Stores } from "../../settings/schema/Stores.ts"
import { Models } from "../calls/Models.ts"
import { openAi } from "../dialects/openai/OpenAi.ts"
import { json } from "../http/Answer.ts"
import type { Route } from "../http/Routes.ts"
import { Store } from "../store/Store.ts"
import { CurrentSettings } from "./CurrentSettings.ts"
import { Lifecycle } from "./Lifecycle.ts"
import { Peers } from "./Peers.ts"

const uncached = { "cache-control": "no-store" }

/** What keeps a gateway from serving, and what it does without. */
const state = Effect.gen(function* () {
  const { isDraining } = yield* Lifecycle
  if (isDraining()) return { reasons: ["draining"], without: [] }
  if (!(yield* Peers).areComplete()) return { reasons: ["workers"], without: [] }
  const { connected, isReady } = yield* Store
  const { stores } = (yield* CurrentSettings).get()
  const [hasDatabase, hasRedis] = yield* Effect.all([isReady, connected.redis?.isReady ?? Effect.succeed(true)], {
    concurrency: "unbounded"
  })
  const away = [...(hasDatabase ? [] : ["database"]), ...(hasRedis ? [] : ["redis"])]
  const needed = away.filter((store) => isNeeded(store, stores))
  return { reasons: needed, without: away.filter((store) => !needed.includes(store)) }
})

/** Whether calls fail while a store is away: keys are in the database; budgets are in Redis unless there is a database for them. */
const isNeeded = (store: string, { sql, whenDown }: Stores = {}): boolean =>
  whenDown === undefined ? store === "database" || sql === undefined : whenDown === "fail"

const wordsOf = ({ reasons, without }: Effect.Success<typeof state>) => ({
  status: reasons.length === 0 ? "ready" : "unready",
  ...(reasons.length > 0 && { reasons }),
  ...(without.length > 0 && { without })
})

const readiness = Effect.map(state, (state) =>
  state.reasons.length === 0
    ? json(wordsOf(state), { headers: uncached })
    : json(wordsOf(state), { status: 503, headers: { ...uncached, "retry-after": "1" } })
)

/** How a provider does by the calls that were made anyway: nothing is sent to find out. */
interface ProviderHealth {
  readonly status: "ok" | "degraded" | "down" | "unknown"
  readonly deployments: number
  readonly cooling: number
  readonly calls: number
  readonly failed: number
  readonly errorRate: number
}

/** The share of recent calls that fail where something is wrong. */
const degradedAt = 0.1

/** The health of each provider, by the figures of its deployments. */
export const byProvider = (
  stats: { readonly [model: string]: ReadonlyArray<Stats> },
  nowMillis: number
): { readonly [provider: string]: ProviderHealth } => {
  const all = Map.groupBy(Object.values(stats).flat(), ({ model }) => ModelId.parse(model)?.provider ?? model)
  return Object.fromEntries(
    [...all].map(([provider, deployments]): readonly [string, ProviderHealth] => {
      const cooling = deployments.filter(({ coolingUntil = 0 }) => coolingUntil > nowMillis).length
      const called = deployments.filter(({ calls }) => calls > 0)
      const errorRate = Math.max(0, ...called.map(({ errorRate }) => errorRate))
      const status =
        called.length === 0
          ? "unknown"
          : cooling === deployments.length
            ? "down"
            : cooling > 0 || errorRate > degradedAt
              ? "degraded"
              : "ok"
      return [
        provider,
        {
          status,
          deployments: deployments.length,
          cooling,
          calls: sum(called.map(({ calls }) => calls)),
          failed: sum(called.map(({ failed }) => failed)),
          errorRate
        }
      ]
    })
  )
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

/** Whether the process lives, whether it can serve, and how the providers do. */
export const health: ReadonlyArray<Route<Lifecycle | Store | CurrentSettings | Models>> = [
  {
    method: "GET",
    path: "/health/live",
    dialect: openAi,
    access: "open",
    run: () => Effect.succeed(json({ status: "live" }, { headers: uncached }))
  },
  { method: "GET", path: "/health/ready", dialect: openAi, access: "open", run: () => readiness },
  {
    method: "GET",
    path: "/health",
    dialect: openAi,
    access: "key",
    run: Effect.fnUntraced(function* () {
      const words = wordsOf(yield* state)
      const providers = byProvider(yield* Effect.flatMap(Models, ({ stats }) => stats), yield* Clock.currentTimeMillis)
      return json({ reasons: [], ...words, providers }, { headers: uncached })
    })
  }
]
