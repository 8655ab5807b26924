import * as Schema from "effect/Schema"

const fields = {
  token: Schema.String,
  logprob: Schema.Number,
  /** The UTF-8 bytes of the token, which may be part of a character. */
  bytes: Schema.optional(Schema.Array(Schema.Int))
}

/**
 * The natural logarithm of a token's probability, and of its most likely alternatives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Logprob extends Schema.Schema.Type<typeof logprobSchema> {}

const logprobSchema = Schema.Struct({ ...fields, top: Schema.optional(Schema.Array(Schema.Struct(fields))) })

/**
 * The schema of `Logprob`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Logprob: Schema.Codec<Logprob> = logprobSchema
