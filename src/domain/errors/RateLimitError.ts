import * as Schema from "effect/Schema"
import * as Duration from "effect/Duration"
import type { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"
import { partialOf } from "./Partial.ts"

/**
 * Too many requests or tokens in a short time (usually 429). `retryAfter` is how long the provider asks to wait; `limit` is
 * which of its limits was reached (`requests`, `tokens`, ...), `allowed` how many of them it allows in its span of time and
 * `asked` how many this request takes, where it says so. With more asked than allowed, no waiting helps.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitError extends errorClass<RateLimitError>()("RateLimitError", {
  retryAfter: Schema.optional(Schema.Duration),
  limit: Schema.optional(Schema.String),
  allowed: Schema.optional(Schema.Finite),
  asked: Schema.optional(Schema.Finite)
}) {
  /** What had arrived of the response, where the error came after its beginning; it is not complete. */
  get partial(): ChatResponse | undefined {
    return partialOf(this)
  }

  override get message(): string {
    const limit = `the rate limit${this.limit === undefined ? "" : ` on ${this.limit}`}${this.allowed === undefined ? "" : ` of ${this.allowed}`}`
    const asked = this.asked === undefined ? "" : ` (${this.asked} were asked for)`
    if (isTooLarge(this)) {
      return sentence(
        this,
        `the request is larger than ${limit}${asked}`,
        "It will never pass: make it shorter, lower maxOutputTokens, ask another model, or raise the limit of the account."
      )
    }
    return sentence(
      this,
      `${limit} was reached${asked}`,
      this.retryAfter === undefined
        ? "Send less at a time, or retry with a growing delay (Retry.standard)."
        : `Wait ${Duration.format(this.retryAfter)} before the next request (Retry.standard does).`
    )
  }
}

/**
 * Whether the request is larger than the limit itself, so that it will never pass.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTooLarge = (error: { readonly asked?: unknown; readonly allowed?: unknown }): boolean =>
  Number(error.asked) > Number(error.allowed)
