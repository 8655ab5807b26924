import * as Schema from "effect/Schema"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The server has no such endpoint (404 for the path, not for the model): the base URL is wrong. `url` is the URL of the
 * call without its query.
 *
 * @since 0.1.0
 * @category errors
 */
export class EndpointNotFoundError extends errorClass<EndpointNotFoundError>()("EndpointNotFoundError", {
  url: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const { url = "" } = this
    const doubled = /\/(v\d\w{0,8})\/\1(?:\/|$)/.exec(url)?.[1]
    const next =
      doubled !== undefined
        ? `Check the base URL: it ends in /${doubled}, which the path begins with already. Leave it out of the base URL.`
        : url === "" || /\/v\d/.test(url)
          ? "Check the base URL, and that the server offers this endpoint."
          : "Check the base URL, which often ends in /v1, and that the server offers this endpoint."
    return sentence(
      this,
      `the server has no endpoint${this.url === undefined ? " at this address" : ` at ${this.url}`}`,
      next
    )
  }
}
