import * as Schema from "effect/Schema"

/**
 * A refresh of prices failed, for one of these reasons. The current prices stay in use.
 *
 * - `Offline`: the layer fetches nothing.
 * - `Unreachable`, `Timeout`, `Status`: no response, not in time, or not a 2xx one.
 * - `TooLarge`, `Invalid`: the file is larger than allowed, or not in the feed's format.
 * - `TooFew`, `Shrunk`: it has fewer prices than a plausible file, or less than half of the last good one's.
 */
export class PriceRefreshError extends Schema.TaggedError<PriceRefreshError>()("PriceRefreshError", {
  reason: Schema.Literals(["Offline", "Unreachable", "Timeout", "Status", "TooLarge", "Invalid", "TooFew", "Shrunk"]),
  detail: Schema.String,
  /** Without credentials and query. */
  url: Schema.optional(Schema.String),
  /** Of the response. */
  status: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    return `prices were not refreshed${this.url === undefined ? "" : ` from ${this.url}`}: ${this.detail}`
  }
}
