import * as Meter from "../../src/catalog/Meter.ts"
import type { PriceVersion, TierPrice } from "../../src/catalog/Price.ts"
import type { Rates } from "../../src/catalog/Rate.ts"

import type { SourceKey } from "./pinned.ts"

interface Tiers {
  readonly source: SourceKey
  readonly tiers: { readonly [tier: string]: TierPrice } | undefined
  /** The source's own ordinary rates. */
  readonly rates: Rates
}

/** LiteLLM rounds half of 3.75 to 1.88. */
const rounding = 0.005

const round = (rate: number): number => Number(rate.toPrecision(12))

/**
 * The one factor between all rates, if there is one. A rate that the tier does not name has that of the meter it is part
 * of where the two are the same, and an hour in the cache that of five minutes: Anthropic's multipliers stack.
 */
const factorOf = (standard: Rates, rates: Rates): number | undefined => {
  const metered = Object.keys(standard).filter((meter) => Meter.find(meter)?.fee !== true)
  const named = metered.filter((meter) => rates[meter] !== undefined)
  const isCovered = (meter: string): boolean => {
    const parent = Meter.find(meter)?.parent
    return (
      named.includes(meter) ||
      (parent !== undefined && named.includes(parent) && (standard[parent] === standard[meter] || meter === "cacheWrite1h"))
    )
  }
  const first = named.find((meter) => meter === "input") ?? named[0]
  if (first === undefined || !metered.every(isCovered)) return undefined
  const ratio = (meter: string): number => Number(rates[meter]) / Number(standard[meter])
  const factor = Number(ratio(first).toPrecision(6))
  return Number.isFinite(factor) && named.every((meter) => Math.abs(ratio(meter) / factor - 1) < rounding) ? factor : undefined
}

/**
 * The rates of a tier from what both dated sources say: genai-prices copies the ordinary rate where the tier changes
 * nothing, LiteLLM leaves a rate out that it does not know and rounds small ones.
 */
const merged = (sources: ReadonlyArray<Tiers>, tier: string): TierPrice => {
  const own = (source: SourceKey) => sources.find((one) => one.source === source && one.tiers?.[tier] !== undefined)
  const [genai, litellm] = [own("g"), own("l")]
  const first = genai?.tiers?.[tier] ?? litellm?.tiers?.[tier] ?? {}
  const second = litellm?.tiers?.[tier]?.rates ?? {}
  if (first.rates === undefined) return first
  const rates: Record<string, number | string> = { ...first.rates }
  for (const [meter, rate] of Object.entries(second)) {
    const copied = genai !== undefined && rates[meter] === genai.rates[meter]
    if (rates[meter] === undefined || copied) rates[meter] = rate
  }
  return { ...first, rates }
}

/** The tiers that a source of the price states, each as a factor where one does. */
export const tiersOf = (
  version: PriceVersion,
  sources: ReadonlyArray<Tiers>
): { readonly [tier: string]: TierPrice } | undefined => {
  const names = new Set(sources.flatMap(({ tiers }) => Object.keys(tiers ?? {})))
  const tiers = Object.fromEntries(
    [...names].toSorted().map((name): readonly [string, TierPrice] => {
      const tier = merged(sources, name)
      if (tier.rates === undefined) return [name, tier]
      const rates = Object.fromEntries(Object.entries(tier.rates).filter(([meter]) => Meter.find(meter)?.fee !== true))
      const factor = factorOf(version.rates, rates)
      const isWhole = (version.thresholds ?? []).every((threshold) => {
        const long = tier.thresholds?.find(({ above }) => above === threshold.above)
        const beyond = long === undefined ? undefined : factorOf(threshold.rates, long.rates)
        return long === undefined ? factor !== undefined && factor < 1 : beyond !== undefined && Math.abs(beyond / (factor ?? 0) - 1) < rounding
      })
      return factor !== undefined && isWhole
        ? [name, { multiplier: round(factor) }]
        : [name, { rates, ...(tier.thresholds === undefined ? {} : { thresholds: tier.thresholds }) }]
    })
  )
  return names.size === 0 ? undefined : tiers
}
