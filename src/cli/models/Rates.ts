import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Cost from "effect-llm/catalog/Cost"
import * as Meter from "effect-llm/catalog/Meter"
import * as Money from "effect-llm/catalog/Money"
import * as Price from "effect-llm/catalog/Price"
import * as RateCard from "effect-llm/catalog/RateCard"

/** Few enough that no rate of long requests applies. */
const tokens = 1000

/** What a million tokens of a side cost in a short request at that time; `undefined` where it is not known. */
export const perMillion = (
  price: Price.Price | undefined,
  at: DateTime.DateTime,
  side: "input" | "output"
): BigDecimal.BigDecimal | undefined => {
  const cost = side === "input" ? Cost.estimate(tokens, 0, price, { at }) : Cost.estimate(0, tokens, price, { at })
  if (cost._tag === "Unpriced") return undefined
  if (price?.billing === "free") return BigDecimal.make(0n, 0)
  return cost.breakdown.find(({ meter }) => meter === side)?.rate
}

/**
 * Whether both sides cost at most so many dollars for a million tokens. What is not known is not at most anything.
 */
export const isAtMost = (
  price: Price.Price | undefined,
  at: DateTime.DateTime,
  most: { readonly input: number | undefined; readonly output: number | undefined }
): boolean =>
  (["input", "output"] as const).every((side) => {
    const limit = most[side]
    if (limit === undefined) return true
    const rate = perMillion(price, at, side)
    return rate !== undefined && BigDecimal.isLessThanOrEqualTo(rate, BigDecimal.fromNumberUnsafe(limit))
  })

/** A rate in US dollars with all of its digits: `$0.125`, `$2.00`. Amounts may be rounded, rates are not. */
export const exact = (rate: BigDecimal.BigDecimal): string => {
  const [whole = "0", fraction = ""] = Money.formatDecimal(rate).split(".")
  return `$${BigInt(whole).toLocaleString("en-US")}.${fraction.padEnd(2, "0")}`
}

/** The rate of a side as it stands in a table: dollars for a million tokens, `free`, or `-`. */
export const format = (price: Price.Price | undefined, at: DateTime.DateTime, side: "input" | "output"): string => {
  if (price?.billing !== undefined) return price.billing === "free" ? "free" : "flat"
  const rate = perMillion(price, at, side)
  return rate === undefined ? "-" : exact(rate)
}

/** Every rate of a short request at that time, in words. */
export const all = (
  price: Price.Price | undefined,
  at: DateTime.Utc
): ReadonlyArray<{ readonly meter: string; readonly rate: string }> => {
  if (price === undefined || !Price.isKnown(price)) return []
  const card = RateCard.make(price, { at, inputTokens: tokens })
  return Array.from(card?.meters ?? [])
    .toSorted((a, b) => place(a) - place(b))
    .flatMap((meter) => {
      const rate = card?.rateOf(meter)
      return rate === undefined ? [] : [{ meter, rate: `${exact(rate)} ${unitOf(meter)}` }]
    })
}

const names = Object.keys(Meter.all)

const place = (meter: string): number => names.indexOf(Meter.baseOf(meter))

/** What a rate is for, in words. */
const unitOf = (meter: string): string => {
  const per = Meter.find(meter)?.per ?? 1
  const base = Meter.baseOf(meter)
  const things = base
    .replace(/^(?:input|output)/, "")
    .replace(/([A-Z])/g, " $1")
    .trim()
    .toLowerCase()
  if (per === 3600) return "an hour"
  if (per === 1e6) return base.endsWith("Characters") ? "for 1M characters" : "for 1M tokens"
  return per === 1 ? `for one of ${things}` : `for ${per === 1000 ? "1,000" : "1G"} ${things}`
}
