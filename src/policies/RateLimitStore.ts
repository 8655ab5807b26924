/**
 * Where `RateLimit` keeps its counts: in the memory of this process (`RateLimit.layerStoreMemory`), or in Redis for many
 * processes (`effect-llm/policies/RateLimitRedis`).
 *
 * ```ts
 * import { Effect } from "effect"
 * import { OpenAi } from "effect-llm"
 * import * as RateLimit from "effect-llm/policies/RateLimit"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(RateLimit.make({ requests: 500, per: "1 minute" }))
 * const response = Effect.provide(model.generate("Hello"), RateLimit.layerStoreMemory)
 * ```
 *
 * Effect's own `RateLimiterStore` cannot keep what `RateLimit` promises: both of its algorithms let up to twice the limit
 * pass within one window, it takes back no tokens, and it takes from one key at a time.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PolicyStoreError } from "../domain/PolicyErrors.ts"

/**
 * What a call takes of one limit. Of a `rate`, `amount` counts for `millis` from the moment that it is taken, so that no
 * more than `limit` is taken within any window of `millis`. Of a `concurrency`, it is a place that is held until it is settled, or
 * until it has not been renewed for `millis`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claim {
  readonly type: "rate" | "concurrency"
  readonly key: string
  readonly limit: number
  readonly millis: number
  /** A whole number. */
  readonly amount: number
}

/**
 * Whether all claims were taken, and how much of each limit `remaining` is then, in the order of the claims. If not, `claim` is
 * the index of the one that has to wait longest, and `retryAfterMillis` how long, where that is known. A caller that waits asks again with its `ticket`, at the latest after `checkAfterMillis`.
 *
 * @since 0.1.0
 * @category models
 */
export type Acquired =
  | { readonly granted: true; readonly remaining: ReadonlyArray<number> }
  | {
      readonly granted: false
      readonly claim: number
      readonly retryAfterMillis: number | undefined
      readonly checkAfterMillis: number
      readonly ticket: number
    }

/**
 * What becomes of a claim at the end of a call: the `amount` that it really took, 0 if it was never taken.
 * `pauseMillis`, `remaining` and `resetMillis` are what the provider said: nothing passes for so long; until it resets, so
 * much remains.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settlement {
  readonly claim: Claim
  readonly amount: number
  readonly pauseMillis?: number | undefined
  readonly remaining?: number | undefined
  readonly resetMillis?: number | undefined
}

/**
 * What a call asks of a store. One that `waits` and was refused queues for what it lacks: later calls leave its share
 * to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface AcquireRequest {
  readonly id: string
  readonly claims: ReadonlyArray<Claim>
  readonly waits: boolean
  readonly ticket: number | undefined
}

/**
 * What becomes of the claims of a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface SettleRequest {
  readonly id: string
  readonly ticket: number | undefined
  readonly settlements: ReadonlyArray<Settlement>
}

/**
 * What a store in memory does without a fiber. `now` is in milliseconds of a clock that never goes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface AtOnce {
  readonly acquire: (request: AcquireRequest, now: number) => Acquired
  readonly settle: (request: SettleRequest, now: number) => void
}

/**
 * Keeps counts, places and waiting lines. Every function is atomic over all of its claims.
 *
 * @since 0.1.0
 * @category services
 */
export class RateLimitStore extends Context.Service<
  RateLimitStore,
  {
    /** Takes all claims or none. */
    readonly acquire: (request: AcquireRequest) => Effect.Effect<Acquired, PolicyStoreError>
    /** Corrects what was taken, returns places, leaves the lines. */
    readonly settle: (request: SettleRequest) => Effect.Effect<void, PolicyStoreError>
    /** Holds places for another while. */
    readonly renew: (
      places: ReadonlyArray<{ readonly id: string; readonly key: string; readonly millis: number }>
    ) => Effect.Effect<void, PolicyStoreError>
    /**
     * Tells the one that has listened longest when something of a key may have become free through this process, until the
     * function that it returns is called.
     */
    readonly onFreed: (key: string, listener: () => void) => () => void
    /** Of a store in memory: the same as `acquire` and `settle`. Its accesses end at once, and need no time limit. */
    readonly atOnce?: AtOnce | undefined
  }
>()("effect-llm/policies/RateLimitStore") {}
