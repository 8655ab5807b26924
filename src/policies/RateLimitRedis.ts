/**
 * Keeps the counts of `RateLimit` in Redis, so that many processes share one limit.
 *
 * ```ts
 * import { Layer } from "effect"
 * import { NodeRedis } from "@effect/platform-node"
 * import * as RateLimitRedis from "effect-llm/policies/RateLimitRedis"
 *
 * const redis = NodeRedis.layer({ url: "redis://localhost", disableOfflineQueue: true })
 * const store = RateLimitRedis.layerStore().pipe(Layer.provide(redis))
 * ```
 *
 * Without `disableOfflineQueue`, a process cannot end while Redis is down: node-redis waits for the commands it has queued.
 *
 * Each access is one atomic script of about a tenth of a millisecond. Times are those of Redis's clock, so the clocks of the
 * processes do not matter; what passes counts for 20 ms more than the window, since a call is sent a little after it was let
 * pass. A limit takes at most 200 kB beside its calls in flight, however many it lets pass. In a Redis Cluster all keys lie in the
 * slot of `prefix`, which is a hash tag.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redis from "effect/persistence/Redis"
import { PolicyStoreError } from "../domain/PolicyErrors.ts"
import { Listeners } from "./rateLimit/Listeners.ts"
import * as Scripts from "./rateLimit/Scripts.ts"
import { type Claim, RateLimitStore } from "./RateLimitStore.ts"

/** How soon the first of those who wait looks again for what other processes have returned; the others less often. */
const checkMillis = { concurrency: 50, rate: 250 }
const longestCheckMillis = 1000
/** By how much calls may be sent later than others after they were let pass. */
const sendingMillis = 20
/** Places renewed by one script, which blocks Redis for about a millisecond. */
const placesPerScript = 500

/**
 * A store in Redis. Keys begin with `{prefix}`, by default `{effect-llm:limits}`; they expire on their own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStore = (
  options: { readonly prefix?: string | undefined } = {}
): Layer.Layer<RateLimitStore, never, Redis.Redis> =>
  Layer.effect(
    RateLimitStore,
    Effect.map(Redis.Redis, (redis) => make(redis, `{${options.prefix ?? "effect-llm:limits"}}:`))
  )

const make = (redis: Redis.Redis["Service"], prefix: string): typeof RateLimitStore.Service => {
  const listeners = new Listeners()
  const acquire = redis.eval(Scripts.acquire)
  const settle = redis.eval(Scripts.settle)
  const renew = redis.eval(Scripts.renew)
  const prefixed = <A extends { readonly key: string }>(value: A): A => ({ ...value, key: prefix + value.key })
  const toClaim = (claim: Claim): Claim => ({
    ...prefixed(claim),
    millis: claim.millis + (claim.type === "rate" ? sendingMillis : 0)
  })

  return {
    acquire: ({ claims, id, ticket: given, waits }) =>
      acquire(id, given, waits, claims.map(toClaim)).pipe(
        Effect.map(([index = 0, ...said]) => {
          if (index === 0) {
            if (given !== undefined) listeners.notify(claims.map(({ key }) => key))
            return { granted: true, remaining: said } as const
          }
          const [wait = -1, ticket = 0, waiting = 0] = said
          const claim = index - 1
          const checkAfterMillis = Math.min(
            longestCheckMillis,
            checkMillis[claims[claim]?.type ?? "rate"] * (1 + waiting)
          )
          return {
            granted: false,
            claim,
            retryAfterMillis: wait < 0 ? undefined : wait,
            checkAfterMillis,
            ticket
          } as const
        }),
        Effect.mapError(storeError)
      ),
    settle: ({ id, settlements, ticket }) =>
      settle(
        id,
        ticket,
        settlements.map((settlement) => ({ ...settlement, claim: toClaim(settlement.claim) }))
      ).pipe(
        Effect.ensuring(Effect.sync(() => listeners.notify(settlements.map(({ claim }) => claim.key)))),
        Effect.mapError(storeError)
      ),
    renew: (places) =>
      Effect.forEach(chunks(places.map(prefixed)), (chunk) => renew(chunk), { discard: true }).pipe(
        Effect.mapError(storeError)
      ),
    onFreed: listeners.add
  }
}

const chunks = <A>(values: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(values.length / placesPerScript) }, (_, index) =>
    values.slice(index * placesPerScript, (index + 1) * placesPerScript)
  )

const storeError = (cause: unknown): PolicyStoreError => new PolicyStoreError({ policy: "RateLimit", cause })
