import * as NodeRedis from "@effect/platform-node/NodeRedis"
import * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Persistence from "effect/persistence/Persistence"
import * as Redacted from "effect/Redacted"
import { Budgets } from "effect-llm/policies/Budgets"
import * as BudgetStoreRedis from "effect-llm/policies/BudgetStoreRedis"
import * as RateLimitRedis from "effect-llm/policies/RateLimitRedis"

/** Every store, in the Redis at an address. */
export const layer = (address: Redacted.Redacted, prefix: string) =>
  Layer.mergeAll(
    CircuitBreaker.layerStoreRedis({ prefix: `${prefix}:circuits` }),
    RateLimitRedis.layerStore({ prefix: `${prefix}:limits` }),
    Layer.provide(Budgets.layer, BudgetStoreRedis.layer({ prefix: `${prefix}:budgets` })),
    Persistence.layerRedis
  ).pipe(
    // What is sent while the connection is lost fails at once, and does not wait for it.
    Layer.provide(NodeRedis.layer({ url: Redacted.value(address), disableOfflineQueue: true }))
  )
