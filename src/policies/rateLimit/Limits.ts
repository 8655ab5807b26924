import * as Duration from "effect/Duration"
import type { LocalRateLimitError } from "../../domain/PolicyErrors.ts"
import type { CallInfo } from "../Policy.ts"
import type { Claim } from "../RateLimitStore.ts"

/**
 * How much may pass: requests and tokens within any window of `per`, and calls at the same time. At least one of them is
 * given; all hold.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  /**
   * What is counted together: a text, or one for each call, such as its user, key or model. A limit does not apply to calls
   * for which it is `undefined`. Default: the id of the model.
   */
  readonly key?: string | ((call: CallInfo) => string | undefined) | undefined
  readonly requests?: number | undefined
  /** Input and output together. */
  readonly tokens?: number | undefined
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  /** Default 1 minute. */
  readonly per?: Duration.Input | undefined
  readonly concurrency?: number | undefined
}

/**
 * What is counted.
 *
 * @since 0.1.0
 * @category models
 */
export type Meter = "requests" | "tokens" | "inputTokens" | "outputTokens" | "concurrency"

/**
 * The amounts that a call takes of each meter. If the request does not limit its output, that is a guess, which is no reason to
 * reject it.
 */
export interface Amounts {
  readonly input: number
  readonly output: number
  readonly isGuess: boolean
}

/**
 * What is left of a limit when a call has passed: `remaining` of its `limit` in the window of `millis`. `key` is what it counts
 * together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Left {
  readonly key: string
  readonly meter: Meter
  readonly limit: number
  readonly remaining: number
  readonly millis: number
}

/** A claim of a call, and the words in which errors and decisions name its limit. */
export interface NamedClaim extends Claim {
  readonly meter: Meter
  readonly name: string
  /** What the call needs at least. */
  readonly needed: number
}

export const kindOf = (meter: Meter): LocalRateLimitError["limit"] =>
  meter === "requests" || meter === "concurrency" ? meter : "tokens"

class Row {
  readonly meter: Meter
  readonly key: Limit["key"]
  readonly limit: number
  readonly millis: number
  /** The name that was asked for last: most limits have only one. */
  #name: string | undefined
  #key = ""

  constructor(meter: Meter, key: Limit["key"], limit: number, millis: number) {
    this.meter = meter
    this.key = key
    this.limit = limit
    this.millis = millis
  }

  /** The key that a name is counted under. */
  keyOf(name: string): string {
    if (name === this.#name) return this.#key
    this.#name = name
    return (this.#key = this.meter === "concurrency" ? `${this.meter}/${name}` : `${this.meter}/${this.millis}/${name}`)
  }
}

const meters = ["requests", "tokens", "inputTokens", "outputTokens", "concurrency"] as const

/** The limits as claims are made of them. Throws a `RangeError` for a limit that is none. */
export class Limits {
  readonly needsTokens: boolean
  readonly #rows: ReadonlyArray<Row>

  constructor(limits: ReadonlyArray<Limit>, leaseMillis: number) {
    if (limits.length === 0) throw new RangeError("RateLimit needs at least one limit")
    this.#rows = limits.flatMap((limit) => {
      const millis = limit.per === undefined ? 60_000 : positiveMillis("per", limit.per)
      const given = meters.filter((meter) => limit[meter] !== undefined)
      if (given.length === 0) throw new RangeError(`RateLimit needs at least one of ${meters.join(", ")}`)
      return given.map(
        (meter) =>
          new Row(meter, limit.key, positive(meter, limit[meter]), meter === "concurrency" ? leaseMillis : millis)
      )
    })
    this.needsTokens = this.#rows.some(({ meter }) => meter.endsWith("okens"))
  }

  /** What a call takes of the limits that apply to it; of two limits with the same key and window, the lower one holds. */
  claims(call: CallInfo, amounts: Amounts): ReadonlyArray<NamedClaim> {
    const claims: Array<NamedClaim> = []
    for (const row of this.#rows) {
      const { key: keyed, limit, meter, millis } = row
      const name = typeof keyed === "function" ? keyed(call) : (keyed ?? call.model.id)
      if (name === undefined) continue
      const type = meter === "concurrency" ? "concurrency" : "rate"
      const key = row.keyOf(name)
      const same = claims.findIndex((claim) => claim.key === key)
      if (same !== -1 && claims[same] !== undefined && claims[same].limit <= limit) continue
      const needed = neededOf(meter, amounts)
      const amount = Math.max(needed, Math.min(amountOf(meter, amounts), limit))
      const claim: NamedClaim = { type, key, limit, millis, amount, meter, name, needed }
      if (same === -1) claims.push(claim)
      else claims[same] = claim
    }
    return claims
  }
}

/** The tokens of a meter, at least 1. */
export const amountOf = (meter: Meter, { input, output }: Omit<Amounts, "isGuess">): number => {
  switch (meter) {
    case "tokens":
      return Math.max(1, input + output)
    case "inputTokens":
      return Math.max(1, input)
    case "outputTokens":
      return Math.max(1, output)
    default:
      return 1
  }
}

const neededOf = (meter: Meter, amounts: Amounts): number =>
  amountOf(meter, amounts.isGuess ? { input: amounts.input, output: 0 } : amounts)

const positive = (name: string, value: unknown): number => {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value
  throw new RangeError(`RateLimit: \`${name}\` must be a positive whole number, not ${String(value)}`)
}

/** The milliseconds of a duration that is neither zero nor infinite. */
export const positiveMillis = (name: string, value: Duration.Input): number => {
  const millis = millisOf(name, value)
  if (millis > 0 && Number.isFinite(millis)) return millis
  throw new RangeError(
    `RateLimit: \`${name}\` must be a positive duration, not ${Duration.format(Duration.millis(millis))}`
  )
}

/** The milliseconds of a duration. */
export const millisOf = (name: string, value: Duration.Input): number => {
  const duration = Duration.fromInput(value)
  if (duration._tag === "Some" && !(typeof value === "number" && Number.isNaN(value)))
    return Duration.toMillis(duration.value)
  throw new RangeError(`RateLimit: \`${name}\` must be a duration such as "1 minute", not ${String(value)}`)
}
