import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as UserDirectories from "effect/persistence/UserDirectories"
import * as PriceBook from "./pricing/PriceBook.ts"
import type { PricingStatus } from "./pricing/PriceBook.ts"
import type { PriceQuote, PriceTable } from "./pricing/PriceTable.ts"
import { PriceRefreshError } from "./pricing/PriceRefreshError.ts"
import * as RefreshingPrices from "./pricing/RefreshingPrices.ts"

/**
 * What models cost, by `provider/model` or by a model's name alone. A lookup never fails: what is not known is `None`,
 * which is not a price of zero.
 *
 * @since 0.1.0
 * @category services
 */
export class Pricing extends Context.Service<
  Pricing,
  {
    /** The price of a model, with its source, its day, and whether it is stale. */
    readonly lookup: (model: string) => Effect.Effect<Option.Option<PriceQuote>>
    /** The prices at hand, for lookups without an effect. Nothing is waited for; newer prices are in the next one. */
    readonly table: Effect.Effect<PriceTable>
    /** Asks for newer prices now. Who asks while others do gets their answer. */
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
 * The prices that come with this package and those given, without disk or network. They are read on the first question.
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
        refresh: Effect.fail(offline),
        status: Effect.zipWith(load, Clock.currentTimeMillis, (book, now) => ({
          ...book.status(now),
          refreshing: false
        }))
      }
    })
  )

/**
 * The prices that come with this package, without disk or network.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Pricing> = layerWith({})

/**
 * As `layerWith`, with the prices of a feed over those of this package. They are kept in the user's directory for
 * caches, and fetched anew in the background when they are stale: whoever asks meanwhile gets the stale ones.
 *
 * A file that cannot be had, or that is not plausible, changes nothing: the last good prices stay in use.
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
