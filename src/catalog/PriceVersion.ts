import * as Schema from "effect/Schema"
import { Rates } from "./Rate.ts"
import { Threshold } from "./Threshold.ts"
import { TimeWindow } from "./TimeWindow.ts"

const priceVersionSchema = Schema.Struct({
  /** The instant from which it holds (ISO 8601; a date means midnight UTC); always, where not given. */
  from: Schema.optional(Schema.String),
  rates: Rates,
  thresholds: Schema.optional(Schema.Array(Threshold)),
  windows: Schema.optional(Schema.Array(TimeWindow))
})

/**
 * The rates of a model since some instant.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceVersion extends Schema.Schema.Type<typeof priceVersionSchema> {}

/**
 * The schema of `PriceVersion`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PriceVersion: Schema.Codec<PriceVersion> = priceVersionSchema
