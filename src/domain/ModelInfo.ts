import * as Schema from "effect/Schema"
import { OptionalJson } from "./Json.ts"

const modelInfoSchema = Schema.Struct({
  /** The id in requests. */
  id: Schema.String,
  name: Schema.optional(Schema.String),
  /** The release date, `YYYY-MM-DD`. */
  created: Schema.optional(Schema.String),
  /** Tokens of input and output together, or of input alone where the provider limits them separately. */
  contextWindow: Schema.optional(Schema.Number),
  maxOutputTokens: Schema.optional(Schema.Number),
  /** As the catalog names them (`tools`, `vision`, `reasoning`, ...); absent where the provider does not list them. */
  capabilities: Schema.optional(Schema.Array(Schema.String)),
  /** The provider's own object. */
  raw: OptionalJson
})

/**
 * An entry of a provider's list of models.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelInfo extends Schema.Schema.Type<typeof modelInfoSchema> {}

/**
 * The schema of `ModelInfo`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelInfo: Schema.Codec<ModelInfo> = modelInfoSchema
