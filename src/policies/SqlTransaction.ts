/**
 * A transaction of its own, which is repeated when the database gave it up so that another could go on.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { SqlClient } from "effect/sql"
 * import * as SqlTransaction from "effect-llm/policies/SqlTransaction"
 *
 * const rename = Effect.flatMap(SqlClient.SqlClient, (sql) =>
 *   SqlTransaction.run(sql, sql`UPDATE people SET name = ${"Ada"} WHERE id = ${1}`)
 * )
 * ```
 *
 * The effect may run several times: what it does besides its statements must bear that.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** Deadlocks and serialization failures: the transaction was undone as a whole, and may go through when it is repeated. */
const isConflict = (error: unknown): boolean =>
  isSqlError(error) && (error.reason._tag === "DeadlockError" || error.reason._tag === "SerializationError")

const repeats = Schedule.exponential("10 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 6 }))

/**
 * Repeats a transaction, or a statement that is one by itself, which the database gave up so that another could go on.
 *
 * @since 0.1.0
 * @category combinators
 */
export const repeated = <A, E, R>(transaction: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(transaction, { schedule: repeats, while: isConflict })

/** Postgres ends a transaction whose process is gone without a word, as with its machine: what it locked is free again. */
const limited = (sql: SqlClient.SqlClient): Effect.Effect<unknown, SqlError> =>
  sql.onDialectOrElse({
    pg: () => sql`SET LOCAL idle_in_transaction_session_timeout = '5s'`,
    orElse: () => Effect.void
  })

/**
 * Runs an effect in a transaction, all of it or nothing, also where the caller is in another transaction of the same client.
 * With SQLite it begins as a writer; there, a call within another transaction would wait for that one and time out.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = <A, E>(
  sql: SqlClient.SqlClient,
  effect: Effect.Effect<A, E, SqlClient.SqlClient>
): Effect.Effect<A, E | SqlError> =>
  sql.withTransaction(Effect.andThen(limited(sql), Effect.provideService(effect, SqlClient.SqlClient, sql))).pipe(
    Effect.provideService(
      SqlClient.BeginTransaction,
      sql.onDialectOrElse({ sqlite: () => "BEGIN IMMEDIATE", orElse: () => undefined })
    ),
    Effect.updateContext((context: Context.Context<never>) => Context.omit(sql.transactionService)(context)),
    repeated
  )
