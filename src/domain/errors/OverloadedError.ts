import * as Schema from "effect/Schema"
import type { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"
import { partialOf } from "./Partial.ts"

/**
 * The provider has no capacity at the moment (503, 529). `retryAfter` is how long it asks to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class OverloadedError extends errorClass<OverloadedError>()("OverloadedError", {
  retryAfter: Schema.optional(Schema.Duration)
}) {
  /** What had arrived of the response, where the error came after its beginning; it is not complete. */
  get partial(): ChatResponse | undefined {
    return partialOf(this)
  }

  override get message(): string {
    return sentence(
      this,
      "the provider is overloaded",
      "Retry later (Retry.standard does), or fall back to another provider."
    )
  }
}
