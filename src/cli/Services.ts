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
import { type CliFailure, usage, messageOf } from "./CliFailure.ts"

const envSetting = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

const feedOf = (name: string): Effect.Effect<PriceFeed.PriceFeed, CliFailure> => {
  const feed = Object.hasOwn(PriceFeed.all, name) ? PriceFeed.all[name] : undefined
  return feed === undefined
    ? Effect.fail(usage(`EFFECT_LLM_PRICE_FEED is ${name}; it must be one of ${Object.keys(PriceFeed.all).join(", ")}`))
    : Effect.succeed(feed)
}

/** The HTTP client, which honours `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
export const http: Layer.Layer<HttpClient.HttpClient, CliFailure> = Layer.catch(UndiciClient.layerProxy, (error) =>
  Layer.effect(HttpClient.HttpClient, Effect.fail(usage(messageOf(error))))
)

/** The prices that `prices refresh` last fetched, over those of this package. Only `refresh` fetches. */
export const refreshable: Layer.Layer<
  Pricing.Pricing,
  CliFailure,
  FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.unwrap(
  Effect.gen(function* () {
    const feed = yield* feedOf((yield* envSetting("EFFECT_LLM_PRICE_FEED")) ?? PriceFeed.modelsDev.name)
    const url = yield* envSetting("EFFECT_LLM_PRICE_URL")
    return Pricing.layerRefreshing({ when: "manual", feed, url })
  })
).pipe(Layer.provide(UserDirectories.layer))

/** Never called: only `refresh` fetches. */
const offline = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make(() => Effect.die("this command sends no requests"))
)

/** The same prices for offline commands: no HTTP client is loaded. */
const pricing: Layer.Layer<Pricing.Pricing, CliFailure, FileSystem.FileSystem | Path.Path> = Layer.provide(
  refreshable,
  offline
)

/** The catalog and prices that commands use; tests replace it. */
export const Sources = Context.Reference<
  Layer.Layer<Catalog.Catalog | Pricing.Pricing, CliFailure, FileSystem.FileSystem | Path.Path>
>("effect-llm/cli/Services/Sources", { defaultValue: () => Layer.merge(Catalog.layer, pricing) })

/** The layer in `Sources`. */
export const catalog = Layer.unwrap(Sources)
