import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The model cannot take a parameter, named as in `ChatRequest`. Set `onUnsupported: "drop"` to go on without it.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedParameterError extends errorClass<UnsupportedParameterError>()("UnsupportedParameterError", {
  parameter: Schema.String
}) {
  override get message(): string {
    return sentence(
      this,
      `this model does not take \`${this.parameter}\``,
      `Leave \`${this.parameter}\` out, choose another model, or set onUnsupported: "drop" on the request.`
    )
  }
}
