import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type * as Persistence from "effect/persistence/Persistence"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import { Budgets } from "effect-llm/policies/Budgets"
import * as RateLimit from "effect-llm/policies/RateLimit"
import * as ResponseCache from "effect-llm/policies/ResponseCache"
import { CurrentOrigins } from "effect-llm/router/Affinity"
import { SettingsError } from "../file/Mistake.ts"
import { Channel } from "./Channel.ts"
import { databaseMistake } from "./DatabaseMistake.ts"
import type { ShadowCalls } from "../build/Shadowing.ts"
import type { Stores as StoreSettings } from "../schema/Stores.ts"

/** The stores of policies. */
export type KeptIn = CircuitBreaker.CircuitBreakerStore | RateLimit.RateLimitStore | Budgets | Persistence.Persistence

/** The stores of settings, and the database that some of them may be in. */
export interface Connected {
  readonly stores: Context.Context<KeptIn>
  readonly sql: SqlClient | undefined
  /** Where calls of shadows are written down. */
  readonly shadowCalls: ShadowCalls
  /** The channel of the Redis, and what reaches all processes: that one, or the channel of the Postgres. */
  readonly redis?: Channel["Service"] | undefined
  readonly channel?: Channel["Service"] | undefined
}

/**
 * - `isPatient`: a store that is away fails what needs it until it is there; otherwise connecting fails.
 * - `database`: the database of settings that name none. It keeps budgets, and no responses.
 */
export interface ConnectOptions {
  readonly isPatient?: boolean | undefined
  readonly database?: Redacted.Redacted | undefined
}

/** How long a store may take until it is there. */
const connectTimeout = "10 seconds"

/** Where limits are counted without a Redis: in this process, unless it shares them with others on this machine. */
export const LocalLimits = Context.Reference<Layer.Layer<RateLimit.RateLimitStore>>(
  "effect-llm-gateway/settings/LocalLimits",
  { defaultValue: () => RateLimit.layerStoreMemory }
)

/** The stores of one process. */
export const memory: Layer.Layer<KeptIn> = Layer.mergeAll(
  CircuitBreaker.layerStoreMemory(),
  Layer.unwrap(LocalLimits),
  Budgets.layerMemory,
  ResponseCache.layerMemory()
)

/**
 * Finds the stores of settings: the same for settings that say the same, in memory for those that say nothing. Connections stay
 * open for calls in progress until the scope is closed.
 */
export const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const inMemory = yield* Layer.buildWithScope(memory, scope)
  let current: readonly [key: string, connected: Connected] = [
    keyOf({}),
    { stores: inMemory, sql: undefined, shadowCalls: { journal: undefined } }
  ]

  return Effect.fnUntraced(function* (settings: StoreSettings = {}): Effect.fn.Return<Connected, SettingsError> {
    const key = keyOf(settings)
    if (current[0] === key) return current[1]
    const own = yield* Scope.fork(scope)
    const connected = yield* connect(settings, inMemory, own).pipe(
      Effect.onExit((exit) => (exit._tag === "Failure" ? Scope.close(own, exit) : Effect.void))
    )
    current = [key, connected]
    return connected
  })
})

const keyOf = ({ prefix, redis, sql }: StoreSettings): string =>
  JSON.stringify([redis && Redacted.value(redis), sql && Redacted.value(sql), prefix])

/** Connects the stores of settings until the scope is closed; what they do not say is kept in memory. */
export const connect = Effect.fnUntraced(function* (
  { prefix = "effect-llm", redis, sql: named }: StoreSettings,
  inMemory: Context.Context<KeptIn>,
  scope: Scope.Scope,
  { database, isPatient = false }: ConnectOptions = {}
): Effect.fn.Return<Connected, SettingsError> {
  let stores = inMemory
  let client: SqlClient | undefined
  let channel: Channel["Service"] | undefined
  let inRedis: Channel["Service"] | undefined
  const sql = named ?? database
  if (sql !== undefined) {
    const layer = Effect.map(
      Effect.promise(() => import("./SqlStores.ts")),
      ({ layer, layerPatient }) => (isPatient ? layerPatient(sql) : layer(sql))
    )
    const inSql = yield* built("sql", "@effect/sql-pg", sql, layer, scope)
    client = Context.get(inSql, SqlClient)
    channel = Option.getOrUndefined(Context.getOption(inSql, Channel))
    stores = named === undefined ? stores : Context.merge(stores, inSql)
    stores = Context.add(stores, Budgets, Context.get(inSql, Budgets)).pipe(
      Context.add(CurrentOrigins, Context.get(inSql, CurrentOrigins))
    )
  }
  const budgets = Context.get(stores, Budgets)
  if (redis !== undefined) {
    const module = Effect.tryPromise({ try: () => import("./RedisStores.ts"), catch: (error) => error })
    const layer = Effect.map(module, ({ layer, layerPatient }) => (isPatient ? layerPatient : layer)(redis, prefix))
    const services = yield* built("redis", "redis", redis, layer, scope)
    channel = inRedis = Context.get(services, Channel)
    stores = Context.merge(stores, services)
  }
  // What was spent outlives a Redis that forgets.
  return {
    stores: named === undefined ? stores : Context.add(stores, Budgets, budgets),
    sql: client,
    shadowCalls: { journal: undefined },
    redis: inRedis,
    channel
  }
})

const built = <Services>(
  name: "redis" | "sql",
  packageName: string,
  address: Redacted.Redacted,
  layer: Effect.Effect<Layer.Layer<Services, unknown>, unknown>,
  scope: Scope.Scope
): Effect.Effect<Context.Context<Services>, SettingsError> =>
  Effect.flatMap(layer, (layer) => Layer.buildWithScope(layer, scope)).pipe(
    Effect.timeout(connectTimeout),
    Effect.catchCause((cause) => {
      const text = Redacted.value(address)
      const message = messageOf(Cause.squash(cause), packageName)
      // The path of a file is no secret.
      const shown = text.includes("://") ? message.replaceAll(text, "(its address)") : message
      return Effect.fail(
        new SettingsError({
          file: "settings",
          mistakes: [{ severity: "error", path: ["stores", name], message: shown }]
        })
      )
    })
  )

/** SQLite's code for a file that it cannot open. */
const cannotOpen = 14

const messageOf = (error: unknown, packageName: string): string => {
  const causes = causesOf(error)
  const mistake = databaseMistake(causes.at(-1))
  if (mistake !== undefined) return mistake
  if (causes.some((cause) => "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND"))
    return `needs the package ${packageName}: install it beside effect-llm-gateway, with "npm install ${packageName}"`
  const cause = causes.at(-1)
  const advice =
    cause !== undefined && "errcode" in cause && cause.errcode === cannotOpen
      ? ". Its folder must be there, and this user must be able to write to it"
      : ""
  return `cannot be used: ${cause?.message || String(error)}${advice}`
}

const causesOf = (error: unknown): ReadonlyArray<Error> =>
  Predicate.isError(error) ? [error, ...causesOf(error.cause ?? Reflect.get(error, "reason"))] : []
