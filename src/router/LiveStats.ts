/**
 * The statistics of each deployment of a group, by which strategies choose, and which `stats` shows.
 *
 * ```ts
 * import { Effect } from "effect"
 * import type * as Group from "effect-llm/router/Group"
 *
 * export const slowest = (group: Group.Any) =>
 *   Effect.map(group.stats, (all) => all.toSorted((a, b) => (b.latency.p99 ?? 0) - (a.latency.p99 ?? 0))[0]?.name)
 * ```
 *
 * They are those of this process, and start over with it.
 *
 * @since 0.1.0
 */
import type * as BigDecimal from "effect/BigDecimal"

/**
 * The recent statistics of a deployment.
 *
 * - `busy`: calls in progress.
 * - `latencyMillis`: the time to the first content of a stream, or to a whole response, whichever the call is for; jumps to
 *   each peak and decays from there. `undefined` as long as nothing is known.
 * - `errorRate`: the share of recent calls that failed through the provider's fault, from 0 to 1. Mistakes of callers do not
 *   count.
 * - `headroom`: what is left of the rate limits, the provider's and ours, from 0 to 1; `undefined` where none is known.
 * - `coolingUntil`: when it may be called again, in milliseconds since the epoch; `undefined` if it may be called now.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiveStats {
  readonly busy: number
  readonly latencyMillis: number | undefined
  readonly errorRate: number
  readonly headroom: number | undefined
  readonly coolingUntil: number | undefined
}

/**
 * The statistics of a deployment since its group was made.
 *
 * - `calls`: how many began; of those that ended, some `succeeded`, `failed`, or were `interrupted` by their caller.
 * - `errors`: how often each error occurred, by its tag.
 * - `latency`: percentiles in milliseconds, within 2 %, of the recent calls that opened; streams and whole responses together.
 * - `cost`: US dollars, as far as costs are known; `unpriced` is how many calls have none.
 * - `cacheHitRate`: the share of input tokens that the provider read from its prompt cache; `undefined` where it never reported any.
 * - `pins`: how many sessions or prompts are pinned to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stats extends LiveStats {
  readonly name: string
  readonly model: string
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  readonly interrupted: number
  readonly errors: { readonly [tag: string]: number }
  readonly latency: { readonly p50?: number; readonly p95?: number; readonly p99?: number }
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: BigDecimal.BigDecimal
  readonly unpriced: number
  readonly cacheHitRate: number | undefined
  readonly pins: number
}
