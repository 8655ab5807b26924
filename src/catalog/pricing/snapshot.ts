import * as Effect from "effect/Effect"
import type { Pricing } from "../Pricing.ts"
import type { PriceTable } from "./PriceTable.ts"

/** The newest prices, at once where they are at hand. */
export const snapshot = (pricing: Pricing["Service"]): Effect.Effect<PriceTable> => {
  const table = pricing.current?.()
  return table === undefined ? pricing.table : Effect.succeed(table)
}
