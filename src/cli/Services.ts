import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Catalog from "effect-llm/catalog/Catalog"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as PriceFeed from "effect-llm/catalog/PriceFeed"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { type CliFailure, usage, wordsOf } from "./CliFailure.ts"

const setting = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

const feedOf = (name: string): Effect.Effect<PriceFeed.PriceFeed, CliFailure> => {
  const feed = Object.hasOwn(PriceFeed.all, name) ? PriceFeed.all[name] : undefined
  return feed === undefined
    ? Effect.fail(usage(`EFFECT_LLM_PRICE_FEED is ${name}; it can be ${Object.keys(PriceFeed.all).join(", ")}`))
    : Effect.succeed(feed)
}

/** The client of every command that sends something: through `HTTPS_PROXY` and `HTTP_PROXY`, but for `NO_PROXY`. */
export const http: Layer.Layer<HttpClient.HttpClient, CliFailure> = Layer.catch(UndiciClient.layerProxy, (error) =>
  Layer.effect(HttpClient.HttpClient, Effect.fail(usage(wordsOf(error))))
)

/**
 * Prices as `prices refresh` last fetched them, over those of this package. Only `refresh` of this layer fetches.
 * `EFFECT_LLM_PRICE_FEED` and `EFFECT_LLM_PRICE_URL` say from where.
 */
export const refreshable: Layer.Layer<
  Pricing.Pricing,
  CliFailure,
  FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.unwrap(
  Effect.gen(function* () {
    const feed = yield* feedOf((yield* setting("EFFECT_LLM_PRICE_FEED")) ?? PriceFeed.modelsDev.name)
    const url = yield* setting("EFFECT_LLM_PRICE_URL")
    return Pricing.layerRefreshing({ when: "manual", feed, url })
  })
).pipe(Layer.provide(UserDirectories.layer))

/** Never asked: nothing is fetched unless `refresh` is run. */
const offline = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make(() => Effect.die("this command sends nothing"))
)

/** The same prices, for commands that send nothing: no HTTP client is loaded. */
export const pricing: Layer.Layer<Pricing.Pricing, CliFailure, FileSystem.FileSystem | Path.Path> = Layer.provide(
  refreshable,
  offline
)

/** Where commands take models and prices from. */
export const Sources = Context.Reference<
  Layer.Layer<Catalog.Catalog | Pricing.Pricing, CliFailure, FileSystem.FileSystem | Path.Path>
>("effect-llm/cli/Services/Sources", { defaultValue: () => Layer.merge(Catalog.layer, pricing) })

/** The catalog and the prices. */
export const catalog = Layer.unwrap(Sources)
