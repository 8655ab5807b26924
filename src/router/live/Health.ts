import * as Duration from "effect/Duration"
import { isTooLarge } from "../../domain/ErrorFields.ts"
import type { PolicyError } from "../../domain/ChatResponse.ts"
import { retryAfter, tagOf } from "../../domain/ProviderError.ts"

/** How long a deployment that fails is not called, in milliseconds. */
export interface Cooling {
  /** After how many faults in a row. */
  readonly faults: number
  /** The first pause after them; doubled for each failed probe. */
  readonly first: number
  readonly longest: number
  /** The longest `Retry-After` to honour. */
  readonly retryAfterLimit: number
}

/** Errors that are the provider's fault, not the caller's. */
const faults: ReadonlySet<string> = new Set([
  "OverloadedError",
  "ServerError",
  "NetworkError",
  "TimeoutError",
  "ResponseParseError",
  "StreamInterruptedError"
])

export type Judgement = "fault" | "limited" | "open" | "alive" | "nothing"

interface Failure {
  readonly _tag?: string
  readonly status?: number
  readonly phase?: string
}

/** The error that counts: the last one of a chain within. */
export const innermost = (error: unknown): unknown => {
  const { _tag, last, reason } = (error ?? {}) as {
    readonly _tag?: string
    readonly last?: unknown
    readonly reason?: unknown
  }
  if (_tag === "AllFailedError") return innermost(last)
  return _tag === "PartialEmbeddingError" ? innermost(reason) : error
}

/** Errors of policies that refuse a call, whatever the deployment would have said. */
const refusals: ReadonlySet<unknown> = new Set([
  "BudgetExceededError",
  "GuardrailError",
  "LocalRateLimitError",
  "PolicyStoreError"
] satisfies ReadonlyArray<PolicyError["_tag"]>)

/** Whether a call ended by a refusal of ours, which says nothing of the deployment. */
export const isRefusal = (error: unknown): boolean => refusals.has(tagOf(innermost(error)))

/** What an error says of the provider: one that its caller caused says only that it is alive. */
const judge = (error: unknown, isOpen: boolean): Judgement => {
  const { _tag = "", phase, status } = (error ?? {}) as Failure
  // A stream that is still running at the end of its time is long, not sick.
  if (isOpen && phase === "total") return "nothing"
  if (faults.has(_tag)) return "fault"
  if (_tag === "RateLimitError" || _tag === "QuotaExceededError") {
    return isTooLarge(error as object) ? "nothing" : "limited"
  }
  if (_tag === "CircuitOpenError") return "open"
  return status !== undefined && status >= 400 && status < 500 ? "alive" : "nothing"
}

/**
 * Whether a deployment may be called. After some faults in a row it cools down for a short time, then one call at a time probes it
 * until one succeeds. A `Retry-After` is honoured.
 */
export class Health {
  cooling: Cooling
  #faults = 0
  #limits = 0
  #until = 0
  #because = ""
  #isRequested = false
  #isProbed = false

  constructor(cooling: Cooling) {
    this.cooling = cooling
  }

  /** When it may be called again, or 0. */
  coolingUntil(now: number): number {
    return this.#until > now ? this.#until : 0
  }

  /** Whether it cools down at the provider's request, rather than for its faults. */
  get isRequested(): boolean {
    return this.#isRequested
  }

  /** Why it is not called now; `undefined` when it may be. */
  refusal(now: number): string | undefined {
    if (this.#until > now) return `${this.#because}; cooling for ${Duration.format(Duration.millis(this.#until - now))}`
    return this.#isRecovering && this.#isProbed
      ? `${this.#because}; one call probes whether it has recovered`
      : undefined
  }

  /** Counts a call that begins, and returns whether it is a probe. */
  begin(now: number): boolean {
    const isProbe = this.#isRecovering && this.#until <= now
    if (isProbe) this.#isProbed = true
    return isProbe
  }

  /** Counts a call that succeeded, which may have begun before the provider asked to wait. */
  succeeded(now: number): void {
    this.#faults = 0
    if (this.#isRequested && this.#until > now) return
    this.#limits = 0
    this.#until = 0
    this.#isRequested = false
  }

  ended(isProbe: boolean): void {
    if (isProbe) this.#isProbed = false
  }

  /** Counts a call that failed; `isOpen`: after its first content. */
  failed(error: unknown, now: number, isOpen = false): Judgement {
    const judgement = judge(error, isOpen)
    const requestedDelay = retryAfter(error)
    const tag = (error as Failure | undefined)?._tag ?? "an error"
    if (judgement === "alive") this.#faults = 0
    if (judgement === "fault") this.#faults++
    if (judgement === "limited") this.#limits++
    if (judgement === "nothing" || judgement === "alive") return judgement
    if (requestedDelay !== undefined) {
      const what = judgement === "open" ? "its circuit is open" : `asked to wait (${tag})`
      this.#cool(now, Math.min(Duration.toMillis(requestedDelay), this.cooling.retryAfterLimit), what, true)
    } else if (judgement === "limited") {
      // No short wait gives an account its quota back: it is passed over, but nobody waits for it.
      const isUsedUp = tag === "QuotaExceededError"
      this.#cool(now, this.#pause(this.#limits), isUsedUp ? "its quota is used up" : `rate limited (${tag})`, !isUsedUp)
    } else if (judgement === "fault" && this.#isRecovering) {
      const failed = this.#faults === 1 ? "a call failed" : `${this.#faults} calls in a row failed`
      this.#cool(now, this.#pause(this.#faults - this.cooling.faults + 1), `${failed}, the last with ${tag}`, false)
    }
    return judgement
  }

  get #isRecovering(): boolean {
    return this.#faults >= this.cooling.faults
  }

  #pause(times: number): number {
    return Math.min(this.cooling.longest, this.cooling.first * 2 ** Math.min(20, times - 1))
  }

  #cool(now: number, millis: number, because: string, isRequested: boolean): void {
    if (now + millis < this.#until) return
    this.#until = now + millis
    this.#because = because
    this.#isRequested = isRequested
  }
}
