import * as Duration from "effect/Duration"
import { LocalRateLimitError } from "../../domain/PolicyErrors.ts"
import type { RateLimits } from "../../domain/RateLimits.ts"
import type { Limits } from "../Deployment.ts"
import { RollingSum } from "./RollingSum.ts"

interface Window {
  readonly name: string
  readonly limit: number | undefined
  readonly remaining: number
  readonly resetsAtMillis: number | undefined
}

const defaultResetMillis = 60_000
/** The end of a call cannot be foreseen. */
const placeMillis = 1000

const windowOf = ({ per = "1 minute" }: Limits): number => Duration.toMillis(Duration.fromInputUnsafe(per))

/** Why a limit permits no call now, and for how many milliseconds. */
export interface UsedUp {
  readonly because: string
  readonly millis: number
}

/** The remaining quota of a deployment, by the provider's headers and by its own limits. */
export class Quota {
  #limits: Limits
  #windowMillis: number
  #requests: RollingSum
  #tokens: RollingSum
  #usd: RollingSum
  #reported: Array<Window> = []
  #reportedAtMillis = 0
  #startedSinceReport = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#windowMillis = windowOf(limits)
    this.#requests = new RollingSum(this.#windowMillis)
    this.#tokens = new RollingSum(this.#windowMillis)
    this.#usd = new RollingSum(this.#windowMillis)
  }

  /** Sets other limits. Earlier use still counts, unless the window differs. */
  limit(limits: Limits): void {
    this.#limits = limits
    const windowMillis = windowOf(limits)
    if (windowMillis === this.#windowMillis) return
    this.#windowMillis = windowMillis
    this.#requests = new RollingSum(windowMillis)
    this.#tokens = new RollingSum(windowMillis)
    this.#usd = new RollingSum(windowMillis)
  }

  begin(tokens: number, now: number): void {
    this.#startedSinceReport++
    this.#requests.add(1, now)
    this.#tokens.add(tokens, now)
  }

  /** Takes a call back that was not made. */
  uncall(begunAt: number, now: number): void {
    this.#startedSinceReport = Math.max(0, this.#startedSinceReport - 1)
    this.#requests.correct(-1, begunAt, now)
  }

  /** Corrects the estimate of a call. */
  end(moreTokens: number, usd: number, begunAt: number, now: number): void {
    if (moreTokens !== 0) this.#tokens.correct(moreTokens, begunAt, now)
    if (usd > 0) this.#usd.add(usd, now)
  }

  /** What the provider says is left; a limit that it says is used up for longer than `longestMillis` is tried again after that. */
  report(rateLimits: RateLimits, longestMillis: number, now: number): void {
    this.#startedSinceReport = 0
    this.#reported = []
    for (const name in rateLimits) {
      const { limit, remaining, resetAfter } = rateLimits[name] ?? {}
      if (remaining === undefined) continue
      const resetsAtMillis = resetAfter && now + Math.min(Duration.toMillis(resetAfter), longestMillis)
      this.#reported.push({ name, limit, remaining, resetsAtMillis })
    }
    this.#reportedAtMillis = now
  }

  /** From 0 to 1. */
  headroom(busy: number, now: number): number | undefined {
    const { concurrency, requests, tokens, usd } = this.#limits
    let least: number | undefined
    const add = (left: number, limit: number | undefined) => {
      if (limit !== undefined && limit > 0) least = Math.min(least ?? 1, Math.max(0, left / limit))
    }
    for (const { limit, name, remaining, resetsAtMillis } of this.#reported) {
      if (now >= (resetsAtMillis ?? this.#reportedAtMillis + defaultResetMillis)) add(limit ?? 0, limit)
      else add(name === "requests" ? remaining - this.#startedSinceReport : remaining, limit)
    }
    if (requests !== undefined) add(requests - this.#requests.sum(now), requests)
    if (tokens !== undefined) add(tokens - this.#tokens.sum(now), tokens)
    if (usd !== undefined) add(usd - this.#usd.sum(now), usd)
    if (concurrency !== undefined) add(concurrency - busy, concurrency)
    return least
  }

  /** The error of a call that the limits of a deployment do not permit when it is to begin. */
  refusal(deployment: string, needed: number, busy: number, now: number): LocalRateLimitError | undefined {
    const { concurrency, requests, tokens } = this.#limits
    const refused = (limit: LocalRateLimitError["limit"], allowed: number, requested: number, millis: number) => {
      const retryAfter = millis === Infinity ? undefined : Duration.millis(Math.ceil(millis))
      return new LocalRateLimitError({ key: deployment, limit, allowed, requested, retryAfter })
    }
    if (concurrency !== undefined && busy >= concurrency) return refused("concurrency", concurrency, 1, placeMillis)
    const forRequests = requests === undefined ? 0 : this.#requests.freeIn(1, requests, now)
    if (requests !== undefined && forRequests > 0) return refused("requests", requests, 1, forRequests)
    const forTokens = tokens === undefined ? 0 : this.#tokens.freeIn(needed, tokens, now)
    return tokens !== undefined && forTokens > 0 ? refused("tokens", tokens, needed, forTokens) : undefined
  }

  /** The limit that does not permit a call of so many tokens now, if there is one. */
  usedUp(needed: number, usdNeeded: number, busy: number, now: number): UsedUp | undefined {
    for (const { name, remaining, resetsAtMillis } of this.#reported) {
      if (remaining > 0 || resetsAtMillis === undefined || now >= resetsAtMillis) continue
      return usedUp(`the provider's rate limit of ${name}`, resetsAtMillis - now)
    }
    const { concurrency, requests, tokens, usd } = this.#limits
    if (concurrency !== undefined && busy >= concurrency) {
      return { because: `its limit of ${concurrency} concurrent calls is used up`, millis: Infinity }
    }
    return (
      exceeded(requests, this.#requests, 1, "requests", now) ??
      exceeded(tokens, this.#tokens, needed, "tokens", now) ??
      exceeded(usd, this.#usd, usdNeeded, "USD", now)
    )
  }
}

const exceeded = (
  limit: number | undefined,
  sum: RollingSum,
  amount: number,
  what: string,
  now: number
): UsedUp | undefined => {
  const millis = limit === undefined ? 0 : sum.freeIn(amount, limit, now)
  return millis > 0 ? usedUp(`its limit of ${limit} ${what}`, millis) : undefined
}

const usedUp = (limit: string, millis: number): UsedUp => ({
  because:
    millis === Infinity
      ? `${limit} does not permit a call of this size`
      : `${limit} is used up for ${Duration.format(Duration.millis(Math.ceil(millis)))}`,
  millis
})
