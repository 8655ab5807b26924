import * as Schema from "effect/Schema"
import { Rate, Rates } from "./Rate.ts"
import { Threshold } from "./Threshold.ts"

const tierPriceSchema = Schema.Struct({
  /** A factor on the standard rates. Fees stay as they are. */
  multiplier: Schema.optional(Rate),
  /** Rates that are named one by one. They win over the factor. */
  rates: Schema.optional(Rates),
  /** The tier's own rates of long requests. */
  thresholds: Schema.optional(Schema.Array(Threshold))
})

/**
 * What a service tier (`batch`, `flex`, `priority`, `fast` ...) makes of the standard rates.
 *
 * @since 0.1.0
 * @category models
 */
export interface TierPrice extends Schema.Schema.Type<typeof tierPriceSchema> {}

/**
 * The schema of `TierPrice`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TierPrice: Schema.Codec<TierPrice> = tierPriceSchema
