import * as Schema from "effect/Schema"
import type { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"
import { partialOf } from "./Partial.ts"

/**
 * Something failed on the provider's side (500, 502, 504, 408, ...). `retryAfter` is how long it asks to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends errorClass<ServerError>()("ServerError", {
  retryAfter: Schema.optional(Schema.Duration)
}) {
  /** What had arrived of the response, where the error came after its beginning; it is not complete. */
  get partial(): ChatResponse | undefined {
    return partialOf(this)
  }

  override get message(): string {
    return sentence(this, "the provider failed", "Retry (Retry.standard does), or fall back to another provider.")
  }
}
