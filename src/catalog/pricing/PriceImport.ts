import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { PriceFeed } from "./PriceFeed.ts"
import * as PriceGuard from "./PriceGuard.ts"
import { PriceRefreshError } from "./PriceRefreshError.ts"
import type { PriceRow } from "./PriceRow.ts"
import * as PriceSnapshot from "./PriceSnapshot.ts"

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/**
 * Reads a downloaded file, part by part so that other fibers go on meanwhile, and judges it: what it gives is a whole and
 * plausible list of prices, or an error.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = Effect.fnUntraced(function* (
  text: string,
  feed: PriceFeed,
  options: { readonly previous: number | undefined; readonly minimum: number; readonly url: string }
): Effect.fn.Return<ReadonlyArray<PriceRow>, PriceRefreshError> {
  const { minimum, previous, url } = options
  const refused = (reason: PriceRefreshError["reason"], detail: string) => new PriceRefreshError({ reason, detail, url })
  const data = decodeJson(text)
  if (Result.isFailure(data)) return yield* refused("Invalid", "it is not JSON")
  const rows: Array<PriceRow> = []
  let rejected = 0
  for (const part of feed.split?.(data.success) ?? [data.success]) {
    const decoded = feed.decode(part)
    if (Result.isFailure(decoded)) return yield* refused("Invalid", `it is not a file of ${feed.name}`)
    for (const row of PriceSnapshot.rowsOf(decoded.success.models)) rows.push(row)
    rejected += decoded.success.rejected.length
    yield* Effect.yieldNow
  }
  const wrong = PriceGuard.check({ prices: rows.length, rejected, previous, minimum })
  return wrong === undefined ? rows : yield* refused(wrong.reason, wrong.detail)
})
