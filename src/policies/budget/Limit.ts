import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import { check, type Window } from "./Window.ts"

/**
 * How much may be spent in a window of time: dollars, or tokens (of input and output together). Everything with the same
 * `id` and unit is one account, in all processes that share a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget {
  readonly id: string
  readonly unit: "usd" | "tokens"
  readonly limit: BigDecimal.BigDecimal
  readonly window: Window
  /** A fraction of the limit, from which on calls warn. */
  readonly warnAt?: number | undefined
  /** Another limit, until an instant. */
  readonly raised?: { readonly limit: BigDecimal.BigDecimal; readonly until: DateTime.Utc } | undefined
}

/**
 * What a budget is made of. `limit` is in dollars or tokens; write dollars as a string, which is exact. `per` is its window.
 * `raised` replaces the limit until an instant: a date (`2026-12-31`) is midnight in UTC.
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetInput {
  readonly limit: Amount
  readonly per: Window
  readonly warnAt?: number | undefined
  readonly raised?: { readonly limit: Amount; readonly until: DateTime.DateTime.Input } | undefined
}

type Amount = BigDecimal.BigDecimal | number | string

/**
 * A budget of US dollars. Throws where the limit, the time zone or the day is none.
 *
 * ```ts
 * import * as Budget from "effect-llm/policies/Budget"
 *
 * const team = Budget.usd("team-a", {
 *   limit: "50",
 *   per: { calendar: "month", zone: "Europe/Berlin" },
 *   warnAt: 0.8,
 *   raised: { limit: "80", until: "2026-12-31" }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const usd = (id: string, input: BudgetInput): Budget => make("usd", id, input)

/**
 * A budget of tokens. Throws as `usd` does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const tokens = (id: string, input: BudgetInput): Budget => make("tokens", id, input)

const make = (unit: "usd" | "tokens", id: string, { limit, per, raised, warnAt }: BudgetInput): Budget => {
  const wrong = (what: string) => new Error(`the budget "${id}" cannot be: ${what}`)
  const amount = (value: Amount): BigDecimal.BigDecimal => {
    const decimal = BigDecimal.isBigDecimal(value) ? value : decimalOf(value)
    if (decimal === undefined || BigDecimal.isNegative(decimal)) {
      throw wrong(`its limit ${String(value)} is not an amount of at least zero`)
    }
    return decimal
  }
  const window = check(per)
  if (window !== undefined) throw wrong(window)
  if (warnAt !== undefined && !(warnAt > 0 && warnAt <= 1)) throw wrong("warnAt is a fraction between 0 and 1")
  return {
    id,
    unit,
    limit: amount(limit),
    window: per,
    warnAt,
    raised: raised && { limit: amount(raised.limit), until: DateTime.toUtc(DateTime.makeUnsafe(raised.until)) }
  }
}

const decimalOf = (value: number | string): BigDecimal.BigDecimal | undefined => {
  const decimal = BigDecimal.fromString(String(value).trim() || "none")
  return decimal._tag === "Some" ? decimal.value : undefined
}

/** The limit at an instant, in milliseconds. */
export const limitAt = ({ limit, raised }: Budget, now: number): BigDecimal.BigDecimal =>
  raised !== undefined && now < DateTime.toEpochMillis(raised.until) ? raised.limit : limit

/**
 * Both amounts of a call, of which a budget takes that of its unit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Amounts {
  readonly usd: BigDecimal.BigDecimal
  readonly tokens: number
  /** Whether a part of the call has a cost that is not known, and not in `usd`. */
  readonly isUnpriced?: boolean | undefined
}
