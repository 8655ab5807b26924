import * as Schema from "effect/Schema"

/**
 * Something that the caller asked for and did not get, or got otherwise than asked, without the call failing.
 * `parameter` is the name in `ChatRequest`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Warning extends Schema.Schema.Type<typeof warningSchema> {}

const warningSchema = Schema.Struct({
  type: Schema.Literals(["unsupported-parameter", "unsupported-content", "malformed-frame", "other"]),
  parameter: Schema.optional(Schema.String),
  message: Schema.String
})

/**
 * The schema of `Warning`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Warning: Schema.Codec<Warning> = warningSchema
