import * as Schema from "effect/Schema"
import { CallAnswerFields } from "./CallAnswer.ts"

/**
 * One vector for each input, in the order of the inputs.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingResponse extends Schema.Schema.Type<typeof EmbeddingResponse> {}

/**
 * The schema of `EmbeddingResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingResponse = Schema.Struct({
  embeddings: Schema.Array(Schema.Array(Schema.Finite)),
  ...CallAnswerFields
})
