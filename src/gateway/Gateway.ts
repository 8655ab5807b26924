/**
 * A gateway: one address that serves every model of the settings to any client.
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
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { flow } from "effect/Function"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { AttemptError } from "effect-llm/domain/ChatResponse"
import type { Policy } from "effect-llm/policies/Policy"
import { load, type LoadOptions, type Reload, type Settings, SettingsError } from "../settings/Settings.ts"
import { AdminApp } from "./admin/AdminApp.ts"
import { KnownNames } from "./access/KnownNames.ts"
import { IssuerFetch } from "./access/login/IssuerFetch.ts"
import { Access } from "./access/Access.ts"
import { forClients } from "./calls/Advice.ts"
import { refusedAt, toProviderError } from "./calls/Failure.ts"
import type { Models } from "./calls/Models.ts"
import { openAi } from "./dialects/openai/OpenAi.ts"
import type { ListenError } from "./http/ListenError.ts"
import { listen } from "./http/Listen.ts"
import { mostConnections } from "./http/OpenFiles.ts"
import { listener, type RequestLimits } from "./http/NodeServer.ts"
import { Uploads } from "./http/Uploads.ts"
import { webHandler } from "./http/WebHandler.ts"
import { Ledger } from "./ledger/Ledger.ts"
import { recordedAccess } from "./ledger/RecordedAccess.ts"
import * as Certificate from "./operations/Certificate.ts"
import { CurrentSettings, layerFile as settingsOfFile, layerOf } from "./operations/CurrentSettings.ts"
import * as Instances from "./operations/Instances.ts"
import { isLoopback, UnsafeListenError } from "./operations/ListenSafety.ts"
import { operations } from "./operations/Operations.ts"
import { Peers } from "./operations/Peers.ts"
import { remoteOf } from "./operations/TrustedProxies.ts"
import { ModelDirectory } from "./models/ModelDirectory.ts"
import * as BatchLooks from "./objects/BatchLooks.ts"
import { ProviderObjects } from "./objects/ProviderObjects.ts"
import { Background } from "./responses/Background.ts"
import { ResponseStore } from "./responses/ResponseStore.ts"
import { Responder, type ResponderServices } from "./Responder.ts"
import { routes } from "./Routes.ts"
import { defaultDatabase } from "./store/DefaultDatabase.ts"
import { Store } from "./store/Store.ts"

export { ListenError } from "./http/ListenError.ts"
export { UnsafeListenError } from "./operations/ListenSafety.ts"

/**
 * Options of a gateway, which override `server` in its settings.
 *
 * @since 0.1.0
 * @category models
 */
export interface GatewayOptions {
  /** Default 4000; with 0, any free port. */
  readonly port?: number | undefined
  /** Default `127.0.0.1`: reached from this machine only. Other addresses need keys in the settings. */
  readonly host?: string | undefined
  /**
   * The database of settings without `stores.sql`: a SQLite file, or the address of a Postgres. Default: the memory of the
   * process, so keys made at run time, budgets and the ledger end with it.
   */
  readonly database?: Redacted.Redacted | undefined
  /** Serves other machines even though callers need no key. */
  readonly openToEveryone?: boolean | undefined
  /** How long requests in progress may take to finish when it stops. Default 30 seconds. */
  readonly drain?: Duration.Input | undefined
  /** Headers of every response. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /**
   * A policy of your own, around each model and its policies from the settings, inside the limits and budgets of callers. It sees
   * every call in every dialect.
   */
  readonly policy?: Policy<AttemptError> | undefined
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
    /** The settings in use. */
    readonly settings: () => Settings
    /** Whether callers need no key, since there has been none since the start. */
    readonly isOpen: () => boolean
    /** Reads the settings again; `undefined` where they come from no file. */
    readonly reload: Effect.Effect<Reload | undefined>
    /** Every reload from now on, whatever caused it. */
    readonly reloads: Stream.Stream<Reload>
  }
>()("effect-llm-gateway/Gateway") {}

/**
 * What keeps a gateway from starting.
 *
 * @since 0.1.0
 * @category errors
 */
export type StartError = SettingsError | ListenError | UnsafeListenError

/**
 * Starts a gateway for these settings; closing the layer stops it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: Settings,
  options: GatewayOptions = {}
): Layer.Layer<Gateway, StartError, HttpClient.HttpClient | ChildProcessSpawner> =>
  serving(options).pipe(
    Layer.provide(layerOf(settings, options.policy)),
    Layer.provide(Instances.layer),
    Layer.provide(Store.layer(settings.stores, options.database))
  )

/**
 * Starts a gateway for the settings of a file, and follows its changes; closing the layer stops it. Its database is a SQLite
 * file beside that of the settings, where neither they nor the options name another.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  file: string,
  options: GatewayOptions & LoadOptions = {}
): Layer.Layer<Gateway, StartError, FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | ChildProcessSpawner> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { stores } = (yield* load(file, options)).settings
      const database = options.database ?? (stores?.sql === undefined ? yield* databaseBeside(file) : undefined)
      return serving(options).pipe(
        Layer.provide(settingsOfFile(file, options, options.policy)),
        Layer.provide(Instances.layer),
        Layer.provide(Store.layer(stores, database))
      )
    })
  )

const databaseBeside = (file: string) =>
  Effect.mapError(
    Effect.provide(defaultDatabase(file), UserDirectories.layer),
    ({ message }) =>
      new SettingsError({
        file,
        mistakes: [
          {
            severity: "error",
            path: ["stores", "sql"],
            message: `is required, since no database file can be created: ${message}`
          }
        ]
      })
  )

/**
 * Options of a gateway inside an existing server.
 *
 * @since 0.1.0
 * @category models
 */
export interface HandlerOptions extends Pick<GatewayOptions, "database" | "headers" | "policy"> {
  /**
   * Lets callers in without a key where none is defined: then anybody who reaches the server may call, except pages of other
   * origins. By default, a handler without keys is an error.
   */
  readonly openToEveryone?: boolean | undefined
}

/**
 * A gateway as a function from requests to responses, for an existing server: Hono, Bun, Deno, a framework, or an
 * `HttpRouter` by `HttpEffect.fromWebHandler`. It works until the scope is closed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const handler = Effect.fnUntraced(function* (
  settings: Settings,
  options: HandlerOptions = {}
): Effect.fn.Return<
  (request: Request) => Promise<Response>,
  StartError,
  HttpClient.HttpClient | ChildProcessSpawner | Scope.Scope
> {
  const built = yield* Layer.build(
    handling(options).pipe(
      Layer.provide(layerOf(settings, options.policy)),
      Layer.provide(Instances.layer),
      Layer.provide(Store.layer(settings.stores, options.database))
    )
  )
  const { context, nextId, respond } = Context.get(built, Responder)
  return webHandler({
    respond,
    nextId,
    limits: limitsOf(settings.server ?? {}),
    silence: silenceOf(settings.server ?? {}),
    clock: yield* Clock.Clock,
    context
  })
})

const servedRoutes = [...routes, ...operations]

/** The services that requests need. */
const provideServices = flow(
  Layer.provide([recordedAccess, BatchLooks.layer, AdminApp.layer(servedRoutes)]),
  Layer.provide([
    Access.layer,
    KnownNames.layer(servedRoutes),
    Ledger.layer(),
    ModelDirectory.layer,
    Background.layer,
    ResponseStore.layer,
    ProviderObjects.layer
  ]),
  Layer.provide(IssuerFetch.layer)
)

const handling = ({ headers, openToEveryone }: HandlerOptions) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isOpen } = yield* Access
      if (isOpen() && openToEveryone !== true) return yield* new UnsafeListenError({ host: "a handler" })
      return Responder.layer({ isLocal: false, headers })
    })
  ).pipe(provideServices)

const serving = (
  options: GatewayOptions
): Layer.Layer<Gateway, StartError, Models | CurrentSettings | Store | HttpClient.HttpClient> =>
  Layer.effect(Gateway, make(options)).pipe(provideServices)

/** How long a stream may be silent before it is kept alive. */
const silenceOf = ({ streamKeepAlive = Duration.seconds(15) }: NonNullable<Settings["server"]>) =>
  streamKeepAlive === false ? undefined : streamKeepAlive

const limitsOf = ({ limits = {} }: NonNullable<Settings["server"]>): RequestLimits => ({
  bodyBytes: limits.body ?? 32_000_000,
  depth: limits.depth,
  uploads: new Uploads(limits.uploads)
})

const make = Effect.fnUntraced(function* (
  options: GatewayOptions
): Effect.fn.Return<
  Gateway["Service"],
  ListenError | UnsafeListenError | SettingsError,
  ResponderServices | Scope.Scope
> {
  const access = yield* Access
  const settings = yield* CurrentSettings
  const { server = {} } = settings.get()
  const { limits = {} } = server
  const { host = server.host ?? "127.0.0.1", openToEveryone, port = server.port ?? 4000 } = options
  if (!isLoopback(host) && access.isOpen() && openToEveryone !== true) {
    return yield* new UnsafeListenError({ host })
  }
  const certificate = server.tls && (yield* Certificate.make(server.tls))
  const renewCertificate = certificate?.renew ?? Effect.void
  const { headers } = options
  const responder = Responder.layer({ isLocal: isLoopback(host), headers })
  const { context, inProgress, nextId, refuse, respond } = Context.get(yield* Layer.build(responder), Responder)
  const serve = listener({
    respond,
    refuse,
    limits: limitsOf(server),
    nextId,
    remoteOf: remoteOf(server.trustedProxies),
    clock: yield* Clock.Clock,
    context,
    inProgress
  })
  const silence = silenceOf(server)
  if (silence !== undefined)
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.andThen(
          Effect.sleep(Duration.millis(Duration.toMillis(silence) / 2)),
          Effect.sync(() => inProgress.keepAlive())
        )
      )
    )
  const wanted = limits.connections ?? 20_000
  const connections = mostConnections(wanted)
  if (limits.connections !== undefined && connections < wanted)
    yield* Effect.logWarning(
      `At most ${connections} connections are open at once, not ${wanted}: a call needs two files, and ulimit -n allows no more`
    )
  const address = yield* listen(
    {
      host,
      port,
      shared: (yield* Peers).sharedPort,
      certificate,
      headerBytes: limits.headers ?? 32 * 1024,
      receive: limits.receive ?? Duration.minutes(5),
      keepAlive: server.keepAlive ?? Duration.seconds(75),
      connections,
      drain:
        options.drain === undefined ? (server.drain ?? Duration.seconds(30)) : Duration.fromInputUnsafe(options.drain),
      malformed: (status, detail) =>
        JSON.stringify(openAi.encodeError(forClients(toProviderError(refusedAt(status, detail)))).body)
    },
    serve,
    inProgress,
    context
  )
  const name = host.includes(":") ? `[${host}]` : host
  return {
    url: `${certificate === undefined ? "http" : "https"}://${name}:${address.port}`,
    settings: settings.get,
    isOpen: access.isOpen,
    reload: server.tls === undefined ? settings.reload : Effect.tap(settings.reload, () => renewCertificate),
    reloads: settings.reloads
  }
})
