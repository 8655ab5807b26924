import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import type { PriceFeed } from "../PriceFeed.ts"
import * as PriceGuard from "./PriceGuard.ts"
import { PriceRefreshError } from "./PriceRefreshError.ts"
import * as PriceSnapshot from "./PriceSnapshot.ts"

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/**
 * Reads a downloaded file, part by part so that other fibers go on meanwhile, and judges it: what it gives is a whole and
 * plausible list of prices, or an error.
 */
export const run = Effect.fnUntraced(function* (
  text: string,
  feed: PriceFeed,
  options: { readonly previous: number | undefined; readonly minimum: number; readonly url: string }
): Effect.fn.Return<PriceSnapshot.Prices, PriceRefreshError> {
  const { minimum, previous, url } = options
  const refused = (reason: PriceRefreshError["reason"], detail: string) =>
    new PriceRefreshError({ reason, detail, url })
  const data = decodeJson(text)
  if (Result.isFailure(data)) return yield* refused("Invalid", "it is not JSON")
  const models: Array<CatalogModel> = []
  let rejected = 0
  for (const part of feed.split?.(data.success) ?? [data.success]) {
    const decoded = feed.decode(part)
    if (Result.isFailure(decoded)) return yield* refused("Invalid", `it is not a file of ${feed.name}`)
    for (const model of decoded.success.models) models.push(model)
    rejected += decoded.success.rejected.length
    yield* Effect.yieldNow
  }
  const prices = PriceSnapshot.pricesOf(models)
  const wrong = PriceGuard.check({ prices: prices.size, rejected, previous, minimum })
  return wrong === undefined ? prices : yield* refused(wrong.reason, wrong.detail)
})
