import * as Schema from "effect/Schema"
import { OptionalJson } from "./Json.ts"

const modelInfoSchema = Schema.Struct({
  /** As the provider is asked for it. */
  id: Schema.String,
  name: Schema.optional(Schema.String),
  /** The day on which it was made or released, `YYYY-MM-DD`. */
  created: Schema.optional(Schema.String),
  /** Tokens of input and output together, or of input where the provider counts apart. */
  contextWindow: Schema.optional(Schema.Number),
  maxOutputTokens: Schema.optional(Schema.Number),
  /** In the words of the catalog (`tools`, `vision`, `reasoning`, ...); absent where the provider does not tell. */
  capabilities: Schema.optional(Schema.Array(Schema.String)),
  /** What the provider said. */
  raw: OptionalJson
})

/**
 * What a provider says of one of its models.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelInfo extends Schema.Schema.Type<typeof modelInfoSchema> {}

/**
 * The schema of what a provider says of one of its models.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelInfo: Schema.Codec<ModelInfo> = modelInfoSchema
