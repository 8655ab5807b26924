/**
 * Keeps budgets in the memory of this process, which forgets them when it ends.
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Budgets } from "effect-llm/policies/Budgets"
 * import * as BudgetStoreMemory from "effect-llm/policies/BudgetStoreMemory"
 *
 * const budgets = Budgets.layer.pipe(Layer.provide(BudgetStoreMemory.layer))
 * ```
 *
 * `Budgets.layerMemory` is the same, shorter.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MemoryLedger } from "./budget/MemoryLedger.ts"
import { BudgetStore } from "./BudgetStore.ts"

/**
 * A store in memory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BudgetStore> = Layer.effect(
  BudgetStore,
  Effect.sync(() => {
    const ledger = new MemoryLedger()
    return {
      reserve: (request) => Effect.sync(() => ledger.reserve(request)),
      settle: (id, charges, expiresAt) => Effect.sync(() => ledger.settle(id, charges, expiresAt)),
      renew: (ids, expiresAt) => Effect.sync(() => ledger.renew(ids, expiresAt)),
      expire: (now, whenAbandoned) => Effect.sync(() => ledger.expire(now, whenAbandoned)),
      balance: (account, start) => Effect.sync(() => ledger.balance(account, start)),
      atOnce: {
        reserve: (request) => ledger.reserve(request),
        settle: (id, charges, expiresAt) => {
          ledger.settle(id, charges, expiresAt)
          return "settled"
        }
      }
    }
  })
)
