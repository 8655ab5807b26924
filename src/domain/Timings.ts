import * as Schema from "effect/Schema"

/**
 * How long a call took, from sending the request to the first content (streams only) and to its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timings extends Schema.Schema.Type<typeof timingsSchema> {}

const timingsSchema = Schema.Struct({
  firstToken: Schema.optional(Schema.Duration),
  total: Schema.optional(Schema.Duration)
})

/**
 * The schema of `Timings`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Timings: Schema.Codec<Timings> = timingsSchema
