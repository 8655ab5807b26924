import * as Schema from "effect/Schema"

/**
 * A part of the request that was left out, changed, or not understood, without the call failing. `parameter` is its
 * name in `ChatRequest`.
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
