import type * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as ConfigErrors from "./ConfigErrors.ts"

const load = ConfigErrors.loadPeer("UndiciClient", "@effect/platform-node", () =>
  Promise.all([import("@effect/platform-node/NodeHttpClient"), import("./undici/DispatcherClient.ts")])
)

const loadProxy = ConfigErrors.loadPeer(
  "UndiciClient",
  "@effect/platform-node",
  () => import("./undici/ProxyDispatcher.ts")
)

/**
 * The client of `NodeHttpClient.layerUndici`, with a fast path for the calls of models: these ask the dispatcher itself,
 * without streams of Node and signals between the socket and their reader, which takes half of the CPU time of a call
 * away. Whatever else is sent with it goes through `NodeHttpClient`.
 *
 * It needs the package `@effect/platform-node`, and is a `ConfigError` where that is not installed.
 *
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Dispatcher.md
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<HttpClient.HttpClient, Config.ConfigError, NodeHttpClient.Dispatcher> = Effect.flatMap(
  load,
  ([, { make }]) => make
)

/**
 * The client, over the dispatcher that there is.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNoDispatcher: Layer.Layer<HttpClient.HttpClient, Config.ConfigError, NodeHttpClient.Dispatcher> =
  Layer.effect(HttpClient.HttpClient, make)

/**
 * The client, over an agent of undici with these settings, which is closed with the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOptions = (options?: Undici.Agent.Options): Layer.Layer<HttpClient.HttpClient, Config.ConfigError> =>
  Layer.unwrap(
    Effect.map(load, ([platform]) => Layer.provide(layerNoDispatcher, platform.layerDispatcherOptions(options)))
  )

/**
 * The client, over an agent of undici, which is closed with the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient, Config.ConfigError> = layerOptions()

/**
 * The client, through the proxies of the environment: `HTTPS_PROXY` and `HTTP_PROXY`, but not for the hosts of `NO_PROXY`
 * (names with their subdomains, `host:port`, `*`); in lower case too, which wins. They are read by `Config` when the layer
 * is built. It fails with a `ConfigError` when one is not the address of an HTTP proxy.
 *
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/EnvHttpProxyAgent.md
 * @since 0.1.0
 * @category layers
 */
export const layerProxyOptions = (
  options?: Undici.Agent.Options
): Layer.Layer<HttpClient.HttpClient, Config.ConfigError> =>
  Layer.unwrap(Effect.map(loadProxy, ({ layer }) => Layer.provide(layerNoDispatcher, layer(options))))

/**
 * `layerProxyOptions` with undici's own settings.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProxy: Layer.Layer<HttpClient.HttpClient, Config.ConfigError> = layerProxyOptions()
