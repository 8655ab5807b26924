import * as Schema from "effect/Schema"
import { ProviderError } from "../ProviderError.ts"
import { Usage } from "../Usage.ts"

const reason: Schema.Codec<ProviderError, unknown> = ProviderError

/**
 * Of inputs that were too many for one call, some have their vectors, and then a call failed with `reason`. `embeddings` has
 * a place for each input, `null` where there is no vector; `usage` is what the answered calls consumed.
 *
 * @since 0.1.0
 * @category errors
 */
export class PartialEmbeddingError extends Schema.TaggedError<PartialEmbeddingError>()("PartialEmbeddingError", {
  reason,
  embeddings: Schema.Array(Schema.NullOr(Schema.Array(Schema.Finite))),
  usage: Usage
}) {
  override get message(): string {
    const done = this.embeddings.filter((vector) => vector !== null).length
    return `${done} of ${this.embeddings.length} inputs have their vectors. Ask again for the others. ${this.reason.message}`
  }
}
