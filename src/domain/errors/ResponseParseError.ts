import * as Schema from "effect/Schema"
import { Frame } from "../Frame.ts"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The provider answered with something that cannot be understood. `frame` is what it sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResponseParseError extends errorClass<ResponseParseError>()("ResponseParseError", {
  frame: Schema.optional(Frame)
}) {
  override get message(): string {
    return sentence(
      this,
      "the answer could not be understood",
      "Check that the base URL belongs to a server of this protocol; if it does, report the frame as a bug."
    )
  }
}
