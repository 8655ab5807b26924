import * as Schema from "effect/Schema"

/**
 * One message of a stream, as the framing (SSE, NDJSON, AWS event stream) delivers it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Frame extends Schema.Schema.Type<typeof frameSchema> {}

const frameSchema = Schema.Struct({
  /** The name of the event; absent where the framing has none, or it is the default. */
  event: Schema.optional(Schema.String),
  data: Schema.String
})

/**
 * The schema of `Frame`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Frame: Schema.Codec<Frame> = frameSchema
