import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import type { PriceFeed } from "../PriceFeed.ts"
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
  const wrong = check({ prices: prices.size, rejected, previous, minimum })
  return wrong === undefined ? prices : yield* refused(wrong.reason, wrong.detail)
})

/** The inputs of the sanity check of a downloaded price file. */
export interface PriceGuard {
  /** How many prices it has. */
  readonly prices: number
  /** How many of its rows do not fit the format. */
  readonly rejected: number
  /** How many prices the last good one has. */
  readonly previous: number | undefined
  /** How many it has to have at least. */
  readonly minimum: number
}

/**
 * Why a file is not believed; `undefined` when it is. A file that lost half of its prices, or whose rows mostly do not fit,
 * is taken for a mistake of the one who published it.
 */
export const check = (file: PriceGuard): Pick<PriceRefreshError, "reason" | "detail"> | undefined => {
  const { minimum, previous, prices, rejected } = file
  if (rejected > prices) {
    return { reason: "Invalid", detail: `${rejected} rows do not match the format, ${prices} do` }
  }
  if (prices < minimum) return { reason: "TooFew", detail: `it has ${prices} prices, fewer than ${minimum}` }
  if (previous !== undefined && prices * 2 < previous) {
    return { reason: "Shrunk", detail: `it has ${prices} prices, less than half of the previous ${previous}` }
  }
  return undefined
}
