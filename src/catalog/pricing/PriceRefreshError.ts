import * as Schema from "effect/Schema"

/**
 * Newer prices could not be had. The prices at hand stay in use: this error tells why they are not newer.
 *
 * - `Offline`: the layer fetches nothing.
 * - `Unreachable`, `Timeout`, `Status`: the server did not answer, not in time, or not with a file.
 * - `TooLarge`, `Invalid`: the file is longer than allowed, or not in the feed's format.
 * - `TooFew`, `Shrunk`: it has fewer prices than a whole file has, or less than half of the last good one's.
 */
export class PriceRefreshError extends Schema.TaggedError<PriceRefreshError>()("PriceRefreshError", {
  reason: Schema.Literals(["Offline", "Unreachable", "Timeout", "Status", "TooLarge", "Invalid", "TooFew", "Shrunk"]),
  detail: Schema.String,
  /** Without credentials and query. */
  url: Schema.optional(Schema.String),
  /** Of the answer. */
  status: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    return `prices were not refreshed${this.url === undefined ? "" : ` from ${this.url}`}: ${this.detail}`
  }
}
