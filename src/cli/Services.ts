import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Catalog from "effect-llm/catalog/Catalog"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as PriceFeed from "effect-llm/catalog/PriceFeed"
import { type CliFailure, usage } from "./CliFailure.ts"

const setting = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

const feedOf = (name: string): Effect.Effect<PriceFeed.PriceFeed, CliFailure> => {
  const feed = Object.hasOwn(PriceFeed.all, name) ? PriceFeed.all[name] : undefined
  return feed === undefined
    ? Effect.fail(usage(`EFFECT_LLM_PRICE_FEED is ${name}; it can be ${Object.keys(PriceFeed.all).join(", ")}`))
    : Effect.succeed(feed)
}

/**
 * Prices as they were last fetched by `prices refresh`, over those of this package. Nothing is fetched unasked.
 * `EFFECT_LLM_PRICE_FEED` and `EFFECT_LLM_PRICE_URL` say from where.
 *
 * @since 0.1.0
 * @category layers
 */
export const pricing: Layer.Layer<Pricing.Pricing, CliFailure, FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Effect.gen(function* () {
    const feed = yield* feedOf((yield* setting("EFFECT_LLM_PRICE_FEED")) ?? PriceFeed.modelsDev.name)
    const url = yield* setting("EFFECT_LLM_PRICE_URL")
    return Pricing.layerRefreshing({ when: "asked", feed, url })
  })
).pipe(Layer.provide([FetchHttpClient.layer, UserDirectories.layer]))

/**
 * The catalog and the prices.
 *
 * @since 0.1.0
 * @category layers
 */
export const catalog = Layer.merge(Catalog.layer, pricing)
