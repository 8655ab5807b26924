import * as Schema from "effect/Schema"
import { errorClass, isFromProvider, sentence } from "./ErrorFields.ts"

/**
 * This model does not support something in the request: a parameter, its value or a combination of parameters. Another
 * model may. `parameter` is its name in the request, or `stream`, `chat`, or `request` where an image or the whole
 * request is too large; it is absent where the provider does not name it.
 *
 * What is known before anything is sent can be dropped instead: set `onUnsupported: "drop"` on the request.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedParameterError extends errorClass<UnsupportedParameterError>()("UnsupportedParameterError", {
  parameter: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const { parameter } = this
    if (parameter === "request") {
      return sentence(
        this,
        "the request, or an image in it, is larger than this provider takes",
        "Make it smaller, or choose a model of another provider."
      )
    }
    if (isFromProvider(this)) {
      return parameter === undefined
        ? sentence(this, "this model does not take the request as it is", "Change the request, or use another model.")
        : sentence(
            this,
            `this model does not take \`${parameter}\` as it was sent`,
            `Change \`${parameter}\`, or use another model.`
          )
    }
    switch (parameter) {
      case "stream":
        return sentence(this, "this model does not stream", "Use `generate`, or choose another model.")
      case "chat":
        return sentence(this, "this model does not chat", "Choose a model of a provider that does.")
      case "messages":
        return sentence(
          this,
          "this model does not take all that is in `messages`",
          'Leave that part out, choose another model, or set onUnsupported: "drop" on the request.'
        )
      case "inputs":
      case "documents":
      case "audio":
        return sentence(
          this,
          `this model does not take \`${parameter}\` as given`,
          "Give it in another form, or choose another model."
        )
    }
    return sentence(
      this,
      `this model does not take \`${parameter ?? "a parameter"}\``,
      `Leave \`${parameter ?? "the parameter"}\` out, choose another model, or set onUnsupported: "drop" on the request.`
    )
  }
}
