import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * No configured provider has this id. `requested` is the id, `suggestions` are the nearest that exist.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownProviderError extends errorClass<UnknownProviderError>()("UnknownProviderError", {
  requested: Schema.String,
  suggestions: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return sentence(
      this,
      `no model \`${this.requested}\` is configured`,
      this.suggestions.length === 0 ? "Set its key." : `Did you mean ${this.suggestions.join(", ")}?`
    )
  }
}
