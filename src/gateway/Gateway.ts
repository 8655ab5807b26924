/**
 * A gateway: an address at which every model of some settings is reached, by any client.
 *
 * ```ts
 * import { Layer } from "effect"
 * import * as Gateway from "effect-llm-gateway/Gateway"
 * import * as Settings from "effect-llm-gateway/Settings"
 *
 * declare const settings: Settings.Settings
 *
 * export const gateway = Gateway.layer(settings, { port: 4000 })
 * ```
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { build, type Settings, type SettingsError } from "../settings/Settings.ts"
import { Access } from "./access/Access.ts"
import { Models } from "./calls/Models.ts"
import { openAi } from "./dialects/openai/OpenAi.ts"
import type { ListenError } from "./http/ListenError.ts"
import { listen, listener } from "./http/NodeServer.ts"
import { respond } from "./http/Respond.ts"
import { type Route, Routes } from "./http/Routes.ts"
import { routes } from "./Routes.ts"
import { Store } from "./store/Store.ts"

export { ListenError } from "./http/ListenError.ts"

/**
 * Where a gateway listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface GatewayOptions {
  /** Default 4000; with 0, any free port. */
  readonly port?: number | undefined
  /** Default `127.0.0.1`: reached from this machine only. */
  readonly host?: string | undefined
  /**
   * The database of settings without `stores.sql`: a SQLite file, or the address of a Postgres. Default: the memory of the
   * process, so keys made at run time, budgets and the ledger end with it.
   */
  readonly database?: Redacted.Redacted | undefined
}

/**
 * A gateway that listens.
 *
 * @since 0.1.0
 * @category services
 */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** The address, such as `http://127.0.0.1:4000`. */
    readonly url: string
  }
>()("effect-llm-gateway/Gateway") {}

/**
 * Starts a gateway for these settings; closing the layer stops it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: Settings,
  options: GatewayOptions = {}
): Layer.Layer<Gateway, SettingsError | ListenError, HttpClient.HttpClient | ChildProcessSpawner> =>
  Layer.effect(Gateway, make(options)).pipe(
    Layer.provide(Access.layerOpen),
    Layer.provide(
      Layer.effect(
        Models,
        Effect.gen(function* () {
          const { connected } = yield* Store
          return yield* build(settings, yield* ConfigProvider.ConfigProvider, connected)
        })
      )
    ),
    Layer.provide(Store.layer(settings.stores, options.database))
  )

const make = Effect.fnUntraced(function* ({
  host = "127.0.0.1",
  port = 4000
}: GatewayOptions): Effect.fn.Return<Gateway["Service"], ListenError, Models | Access | Scope.Scope> {
  const context = yield* Effect.context<Models | Access>()
  const access = yield* Access
  const clock = yield* Clock.Clock
  const table = new Routes(routes.map((route) => bound(route, context)))
  let count = 0
  const prefix = crypto.randomUUID().slice(0, 8)
  const address = yield* listen(
    { host, port },
    listener(
      (received) => respond(received, table, access, openAi),
      { bodyBytes: 32 * 1024 * 1024 },
      () => `req_${prefix}${(++count).toString(36)}`,
      clock
    )
  )
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}` }
})

/** A route with all that it needs. */
const bound = <R>(route: Route<R>, context: Context.Context<R>): Route => ({
  ...route,
  run: (exchange) => Effect.provideContext(route.run(exchange), context)
})
