import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CatalogModel } from "../CatalogModel.ts"
import * as EmbeddedCatalog from "../EmbeddedCatalog.ts"
import type { Price } from "../Price.ts"
import { PriceRefreshError } from "./PriceRefreshError.ts"
import type { PriceSnapshot } from "./PriceSnapshot.ts"
import * as PriceTable from "./PriceTable.ts"

const pricingStatusSchema = Schema.Struct({
  /** The newest prices at hand: the feed's name, or `embedded`. */
  source: Schema.String,
  /** The day (`YYYY-MM-DD`) of these prices; of the embedded ones, that of their oldest source. */
  asOf: Schema.String,
  /** How old they are, in milliseconds: since the server last confirmed them, or since the day of the embedded ones. */
  age: Schema.Finite,
  /** Whether they are older than the layer was told to trust them. */
  stale: Schema.Boolean,
  /** How many prices there are from where. */
  prices: Schema.Struct({ embedded: Schema.Int, feed: Schema.Int, user: Schema.Int }),
  /** Whether newer ones are being fetched. */
  refreshing: Schema.Boolean,
  /** The file that keeps the feed's prices between runs. */
  path: Schema.optional(Schema.String),
  /** Why that file could not be written the last time. */
  notKept: Schema.optional(Schema.String),
  /** Why newer prices could not be had the last time. */
  lastError: Schema.optional(PriceRefreshError)
})

/** Which prices are in use and how old they are. */
export interface PricingStatus extends Schema.Schema.Type<typeof pricingStatusSchema> {}

export const PricingStatus: Schema.Codec<PricingStatus, unknown> = pricingStatusSchema

/**
 * What every layer takes: models and prices of one's own, which win over all others, and how long the embedded prices
 * are trusted, from their day on (30 days).
 */
export interface PriceBookOptions {
  /** Models that nobody else knows, or knows otherwise. One without a price leaves the known price in place. */
  readonly models?: ReadonlyArray<CatalogModel> | undefined
  /** Prices by `provider/model`. They hold for every name of the model. */
  readonly prices?: { readonly [model: string]: Price } | undefined
  readonly trustEmbedded?: Duration.Input | undefined
}

/** The prices at hand: those that come with this package, under those of a feed, under the user's own. */
export interface PriceBook {
  readonly table: PriceTable.PriceTable
  readonly snapshot: PriceSnapshot | undefined
  /** The same book with the prices of a feed. */
  readonly with: (snapshot: PriceSnapshot) => PriceBook
  readonly status: (now: number) => Pick<PricingStatus, "source" | "asOf" | "age" | "stale" | "prices">
}

/** Reads the embedded prices. `trustFeed` is how long a feed's prices are trusted, in milliseconds. */
export const load = Effect.fnUntraced(function* (options: PriceBookOptions, trustFeed: number) {
  const clock = yield* Clock.Clock
  const embedded = yield* EmbeddedCatalog.load
  const { models = [], prices = {} } = options
  const embeddedFor = Duration.toMillis(Duration.fromInputUnsafe(options.trustEmbedded ?? "30 days"))
  const embeddedAt = DateTime.toEpochMillis(DateTime.makeUnsafe(embedded.asOf))

  const make = (snapshot: PriceSnapshot | undefined): PriceBook => ({
    snapshot,
    table: PriceTable.make({ embedded, snapshot, models, prices, clock, embeddedFor, snapshotFor: trustFeed }),
    with: make,
    status: (now) => {
      const from = snapshot?.checkedAt ?? embeddedAt
      return {
        source: snapshot?.feed ?? "embedded",
        asOf: DateTime.formatIsoDateUtc(DateTime.makeUnsafe(from)),
        age: Math.max(0, now - from),
        stale: now - from >= (snapshot === undefined ? embeddedFor : trustFeed),
        prices: {
          embedded: embedded.size,
          feed: snapshot?.size ?? 0,
          user: models.length + Object.keys(prices).length
        }
      }
    }
  })
  return make(undefined)
})
