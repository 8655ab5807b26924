import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as UserDirectories from "effect/persistence/UserDirectories"
import type { Price } from "./Price.ts"
import * as PriceBook from "./pricing/PriceBook.ts"
import type { PricingStatus } from "./pricing/PriceBook.ts"
import type { PriceQuote, PriceTable } from "./pricing/PriceTable.ts"
import { PriceRefreshError } from "./pricing/PriceRefreshError.ts"
import * as RefreshingPrices from "./pricing/RefreshingPrices.ts"

/**
 * Looks up prices by `provider/model` or by model name alone. A lookup never fails: an unknown price is `None`, not zero.
 *
 * @since 0.1.0
 * @category services
 */
export class Pricing extends Context.Service<
  Pricing,
  {
    /** The price of a model, with its source, date, and whether it is stale. */
    readonly lookup: (model: string) => Effect.Effect<Option.Option<PriceQuote>>
    /** A snapshot for synchronous lookups. It never waits for a refresh; the next snapshot has the newer prices. */
    readonly table: Effect.Effect<PriceTable>
    /** The same without an effect, where prices are at hand and need no refresh; a service may leave it out. */
    readonly current?: (() => PriceTable | undefined) | undefined
    /** Fetches newer prices now. Concurrent refreshes share one fetch. */
    readonly refresh: Effect.Effect<void, PriceRefreshError>
    /** Which prices are in use and how old they are. */
    readonly status: Effect.Effect<PricingStatus>
  }
>()("effect-llm/catalog/Pricing") {}

const offline = new PriceRefreshError({
  reason: "Offline",
  detail: "this layer fetches nothing. Provide `Pricing.layerRefreshing` to fetch newer prices."
})

/**
 * The embedded prices and custom ones, without disk or network. They are loaded on first use.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: PriceBook.PriceBookOptions): Layer.Layer<Pricing> =>
  Layer.effect(
    Pricing,
    Effect.gen(function* () {
      let current: PriceBook.PriceBook | undefined
      const load = yield* Effect.cached(Effect.map(PriceBook.load(options, Infinity), (book) => (current = book)))
      return {
        lookup: (model) =>
          Effect.suspend(() =>
            current === undefined
              ? Effect.map(load, ({ table }) => Option.fromNullishOr(table.find(model)))
              : Effect.succeed(Option.fromNullishOr(current.table.find(model)))
          ),
        table: Effect.map(load, ({ table }) => table),
        current: () => current?.table,
        refresh: Effect.fail(offline),
        status: Effect.zipWith(load, Clock.currentTimeMillis, (book, now) => ({
          ...book.status(now),
          refreshing: false
        }))
      }
    })
  )

/**
 * The embedded prices, without disk or network.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Pricing> = layerWith({})

/**
 * Like `layerWith`, with the prices of a feed over the embedded ones. They are cached in the user's cache directory and
 * refreshed in the background when stale; lookups meanwhile get the stale ones.
 *
 * A file that cannot be fetched or fails the sanity check changes nothing: the last good prices stay in use.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerRefreshing = (
  options: RefreshingPrices.RefreshingOptions = {}
): Layer.Layer<
  Pricing,
  never,
  HttpClient.HttpClient | FileSystem.FileSystem | Path.Path | UserDirectories.UserDirectories
> => Layer.effect(Pricing, RefreshingPrices.make(options))

/**
 * One price for every model: for a model whose price does not depend on its name, such as a deployment with a contract of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const uniform = (price: Price): Pricing["Service"] => {
  const marked: Price = { ...price, source: price.source ?? "user" }
  const quote = (model: string): PriceQuote => ({
    model,
    match: "exact",
    price: marked,
    source: "user",
    asOf: price.asOf,
    stale: false
  })
  const table: PriceTable = { find: quote, names: () => [] }
  return {
    lookup: (model) => Effect.succeed(Option.some(quote(model))),
    table: Effect.succeed(table),
    current: () => table,
    refresh: Effect.fail(offline),
    status: Effect.succeed({
      source: "user",
      asOf: price.asOf ?? "",
      age: 0,
      stale: false,
      prices: { embedded: 0, feed: 0, user: 1 },
      refreshing: false
    })
  }
}
