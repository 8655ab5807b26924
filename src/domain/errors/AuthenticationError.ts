import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The provider does not accept the key (usually 401). Where credentials are something other than a key, `remedy` says
 * what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationError extends errorClass<AuthenticationError>()("AuthenticationError", {
  remedy: Schema.optional(Schema.String)
}) {
  override get message(): string {
    if (this.remedy !== undefined) return sentence(this, "access is not set up", this.remedy)
    return sentence(this, "the key was not accepted", "Check that the key is set, current and meant for this provider.")
  }
}
