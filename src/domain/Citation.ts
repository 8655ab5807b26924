import * as Schema from "effect/Schema"
import { OptionalJson } from "./Json.ts"

/**
 * Where a statement in an answer comes from. `start` and `end` are offsets into the text part, in UTF-16 code units
 * as the provider counts them; `raw` is the provider's own object, returned unchanged in the next turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface Citation extends Schema.Schema.Type<typeof citationSchema> {}

const citationSchema = Schema.Struct({
  url: Schema.optional(Schema.String),
  title: Schema.optional(Schema.String),
  citedText: Schema.optional(Schema.String),
  documentIndex: Schema.optional(Schema.Int),
  start: Schema.optional(Schema.Int),
  end: Schema.optional(Schema.Int),
  raw: OptionalJson
})

/**
 * The schema of `Citation`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Citation: Schema.Codec<Citation> = citationSchema
