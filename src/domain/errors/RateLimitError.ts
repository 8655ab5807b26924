import * as Schema from "effect/Schema"
import * as Duration from "effect/Duration"
import { ErrorFields, sentence } from "./ErrorFields.ts"

/**
 * Too many requests or tokens in a short time (usually 429). `retryAfter` is how long the provider asks to wait; `limit` is
 * which of its limits was reached (`requests`, `tokens`, ...), where it says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitError extends Schema.TaggedError<RateLimitError>()("RateLimitError", {
  ...ErrorFields,
  retryAfter: Schema.optional(Schema.Duration),
  limit: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return sentence(
      this,
      `the rate limit${this.limit === undefined ? "" : ` on ${this.limit}`} was reached`,
      this.retryAfter === undefined
        ? "Send less at a time, or retry with a growing delay (Retry.standard)."
        : `Wait ${Duration.format(this.retryAfter)} before the next request (Retry.standard does).`
    )
  }
}
