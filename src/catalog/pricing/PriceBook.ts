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
  /** The source of the newest prices: the feed's name, or `embedded`. */
  source: Schema.String,
  /** The date (`YYYY-MM-DD`) of these prices; for the embedded ones, of their oldest source. */
  asOf: Schema.String,
  /** Their age in milliseconds, since the server last confirmed them or since the date of the embedded ones. */
  age: Schema.Finite,
  /** Whether they are older than the layer's ttl. */
  stale: Schema.Boolean,
  /** The number of prices by source. */
  prices: Schema.Struct({ embedded: Schema.Int, feed: Schema.Int, user: Schema.Int }),
  /** Whether newer ones are being fetched. */
  refreshing: Schema.Boolean,
  /** The cache file of the feed's prices. */
  path: Schema.optional(Schema.String),
  /** Why the cache file could not be written last time. */
  saveError: Schema.optional(Schema.String),
  /** Why the last refresh failed. */
  lastError: Schema.optional(PriceRefreshError)
})

/** Which prices are in use and how old they are. */
export interface PricingStatus extends Schema.Schema.Type<typeof pricingStatusSchema> {}

export const PricingStatus: Schema.Codec<PricingStatus, unknown> = pricingStatusSchema

/**
 * Options of every pricing layer: custom models and prices, which win over all others, and the ttl of the embedded prices
 * from their date on (30 days).
 */
export interface PriceBookOptions {
  /** Custom models. One without a price keeps the known price. */
  readonly models?: ReadonlyArray<CatalogModel> | undefined
  /** Custom prices by `provider/model`, where `*` stands for anything. They apply to every name of the model. */
  readonly prices?: { readonly [model: string]: Price } | undefined
  readonly trustEmbedded?: Duration.Input | undefined
}

/** All prices: the embedded ones, under those of a feed, under custom ones. */
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
