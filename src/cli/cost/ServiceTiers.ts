import * as Effect from "effect/Effect"
import type { CatalogModel } from "effect-llm/catalog/CatalogModel"
import type { Cost } from "effect-llm/catalog/Cost"
import { type CliFailure, usage } from "../CliFailure.ts"

/** Words for the ordinary service, and other words for a tier, that no price lists. */
const always = new Set(["standard", "default", "auto", "fast"])

/** Checks that a service tier is one that some price knows; the error lists them. */
export const check = (
  tier: string | undefined,
  models: ReadonlyArray<CatalogModel>
): Effect.Effect<void, CliFailure> => {
  if (tier === undefined) return Effect.void
  const tiers = [...new Set(models.flatMap(({ price }) => Object.keys(price?.tiers ?? {})))].toSorted()
  const asked = tier.trim().toLowerCase()
  return tiers.includes(asked) || always.has(asked)
    ? Effect.void
    : Effect.fail(
        usage(`there is no service tier ${tier}. There are: ${[...new Set([...tiers, "standard"])].join(", ")}`)
      )
}

/** Whether the price lacks the requested tier, so that the cost is one of the standard tier. */
export const isMissing = (cost: Cost): boolean =>
  cost._tag === "Priced" &&
  cost.flags.some((flag) => flag._tag === "TierUnpriced" && !("meter" in flag && flag.meter !== undefined))
