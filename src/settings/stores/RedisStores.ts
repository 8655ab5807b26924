import * as NodeRedis from "@effect/platform-node/NodeRedis"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Persistence from "effect/persistence/Persistence"
import * as Redis from "effect/persistence/Redis"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { Budgets } from "effect-llm/policies/Budgets"
import * as BudgetStoreRedis from "effect-llm/policies/BudgetStoreRedis"
import * as RateLimitRedis from "effect-llm/policies/RateLimitRedis"
import * as Channel from "./Channel.ts"
import * as SharedAffinity from "./SharedAffinity.ts"

/** Every store, in the Redis at an address; fails where it is away. */
export const layer = (address: Redacted.Redacted, prefix: string) => Layer.provide(storesOf(prefix), clientOf(address))

/** The same in a Redis that may be away: what needs it fails until it is there. */
export const layerPatient = (address: Redacted.Redacted, prefix: string) =>
  Layer.provide(storesOf(prefix), patientClientOf(address))

const storesOf = (prefix: string) =>
  Layer.mergeAll(
    CircuitBreaker.layerStoreRedis({ prefix: `${prefix}:circuits` }),
    RateLimitRedis.layerStore({ prefix: `${prefix}:limits` }),
    Layer.provide(Budgets.layer, BudgetStoreRedis.layer({ prefix: `${prefix}:budgets` })),
    Persistence.layerRedis,
    Channel.layerRedis(`${prefix}:channel`),
    Layer.provide(
      Layer.merge(SharedAffinity.pins(prefix), SharedAffinity.origins(prefix)),
      Persistence.layerBackingRedis
    )
  )

/** What is sent while the connection is lost fails at once, and does not wait for it. */
const clientOf = (address: Redacted.Redacted): Layer.Layer<Redis.Redis, Redis.RedisError> =>
  NodeRedis.layer({ url: Redacted.value(address), disableOfflineQueue: true })

const patientClientOf = (address: Redacted.Redacted): Layer.Layer<Redis.Redis> =>
  Layer.effect(
    Redis.Redis,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      let current: Redis.Redis["Service"] | undefined
      yield* Layer.buildWithScope(clientOf(address), scope).pipe(
        Effect.tapError(() => Effect.logWarning("Redis is away; trying again")),
        Effect.retry(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])),
        Effect.map((services) => {
          current = Context.get(services, Redis.Redis)
        }),
        Effect.forkScoped({ startImmediately: true })
      )
      const client = Effect.suspend(() =>
        current === undefined
          ? Effect.fail(new Redis.RedisError({ cause: new Error("Redis is away") }))
          : Effect.succeed(current)
      )
      return Redis.Redis.of({
        send: (command, ...args) => Effect.flatMap(client, ({ send }) => send(command, ...args)),
        subscribe: (channel) =>
          Effect.flatMap(Effect.retry(client, Schedule.spaced("1 second")), ({ subscribe }) => subscribe(channel)).pipe(
            Effect.orDie
          ),
        eval:
          (script) =>
          (...params) =>
            Effect.flatMap(client, (redis) => redis.eval(script)(...params)),
        reserve: Effect.flatMap(client, ({ reserve }) => reserve)
      })
    })
  )
