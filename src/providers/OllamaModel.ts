import * as Schema from "effect/Schema"
import { Json } from "../domain/Json.ts"

const known = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const details = known(
  Schema.Struct({
    format: known(Schema.String),
    family: known(Schema.String),
    families: known(Schema.Array(Schema.String)),
    parameter_size: known(Schema.String),
    quantization_level: known(Schema.String)
  })
)

/**
 * A model that the server has; `size` in bytes, `modified_at` as ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listed extends Schema.Schema.Type<typeof listedSchema> {}

const listedSchema = Schema.Struct({
  name: Schema.String,
  model: known(Schema.String),
  modified_at: known(Schema.String),
  size: known(Schema.Number),
  digest: known(Schema.String),
  details
})

/**
 * Source: https://docs.ollama.com/api/tags
 *
 * @since 0.1.0
 * @category schemas
 */
export const Listed: Schema.Codec<Listed> = listedSchema

/**
 * A model that is loaded; sizes in bytes, `expires_at` (when it is unloaded) as ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running extends Schema.Schema.Type<typeof runningSchema> {}

const runningSchema = Schema.Struct({
  ...listedSchema.fields,
  expires_at: known(Schema.String),
  size_vram: known(Schema.Number),
  /** The window with which it is loaded, in tokens. */
  context_length: known(Schema.Int)
})

/**
 * Source: https://docs.ollama.com/api/ps
 *
 * @since 0.1.0
 * @category schemas
 */
export const Running: Schema.Codec<Running> = runningSchema

/**
 * What is known of a model: what it can do (`completion`, `tools`, `vision`, `thinking`, ...), how it thinks, its
 * template and parameters; `model_info` by the names of its own architecture (`llama.context_length`, ...).
 *
 * @since 0.1.0
 * @category models
 */
export interface Information extends Schema.Schema.Type<typeof informationSchema> {}

const informationSchema = Schema.Struct({
  capabilities: known(Schema.Array(Schema.String)),
  thinking: known(
    Schema.Struct({
      values: known(Schema.Array(Schema.Union([Schema.Boolean, Schema.String]))),
      default: known(Schema.Union([Schema.Boolean, Schema.String]))
    })
  ),
  model_info: known(Schema.Record(Schema.String, Json)),
  parameters: known(Schema.String),
  template: known(Schema.String),
  system: known(Schema.String),
  license: known(Schema.String),
  modified_at: known(Schema.String),
  details
})

/**
 * Source: https://docs.ollama.com/api-reference/show-model-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const Information: Schema.Codec<Information> = informationSchema

/**
 * How far a download is: `status` in the server's words, and of the layer `digest` how many bytes of how many.
 *
 * @since 0.1.0
 * @category models
 */
export interface PullProgress extends Schema.Schema.Type<typeof pullProgressSchema> {}

const pullProgressSchema = Schema.Struct({
  status: Schema.String,
  digest: known(Schema.String),
  total: known(Schema.Number),
  completed: known(Schema.Number)
})

/**
 * Source: https://docs.ollama.com/api/pull
 *
 * @since 0.1.0
 * @category schemas
 */
export const PullProgress: Schema.Codec<PullProgress> = pullProgressSchema
