import * as BigDecimal from "effect/BigDecimal"
import type { Cost } from "../../domain/Cost.ts"
import { tagOf } from "../../domain/ProviderError.ts"
import type { RateLimits } from "../../domain/RateLimits.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { Limits } from "../Deployment.ts"
import type { LiveStats, Stats } from "../LiveStats.ts"
import { DecayingRate, PeakEwma } from "./Ewma.ts"
import { innermost, isRefusal, type Cooling, Health } from "./Health.ts"
import { Percentiles } from "./Percentiles.ts"
import { Quota } from "./Quota.ts"

const peakDecayMillis = 10_000
const errorDecayMillis = 30_000
/** How long a deployment that is not called counts as slow. */
const forgetMillis = 10_000
/** A failure counts little as long as there are few calls. */
const errorPrior = 2

/** One call to a deployment, from its beginning. */
export interface Tracked {
  readonly startedAtMillis: number
  readonly isStream: boolean
  readonly isProbe: boolean
  readonly estimatedTokens: number
  isOpen: boolean
}

/** How a call ended. */
export type Outcome =
  | { readonly type: "succeeded" }
  | { readonly type: "interrupted" }
  | { readonly type: "failed"; readonly error: unknown }

/** Tracks the calls to one deployment. Cheap per call, nothing per event. */
export class Tracker {
  readonly health: Health
  readonly quota: Quota
  busy = 0
  #calls = 0
  #succeeded = 0
  #failed = 0
  #interrupted = 0
  readonly #errors = new Map<string, number>()
  readonly #opening = new PeakEwma(peakDecayMillis)
  readonly #whole = new PeakEwma(peakDecayMillis)
  readonly #errorRate = new DecayingRate(errorDecayMillis)
  readonly #percentiles = new Percentiles()
  #inputTokens = 0
  #cachedTokens = 0
  #cacheableTokens = 0
  #outputTokens = 0
  #cost = BigDecimal.fromNumberUnsafe(0)
  #unpriced = 0

  constructor(cooling: Cooling, limits: Limits) {
    this.health = new Health(cooling)
    this.quota = new Quota(limits)
  }

  begin(isStream: boolean, estimatedTokens: number, now: number): Tracked {
    this.busy++
    this.#calls++
    this.quota.begin(estimatedTokens, now)
    return { startedAtMillis: now, isStream, isProbe: this.health.begin(now), estimatedTokens, isOpen: false }
  }

  /** Records the first content of a stream, or a whole response. */
  open(call: Tracked, now: number): void {
    if (call.isOpen) return
    call.isOpen = true
    const millis = now - call.startedAtMillis
    const latency = call.isStream ? this.#opening : this.#whole
    latency.add(millis, now)
    this.#percentiles.add(millis)
  }

  report(rateLimits: RateLimits | undefined, now: number): void {
    if (rateLimits !== undefined) this.quota.report(rateLimits, this.health.cooling.retryAfterLimit, now)
  }

  end(call: Tracked, outcome: Outcome, usage: Usage | undefined, cost: Cost | undefined, now: number): void {
    this.busy--
    this.health.ended(call.isProbe)
    const spent = this.#spend(usage, cost, outcome.type === "succeeded")
    const tokens = usage === undefined ? undefined : totalOf(usage)
    // A call that failed before it opened has no known usage.
    const used = tokens ?? (outcome.type === "failed" && !call.isOpen ? 0 : call.estimatedTokens)
    this.quota.end(used - call.estimatedTokens, spent, call.startedAtMillis, now)
    if (outcome.type === "failed" && isRefusal(outcome.error)) {
      // A guard that refuses a response had one.
      if (usage !== undefined || call.isOpen) this.#succeeded++
      else this.#uncall(call, now)
      return
    }
    if (outcome.type === "interrupted") {
      this.#interrupted++
      return
    }
    if (outcome.type === "succeeded") {
      this.#succeeded++
      this.#errorRate.add(false, now)
      this.health.succeeded(now)
      return
    }
    this.#failed++
    this.failed(outcome.error, now, call.isOpen)
  }

  /** Forgets a call that a policy refused before the deployment was called. */
  #uncall({ startedAtMillis }: Tracked, now: number): void {
    this.#calls--
    this.quota.uncall(startedAtMillis, now)
  }

  /** Counts an error, and judges the provider by it. */
  failed(given: unknown, now: number, isOpen = false): void {
    const error = innermost(given)
    const tag = tagOf(error)
    this.#errors.set(tag, (this.#errors.get(tag) ?? 0) + 1)
    const judgement = this.health.failed(error, now, isOpen)
    if (judgement === "fault" || judgement === "limited") this.#errorRate.add(true, now)
  }

  /** `now` is of the steady clock, and `atMillis` the time of day. */
  live(isStream: boolean, now: number, atMillis: number): LiveStats {
    const coolingUntil = this.health.coolingUntil(now)
    return {
      busy: this.busy,
      latencyMillis: this.latency(isStream, now),
      errorRate: this.#errorRate.value(now, errorPrior),
      headroom: this.quota.headroom(this.busy, now),
      coolingUntil: coolingUntil === 0 ? undefined : coolingUntil - now + atMillis
    }
  }

  stats(name: string, model: string, pins: number, now: number, atMillis: number): Stats {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => this.#percentiles.at(share))
    return {
      ...this.live(true, now, atMillis),
      name,
      model,
      calls: this.#calls,
      succeeded: this.#succeeded,
      failed: this.#failed,
      interrupted: this.#interrupted,
      errors: Object.fromEntries(this.#errors),
      latency: p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99 },
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      cost: this.#cost,
      unpriced: this.#unpriced,
      cacheHitRate: this.#cacheableTokens === 0 ? undefined : this.#cachedTokens / this.#cacheableTokens,
      pins
    }
  }

  /** How long a whole response, or the first content of a stream, takes; `undefined` where unknown. */
  latency(isStream: boolean, now: number): number | undefined {
    const own = isStream ? this.#opening : this.#whole
    const other = isStream ? this.#whole : this.#opening
    const known = own.value === undefined ? other : own
    return known.value && known.value * Math.exp(-Math.max(0, now - known.atMillis) / forgetMillis)
  }

  /** Counts the usage of a call; returns its cost in US dollars. */
  #spend(usage: Usage | undefined, cost: Cost | undefined, isWhole: boolean): number {
    const { cacheRead, total = 0 } = usage?.inputTokens ?? {}
    this.#inputTokens += total
    this.#outputTokens += usage?.outputTokens.total ?? 0
    if (cacheRead !== undefined) {
      this.#cachedTokens += cacheRead
      this.#cacheableTokens += total
    }
    if (cost?._tag !== "Priced") {
      if (isWhole) this.#unpriced++
      return 0
    }
    this.#cost = BigDecimal.sum(this.#cost, cost.total)
    return Number(cost.total.value) / 10 ** cost.total.scale
  }
}

const totalOf = ({ inputTokens, outputTokens }: Usage): number | undefined =>
  inputTokens.total === undefined && outputTokens.total === undefined
    ? undefined
    : (inputTokens.total ?? 0) + (outputTokens.total ?? 0)
