import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * One vector for each input, in the order of the inputs.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
  embeddings: Schema.Array(Schema.Array(Schema.Finite))
}

/**
 * The schema of `EmbeddingResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingResponse: Schema.Codec<EmbeddingResponse, unknown> = Schema.Struct({
  ...fields,
  ...CallResponseFields
})
