import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The account has no credit or quota left; waiting does not help (usually 402, or 429 with a quota code).
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaExceededError extends errorClass<QuotaExceededError>()("QuotaExceededError") {
  override get message(): string {
    return sentence(
      this,
      "the account has no quota left",
      "Add credit or raise the limit in the provider's console, or fall back to another provider."
    )
  }
}
