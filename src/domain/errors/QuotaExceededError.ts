import * as Schema from "effect/Schema"
import { ErrorFields, sentence } from "./ErrorFields.ts"

/**
 * The account has no credit or quota left: waiting does not help (usually 402, or 429 with a quota code).
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaExceededError extends Schema.TaggedError<QuotaExceededError>()("QuotaExceededError", {
  ...ErrorFields
}) {
  override get message(): string {
    return sentence(
      this,
      "the account has no quota left",
      "Add credit or raise the limit in the provider's console, or fall back to another provider."
    )
  }
}
