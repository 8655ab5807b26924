import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The provider refused the content by its policy. `category` is its own word for the reason, where it says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContentPolicyError extends errorClass<ContentPolicyError>()("ContentPolicyError", {
  category: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return sentence(
      this,
      `the content was refused by policy${this.category === undefined ? "" : ` (${this.category})`}`,
      "Rephrase the request; it is not sent to another model unless you ask for that."
    )
  }
}
