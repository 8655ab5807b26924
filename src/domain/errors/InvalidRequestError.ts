import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The request is invalid and would fail with any model: either the provider says so (400), or it was found before
 * anything was sent. `at` names the place, such as `messages[2].content[0]`.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequestError extends errorClass<InvalidRequestError>()("InvalidRequestError", {
  at: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return sentence(
      this,
      `the request is not valid${this.at === undefined ? "" : ` at ${this.at}`}`,
      "Correct the request; sending it again will not help."
    )
  }
}
