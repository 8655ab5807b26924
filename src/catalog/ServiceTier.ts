import type { Usage } from "../domain/Usage.ts"
import type { TierPrice } from "./Price.ts"

/** Words for no tier in particular: OpenAI, Anthropic, Groq, Google. */
const standard = new Set(["", "auto", "default", "standard", "standard_only", "on_demand", "none", "unspecified"])

/** Other words for a tier. Google's `trafficType`; `fast` is OpenAI's later word for `priority`. */
const aliases: { readonly [tier: string]: string } = {
  on_demand_priority: "priority",
  on_demand_flex: "flex",
  batches: "batch",
  fast: "priority"
}

/** How a request was sent, which the tier in a response says nothing about. */
const modes = new Set(["batch", "fast"])

const normalize = (tier: string): string => tier.trim().toLowerCase()

/** Whether the word names the ordinary service, at standard rates. */
export const isStandard = (tier: string): boolean => standard.has(normalize(tier))

/** The price of a tier, by any word for it, in any case. */
export const find = (tiers: { readonly [tier: string]: TierPrice }, tier: string): TierPrice | undefined => {
  const name = normalize(tier)
  if (Object.hasOwn(tiers, name)) return tiers[name]
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined
  return alias !== undefined && Object.hasOwn(tiers, alias) ? tiers[alias] : undefined
}

/**
 * The tier to bill: the one that the response names, since a provider may serve a request in another tier than requested.
 * Batches and Anthropic's fast mode still apply when the response says `standard`.
 */
export const billed = (usage: Usage, requestedTier: string | undefined): string | undefined =>
  usage.serviceTier === undefined ||
  (requestedTier !== undefined && modes.has(normalize(requestedTier)) && isStandard(usage.serviceTier))
    ? requestedTier
    : usage.serviceTier
