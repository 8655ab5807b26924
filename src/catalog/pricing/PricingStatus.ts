import * as Schema from "effect/Schema"
import { PriceRefreshError } from "./PriceRefreshError.ts"

const pricingStatusSchema = Schema.Struct({
  /** The newest prices at hand: the feed's name, or `embedded`. */
  source: Schema.String,
  /** The day (`YYYY-MM-DD`) of these prices; of the embedded ones, that of their oldest source. */
  asOf: Schema.String,
  /** How old they are, in milliseconds: since the server last confirmed them, or since the day of the embedded ones. */
  age: Schema.Finite,
  /** Whether they are older than the layer was told to trust them. */
  stale: Schema.Boolean,
  /** How many prices there are from where. */
  prices: Schema.Struct({ embedded: Schema.Int, feed: Schema.Int, user: Schema.Int }),
  /** Whether newer ones are being fetched. */
  refreshing: Schema.Boolean,
  /** The file that keeps the feed's prices between runs. */
  path: Schema.optional(Schema.String),
  /** Why that file could not be written the last time. */
  notKept: Schema.optional(Schema.String),
  /** Why newer prices could not be had the last time. */
  lastError: Schema.optional(PriceRefreshError)
})

/** Which prices are in use and how old they are. */
export interface PricingStatus extends Schema.Schema.Type<typeof pricingStatusSchema> {}

export const PricingStatus: Schema.Codec<PricingStatus, unknown> = pricingStatusSchema
