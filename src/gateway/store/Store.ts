import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { databaseMistake } from "../../settings/stores/DatabaseMistake.ts"
import { once } from "../../settings/stores/Once.ts"
import { connect, type Connected, memory } from "../../settings/stores/StoreBook.ts"
import type { Mistake } from "../../settings/file/Mistake.ts"
import { SettingsError } from "../../settings/Settings.ts"
import type { Stores } from "../../settings/schema/Stores.ts"
import { migrate } from "./Migrations.ts"
import { all } from "./migrations/All.ts"

/** A use of the database failed: it is away, or it refused a statement. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  isAway: Schema.Boolean,
  cause: Schema.Defect()
}) {
  /** Whether the text cannot be stored, which is the client's fault: Postgres takes no NUL. */
  get isUnstorable(): boolean {
    return isDataException(this.cause)
  }

  override get message(): string {
    if (this.isUnstorable) return "names and ids hold no NUL (U+0000) and no half of a character"
    if (this.isAway) return "the gateway's database does not respond"
    const reason = reasonOf(this.cause)
    return `the gateway's database refused a statement${reason === undefined ? "" : `: ${reason}`}`
  }
}

/** How long one use of the database may take. */
const timeout = "10 seconds"

/** How long the start waits for a database to say that it cannot be used. One that is away does not keep a gateway from starting. */
const patience = "2 seconds"

/** The database of the gateway, and what its policies keep there or in Redis. */
export class Store extends Context.Service<
  Store,
  {
    readonly sql: SqlClient
    /** A SQLite file, `:memory:`, or the address of a Postgres. */
    readonly database: Redacted.Redacted
    /** The stores of policies: limits, circuits, budgets, cached responses. */
    readonly connected: Connected
    /** Uses the database, once its tables are up to date; reconnects if necessary. */
    readonly use: <A, E>(effect: Effect.Effect<A, E | SqlError>) => Effect.Effect<A, Exclude<E, SqlError> | StoreError>
    /** Whether the database responds. */
    readonly responds: Effect.Effect<boolean>
    /** Whether it can be written to, as it could within the last second: one that is locked, full or read-only still responds. */
    readonly isReady: Effect.Effect<boolean>
  }
>()("effect-llm-gateway/Store") {
  /**
   * The stores of settings; `database` is a SQLite file or the address of a Postgres for settings that name none, by default
   * the memory of the process. It starts even while they are away, and uses them once they are back; a database that refuses
   * what its address says is a mistake of the settings.
   */
  static readonly layer = (
    settings: Stores | undefined,
    database: Redacted.Redacted = Redacted.make(":memory:")
  ): Layer.Layer<Store, SettingsError> => Layer.effect(this, make(settings, database))
}

const make = Effect.fnUntraced(function* (settings: Stores | undefined, database: Redacted.Redacted) {
  const scope = yield* Effect.scope
  const connected = yield* connect(settings ?? {}, yield* Layer.build(memory), scope, { isPatient: true, database })
  const { sql } = connected
  if (sql === undefined) return yield* Effect.die(new Error("settings were connected without a database"))
  const migrated = once(
    Effect.mapError(Effect.provideService(migrate(all), SqlClient, sql), (error) => {
      const cause = error._tag === "MigrationError" && isSqlError(error.cause) ? error.cause : error
      return new StoreError({ isAway: isSqlError(cause) && isAway(cause), cause })
    })
  )
  const use: Store["Service"]["use"] = <A, E>(effect: Effect.Effect<A, E | SqlError>) =>
    limited(
      Effect.andThen(
        migrated,
        Effect.catch(effect, (error) =>
          Effect.fail(
            isSqlError(error)
              ? new StoreError({ isAway: isAway(error), cause: error })
              : // Other errors are those of the effect itself.
                (error as Exclude<E, SqlError>)
          )
        )
      )
    )
  const first = yield* Deferred.make<void, StoreError>()
  // Migrates at the start rather than with the first request, where the database is up.
  yield* use(Effect.void).pipe(
    Effect.onExit((exit) => Deferred.done(first, exit)),
    Effect.tapError(({ cause, isAway, message }) =>
      isAway
        ? Effect.logWarning("The database is away; trying again", cause)
        : Effect.logError(`${databaseMistake(cause) ?? message}; trying again`)
    ),
    Effect.retry(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])),
    Effect.forkScoped({ startImmediately: true })
  )
  const failure = yield* Effect.flip(Deferred.await(first)).pipe(Effect.timeout(patience), Effect.option)
  const message = Option.isSome(failure) ? databaseMistake(failure.value.cause) : undefined
  if (message !== undefined) {
    const mistake: Mistake = { severity: "error", path: ["stores", "sql"], message }
    return yield* Effect.fail(new SettingsError({ file: "settings", mistakes: [mistake] }))
  }
  return Store.of({
    sql,
    database: settings?.sql ?? database,
    connected,
    use,
    responds: succeeds(use(sql`SELECT 1`)),
    isReady: yield* Effect.cachedWithTTL(succeeds(use(writesIn(sql))), "1 second")
  })
})

const succeeds = <E>(effect: Effect.Effect<unknown, E>): Effect.Effect<boolean> =>
  Effect.match(effect, { onFailure: () => false, onSuccess: () => true })

/** A write that changes nothing. In Postgres a lock on the row, which hinders no change of keys. */
const writesIn = (sql: SqlClient) =>
  sql.onDialectOrElse({
    pg: () => sql`SELECT 1 FROM effect_llm_access_version WHERE id = 1 FOR KEY SHARE`,
    orElse: () => sql`UPDATE effect_llm_access_version SET version = version WHERE id = 1`
  })

/** The codes of a Postgres that is starting, stopping, a read-only replica, or out of connections or space. */
const isUnavailable = (code: unknown): boolean => typeof code === "string" && /^(?:53|57P|25006)/.test(code)

/** SQLite's result codes for its file: no permission, no memory, read-only, I/O error, corrupt, full, cannot open, no database. */
const faultsOfFile: ReadonlySet<unknown> = new Set([3, 7, 8, 10, 11, 13, 14, 26])

const isOfFile = (errno: unknown): boolean => typeof errno === "number" && faultsOfFile.has(errno & 0xff)

/** Whether the database could run no statement at all; one that refuses a statement is there. */
const isAway = ({ reason }: SqlError): boolean => {
  if (reason._tag === "ConnectionError" || reason._tag === "LockTimeoutError") return true
  const { cause } = reason
  return (
    (Predicate.hasProperty(cause, "code") && isUnavailable(cause.code)) ||
    (Predicate.hasProperty(cause, "errno") && isOfFile(cause.errno))
  )
}

/** Postgres' codes for values that it cannot take. */
const isDataException = (error: unknown): boolean => {
  const cause = isSqlError(error) ? error.reason.cause : error
  return Predicate.hasProperty(cause, "code") && typeof cause.code === "string" && /^22...$/.test(cause.code)
}

/** The database's own message. */
const reasonOf = (error: unknown): string | undefined => {
  const cause = isSqlError(error) ? error.reason.cause : error
  return Predicate.hasProperty(cause, "message") && typeof cause.message === "string" ? cause.message : undefined
}

/** Ends in time even if the database cannot be interrupted, whose result is then dropped. */
const limited = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
  Effect.flatMap(
    Effect.forkDetach(Effect.interruptible(effect), { startImmediately: true }),
    (fiber) =>
      fiber.pollUnsafe() ??
      Effect.timeoutOrElse(Effect.interruptible(Fiber.join(fiber)), {
        duration: timeout,
        orElse: () => Effect.fail(new StoreError({ isAway: true, cause: new Cause.TimeoutError() }))
      }).pipe(Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe())))
  )
