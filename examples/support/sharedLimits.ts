import { NodeRedis } from "@effect/platform-node"
import { Layer, Redacted } from "effect"
import { OpenAi } from "effect-llm"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as Budget from "effect-llm/policies/Budget"
import { Budgets } from "effect-llm/policies/Budgets"
import * as BudgetStoreRedis from "effect-llm/policies/BudgetStoreRedis"
import * as RateLimit from "effect-llm/policies/RateLimit"
import * as RateLimitRedis from "effect-llm/policies/RateLimitRedis"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const model = OpenAi.model("gpt-6-luna")

/** Twenty requests in any minute. */
export const limited = model.pipe(RateLimit.make({ key: "team", requests: 20, per: "1 minute" }))

/** Half a thousandth of a dollar in a day. */
export const budget = Budget.usd("user-ada", { limit: "0.0005", per: "day" })
export const budgeted = model.pipe(Budget.enforce(budget))

/** Three calls at a time. When a process dies, its places are free after two seconds, and its reservations after three. */
export const project = Budget.usd("project", { limit: "1", per: "day" })
export const atMostThree = model.pipe(
  Budget.enforce(project),
  RateLimit.make({ key: "project", concurrency: 3, lease: "2 seconds" })
)

/** What each process needs: all of it is in one Redis. */
export const shared = (redisUrl: string, openAiUrl: string) =>
  Layer.mergeAll(
    RateLimitRedis.layerStore(),
    Budgets.layerWith({ reservationTtl: "3 seconds", whenAbandoned: "release" }).pipe(
      Layer.provide(BudgetStoreRedis.layer())
    )
  )
    .pipe(
      // Else a process cannot end while Redis is down: node-redis waits for the commands that it has queued.
      Layer.provide(NodeRedis.layer({ url: redisUrl, disableOfflineQueue: true })),
      Layer.merge(Pricing.layer),
      Layer.merge(OpenAi.layer({ apiKey: Redacted.make("simulated"), baseUrl: openAiUrl }))
    )
    .pipe(Layer.provide(UndiciClient.layer))
