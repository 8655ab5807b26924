import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

const things = {
  responseBytes: "the response is",
  frameBytes: "a message of the stream is",
  headers: "the headers of the response are"
} as const

/**
 * The response is larger than a limit allows; the connection is closed. `limit` names the limit (an option of `Limits`,
 * or `headers`, which the HTTP client limits itself) and `bytes` is its value, where it is known.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResponseTooLargeError extends errorClass<ResponseTooLargeError>()("ResponseTooLargeError", {
  limit: Schema.Literals(["responseBytes", "frameBytes", "headers"]),
  bytes: Schema.optional(Schema.Number)
}) {
  override get message(): string {
    const size = this.bytes === undefined ? "the HTTP client takes" : `${this.bytes.toLocaleString("en-US")} bytes`
    return sentence(
      this,
      `${things[this.limit]} larger than ${size}`,
      this.limit === "headers"
        ? "Raise the limit of the HTTP client (maxHeaderSize of UndiciClient.layerOptions), or fall back to another provider."
        : `Raise it with limits: { ${this.limit} } in the provider's layer or with Limits.Current, or fall back to another provider.`
    )
  }
}
