import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import { EnvHttpProxyAgent } from "@effect/platform-node/Undici"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ConfigErrors from "../ConfigErrors.ts"

/** The setting in lower case, else in upper case, as curl reads it; an empty one is none. */
const setting = (name: string) =>
  Effect.map(
    Effect.all([Config.option(Config.String(name)), Config.option(Config.String(name.toUpperCase()))]),
    ([lower, upper]) => Option.getOrElse(lower, () => Option.getOrElse(upper, () => "")).trim()
  )

/** A proxy may be written without its scheme (`proxy:8080`). The address may hold a password, so no error shows it. */
const proxy = (name: string): Effect.Effect<string, Config.ConfigError> =>
  Effect.flatMap(setting(name), (written) => {
    const address = written === "" || written.includes("://") ? written : `http://${written}`
    return address === "" || (/^https?:\/\//i.test(address) && URL.canParse(address))
      ? Effect.succeed(address)
      : Effect.fail(
          ConfigErrors.of(`${name.toUpperCase()} must be the URL of an HTTP proxy, such as http://proxy.example:8080`)
        )
  })

/**
 * A dispatcher that sends through the proxies of `HTTPS_PROXY` and `HTTP_PROXY`, but for the hosts of `NO_PROXY`. Without
 * these settings it is an agent like any other. It is closed with the layer.
 */
export const layer = (
  options: Undici.Agent.Options | undefined
): Layer.Layer<NodeHttpClient.Dispatcher, Config.ConfigError> =>
  Layer.effect(
    NodeHttpClient.Dispatcher,
    Effect.gen(function* () {
      const httpProxy = yield* proxy("http_proxy")
      const httpsProxy = yield* proxy("https_proxy")
      const noProxy = yield* setting("no_proxy")
      if (httpProxy === "" && httpsProxy === "") return yield* NodeHttpClient.makeDispatcherOptions(options)
      return yield* Effect.acquireRelease(
        Effect.sync(() => new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy })),
        (agent) => Effect.promise(() => agent.destroy())
      )
    })
  )
