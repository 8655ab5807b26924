import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * No configured provider has this model. `requested` is the `provider/model` string, `suggestions` are the nearest that
 * exist.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownModelError extends errorClass<UnknownModelError>()("UnknownModelError", {
  requested: Schema.String,
  suggestions: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return sentence(
      this,
      `no model \`${this.requested}\` is configured`,
      this.suggestions.length === 0
        ? "Write it as provider/model and set the key of that provider."
        : `Did you mean ${this.suggestions.join(", ")}?`
    )
  }
}
