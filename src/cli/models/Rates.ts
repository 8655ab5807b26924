import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Cost from "effect-llm/catalog/Cost"
import * as Meter from "effect-llm/catalog/Meter"
import * as Money from "effect-llm/catalog/Money"
import * as Price from "effect-llm/catalog/Price"
import * as RateCard from "effect-llm/catalog/RateCard"

/** Few enough that no long-context rate applies. */
const tokens = 1000

/** The cost of a million input or output tokens in a short request; `undefined` if it is not known. */
const perMillion = (
  price: Price.Price | undefined,
  at: DateTime.DateTime,
  side: "input" | "output"
): BigDecimal.BigDecimal | undefined => {
  const cost = side === "input" ? Cost.estimate(tokens, 0, price, { at }) : Cost.estimate(0, tokens, price, { at })
  if (cost._tag === "Unpriced") return undefined
  if (price?.billing === "free") return BigDecimal.make(0n, 0)
  return cost.breakdown.find(({ meter }) => meter === side)?.rate
}

/** Whether the input and output prices are within these limits, in dollars per million tokens. An unknown price is not. */
export const isAtMost = (
  price: Price.Price | undefined,
  at: DateTime.DateTime,
  limits: { readonly input: number | undefined; readonly output: number | undefined }
): boolean =>
  (["input", "output"] as const).every((side) => {
    const limit = limits[side]
    if (limit === undefined) return true
    const rate = perMillion(price, at, side)
    return rate !== undefined && BigDecimal.isLessThanOrEqualTo(rate, BigDecimal.fromNumberUnsafe(limit))
  })

/** A rate in US dollars, unrounded: `$0.125`, `$2.00`. */
export const exact = (rate: BigDecimal.BigDecimal): string => {
  const [whole = "0", fraction = ""] = Money.formatDecimal(rate).split(".")
  return `$${BigInt(whole).toLocaleString("en-US")}.${fraction.padEnd(2, "0")}`
}

/** The input or output rate for a table: dollars per million tokens, `free`, `flat` or `-`. */
export const format = (price: Price.Price | undefined, at: DateTime.DateTime, side: "input" | "output"): string => {
  if (price?.billing !== undefined) return price.billing === "free" ? "free" : "flat"
  const rate = perMillion(price, at, side)
  return rate === undefined ? "-" : exact(rate)
}

/** Every rate of a short request, with its unit. */
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

/** The unit of a rate. */
const unitOf = (meter: string): string => {
  const per = Meter.find(meter)?.per ?? 1
  const base = Meter.baseOf(meter)
  const noun = base
    .replace(/^(?:input|output)/, "")
    .replace(/([A-Z])/g, " $1")
    .trim()
    .toLowerCase()
  if (per === 3600) return "per hour"
  if (per === 1e6) return base.endsWith("Characters") ? "per 1M characters" : "per 1M tokens"
  return per === 1 ? `per ${noun.replace(/s$/, "")}` : `per ${per === 1000 ? "1,000" : "1G"} ${noun}`
}
