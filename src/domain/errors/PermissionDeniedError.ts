import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The key is valid but may not do this (usually 403).
 *
 * @since 0.1.0
 * @category errors
 */
export class PermissionDeniedError extends errorClass<PermissionDeniedError>()("PermissionDeniedError") {
  override get message(): string {
    return sentence(this, "the key may not do this", "Ask the owner of the account for access, or use another model.")
  }
}
