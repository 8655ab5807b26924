import * as Schema from "effect/Schema"

/**
 * Says that a response was not made for this call, but kept from an earlier one: `at` is when it was made, and `similarity`,
 * of a semantic cache, how close the earlier prompt was (the cosine of the two embeddings).
 *
 * @since 0.1.0
 * @category models
 */
export interface Cached extends Schema.Schema.Type<typeof cachedSchema> {}

const cachedSchema = Schema.Struct({
  at: Schema.DateTimeUtc,
  similarity: Schema.optional(Schema.Finite)
})

/**
 * The schema of `Cached`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cached: Schema.Codec<Cached, unknown> = cachedSchema
