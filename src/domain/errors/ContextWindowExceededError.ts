import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The conversation is longer than the model's context window. `limit` is the window and `requested` the size of the
 * request, both in tokens, where the provider states them.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContextWindowExceededError extends errorClass<ContextWindowExceededError>()("ContextWindowExceededError", {
  limit: Schema.optional(Schema.Int),
  requested: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    return sentence(
      this,
      `the conversation does not fit the context window${this.limit === undefined ? "" : ` of ${this.limit} tokens`}${this.requested === undefined ? "" : ` (${this.requested} were requested)`}`,
      "Shorten the conversation, or use a model with a larger window."
    )
  }
}
