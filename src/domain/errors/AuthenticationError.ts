import * as Schema from "effect/Schema"
import { ErrorFields, sentence } from "./ErrorFields.ts"

/**
 * The provider does not accept the key (usually 401).
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationError extends Schema.TaggedError<AuthenticationError>()("AuthenticationError", {
  ...ErrorFields
}) {
  override get message(): string {
    return sentence(this, "the key was not accepted", "Check that the key is set, current and meant for this provider.")
  }
}
