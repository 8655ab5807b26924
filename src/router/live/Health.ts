import * as Duration from "effect/Duration"
import { isTooLarge } from "../../domain/ErrorFields.ts"
import { retryAfter } from "../../domain/ProviderError.ts"

/** When a deployment that fails is left alone, in milliseconds. */
export interface Cooling {
  /** So many faults in a row. */
  readonly faults: number
  /** The first pause after them; doubled for each failed probe. */
  readonly first: number
  readonly longest: number
  /** The longest `Retry-After` to honour. */
  readonly retryAfterLimit: number
}

/** Errors that tell something of the provider, whoever calls it. */
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
}

/** The error that counts: of a chain within, that of its last attempt. */
export const behind = (error: unknown): unknown => {
  const { _tag, last, reason } = (error ?? {}) as {
    readonly _tag?: string
    readonly last?: unknown
    readonly reason?: unknown
  }
  if (_tag === "AllFailedError") return behind(last)
  return _tag === "PartialEmbeddingError" ? behind(reason) : error
}

/** What an error says of the provider: what a caller earned says nothing, except that it is alive. */
const judge = (error: unknown): Judgement => {
  const { _tag = "", status } = (error ?? {}) as Failure
  if (faults.has(_tag)) return "fault"
  if (_tag === "RateLimitError" || _tag === "QuotaExceededError") {
    return isTooLarge(error as object) ? "nothing" : "limited"
  }
  if (_tag === "CircuitOpenError") return "open"
  return status !== undefined && status >= 400 && status < 500 ? "alive" : "nothing"
}

/**
 * Whether a deployment may be called. After some faults in a row it is left alone for a short time, then probed by one call at
 * a time until one succeeds; a `Retry-After` is kept to.
 */
export class Health {
  readonly #cooling: Cooling
  #faults = 0
  #limits = 0
  #until = 0
  #because = ""
  #isAsked = false
  #isProbed = false

  constructor(cooling: Cooling) {
    this.#cooling = cooling
  }

  /** Until when it is left alone, or 0. */
  coolingUntil(now: number): number {
    return this.#until > now ? this.#until : 0
  }

  /** Whether it is left alone because it was asked for, rather than for the faults that it had. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  /** Why it is not called now; `undefined` when it may be. */
  refusal(now: number): string | undefined {
    if (this.#until > now) return `${this.#because}; cooling for ${Duration.format(Duration.millis(this.#until - now))}`
    return this.#isRecovering && this.#isProbed
      ? `${this.#because}; one call probes whether it has recovered`
      : undefined
  }

  /** A call begins; whether it is a probe. */
  begin(now: number): boolean {
    const isProbe = this.#isRecovering && this.#until <= now
    if (isProbe) this.#isProbed = true
    return isProbe
  }

  /** A call succeeded; it may have begun before what was asked for since. */
  succeeded(now: number): void {
    this.#faults = 0
    if (this.#isAsked && this.#until > now) return
    this.#limits = 0
    this.#until = 0
    this.#isAsked = false
  }

  ended(isProbe: boolean): void {
    if (isProbe) this.#isProbed = false
  }

  failed(error: unknown, now: number): Judgement {
    const judgement = judge(error)
    const asked = retryAfter(error)
    const tag = (error as Failure | undefined)?._tag ?? "an error"
    if (judgement === "alive") this.#faults = 0
    if (judgement === "fault") this.#faults++
    if (judgement === "limited") this.#limits++
    if (judgement === "nothing" || judgement === "alive") return judgement
    if (asked !== undefined) {
      const what = judgement === "open" ? "its circuit is open" : `asked to wait (${tag})`
      this.#cool(now, Math.min(Duration.toMillis(asked), this.#cooling.retryAfterLimit), what, true)
    } else if (judgement === "limited") {
      this.#cool(now, this.#pause(this.#limits), `rate limited (${tag})`, true)
    } else if (judgement === "fault" && this.#isRecovering) {
      const failed = this.#faults === 1 ? "a call failed" : `${this.#faults} calls in a row failed`
      this.#cool(now, this.#pause(this.#faults - this.#cooling.faults + 1), `${failed}, the last with ${tag}`, false)
    }
    return judgement
  }

  get #isRecovering(): boolean {
    return this.#faults >= this.#cooling.faults
  }

  #pause(times: number): number {
    return Math.min(this.#cooling.longest, this.#cooling.first * 2 ** Math.min(20, times - 1))
  }

  #cool(now: number, millis: number, because: string, isAsked: boolean): void {
    if (now + millis < this.#until) return
    this.#until = now + millis
    this.#because = because
    this.#isAsked = isAsked
  }
}
