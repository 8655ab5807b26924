import * as Schema from "effect/Schema"

const Window = Schema.Struct({
  limit: Schema.optional(Schema.Finite),
  remaining: Schema.optional(Schema.Finite),
  /** Time from the response until the window resets. */
  resetAfter: Schema.optional(Schema.Duration)
})

/**
 * The provider's rate-limit headers, by what they count: `requests`, `tokens`, `input-tokens`, `output-tokens`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimits extends Schema.Schema.Type<typeof rateLimitsSchema> {}

const rateLimitsSchema = Schema.Record(Schema.String, Window)

/**
 * The schema of `RateLimits`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RateLimits: Schema.Codec<RateLimits> = rateLimitsSchema
