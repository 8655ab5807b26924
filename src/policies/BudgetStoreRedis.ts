/**
 * Keeps budgets in Redis, shared by all processes that use it. Each operation is one atomic script.
 *
 * ```ts
 * import { NodeRedis } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { Budgets } from "effect-llm/policies/Budgets"
 * import * as BudgetStoreRedis from "effect-llm/policies/BudgetStoreRedis"
 *
 * const redis = NodeRedis.layer({ url: "redis://localhost:6379", disableOfflineQueue: true })
 * const budgets = Budgets.layer.pipe(Layer.provide(BudgetStoreRedis.layer()), Layer.provide(redis))
 * ```
 *
 * Without `disableOfflineQueue`, a process cannot end while Redis is down: node-redis waits for the commands it has queued.
 *
 * What is spent is as durable as Redis is set to be: without append-only file or snapshots, it forgets with a restart. All keys
 * of a prefix are in one slot of a cluster.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Redis } from "effect/persistence/Redis"
import { BudgetStore, BudgetStoreError } from "./BudgetStore.ts"
import * as scripts from "./budget/RedisScripts.ts"
import { zero } from "./budget/Amounts.ts"

/**
 * `prefix`: what the keys begin with (default: `effect-llm:budgets`).
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetStoreRedisOptions {
  readonly prefix?: string | undefined
}

/** Amounts are exact up to as many decimal places, which is as many as computed costs have. */
const places = 30

const encode = (amount: BigDecimal.BigDecimal): string =>
  BigDecimal.round(amount, { scale: places, mode: "ceil" }).pipe(BigDecimal.scale(places)).value.toString()

const decode = (integer: string | undefined): BigDecimal.BigDecimal =>
  integer === undefined ? zero : BigDecimal.normalize(BigDecimal.make(BigInt(integer), places))

/**
 * A store in Redis.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: BudgetStoreRedisOptions = {}): Layer.Layer<BudgetStore, never, Redis> =>
  Layer.effect(
    BudgetStore,
    Effect.map(Redis, (redis) => {
      const prefix = `{${options.prefix ?? "effect-llm:budgets"}}:`
      const run = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.mapError(effect, (cause) => new BudgetStoreError({ cause }))
      const reserve = redis.eval(scripts.reserve)
      const settle = redis.eval(scripts.settle)
      const renew = redis.eval(scripts.renew)
      const expire = redis.eval(scripts.expire)
      const balance = redis.eval(scripts.balance)
      return {
        reserve: ({ demands, expiresAt, id }) => {
          const rows = demands.map(({ account, amount, at, limit, start }) => [
            account,
            encode(amount),
            encode(limit),
            start,
            at
          ])
          return Effect.map(run(reserve(prefix, id, expiresAt, rows)), ([outcome, ...rest]) =>
            outcome === "granted"
              ? { granted: true, totals: rest.map(decode) }
              : {
                  granted: false,
                  refused: Number(rest[0]),
                  balance: { spent: decode(rest[1]), reserved: decode(rest[2]) }
                }
          )
        },
        settle: (id, charges, expiresAt) => {
          const rows = charges.map(({ account, amount, at }) => [account, encode(amount), at])
          return run(settle(prefix, id, expiresAt, rows))
        },
        renew: (ids, expiresAt) => run(renew(prefix, expiresAt, ids)),
        expire: (now, whenAbandoned) => run(expire(prefix, now, whenAbandoned)),
        balance: (account, start) =>
          Effect.map(run(balance(prefix, account, start)), ([spent, reserved]) => ({
            spent: decode(spent),
            reserved: decode(reserved)
          }))
      }
    })
  )
