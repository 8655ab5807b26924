import { Pricing } from "effect-llm/catalog/Pricing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fromError } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import { printDetails, printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"

const day = 86_400_000

/** A duration in words, in whole days once it exceeds one. */
export const ageOf = (millis: number): string =>
  millis >= day
    ? `${Math.floor(millis / day)} day${millis < 2 * day ? "" : "s"}`
    : millis < 60_000
      ? "less than a minute"
      : Duration.format(Duration.millis(Math.floor(millis / 60_000) * 60_000))

/** Prints the prices in use. */
const printStatus = Effect.fnUntraced(function* (options: { readonly json: boolean }) {
  const status = yield* Effect.flatMap(Pricing, ({ status }) => status)
  if (options.json) return yield* printJson({ ...status, lastError: status.lastError?.message })
  const { age, asOf, saveError, path, prices, source, stale } = status
  yield* printDetails([
    ["prices from", source],
    ["as of", asOf],
    ["age", ageOf(age)],
    ["stale", stale ? "yes: `effect-llm prices refresh` fetches newer ones" : "no"],
    ["embedded", Quantity.format(prices.embedded)],
    ["fetched", Quantity.format(prices.feed)],
    ["cache file", path],
    ["cache error", saveError]
  ])
})

/** `prices status`. */
export const priceStatus = Effect.fnUntraced(function* (options: { readonly json: boolean }) {
  yield* printStatus(options)
}, Effect.provide(Services.catalog))

/** `prices refresh`. */
export const refreshPrices = Effect.fnUntraced(
  function* (options: { readonly json: boolean }) {
    yield* Effect.mapError(
      Effect.flatMap(Pricing, ({ refresh }) => refresh),
      fromError
    )
    yield* printStatus(options)
  },
  Effect.provide(Layer.provide(Services.refreshable, Services.http))
)
