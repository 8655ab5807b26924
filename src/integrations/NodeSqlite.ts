/**
 * SQLite for Effect's `SqlClient`, over Node's own `node:sqlite`: budgets and other stores in one file, which several processes
 * on one machine may share.
 *
 * ```ts
 * import { Layer } from "effect"
 * import * as NodeSqlite from "effect-llm/integrations/NodeSqlite"
 * import * as BudgetStoreSql from "effect-llm/policies/BudgetStoreSql"
 *
 * const store = BudgetStoreSql.layer.pipe(Layer.provide(NodeSqlite.layer({ filename: "budgets.db" })))
 * ```
 *
 * `node:sqlite` is synchronous: a statement blocks the whole process while it runs, so keep statements and rows small. Waiting
 * for the lock of another process does not block.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, ConnectionError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { formatDecimal } from "../catalog/Money.ts"

/**
 * - `filename`: the path of the file, or `:memory:` for a database that ends with the layer.
 * - `readonly`: opens an existing file only to read it.
 * - `busyTimeout`: how long a statement or transaction waits while another process writes (default: 5 seconds).
 * - `transformQueryNames`, `transformResultNames`: as in Effect's other SQL clients.
 *
 * @since 0.1.0
 * @category models
 */
export interface NodeSqliteOptions {
  readonly filename: string
  readonly readonly?: boolean | undefined
  readonly busyTimeout?: Duration.Input | undefined
  readonly transformQueryNames?: ((name: string) => string) | undefined
  readonly transformResultNames?: ((name: string) => string) | undefined
}

/**
 * A client of one database, closed with the scope. Transactions begin with `BEGIN IMMEDIATE`, so that two processes never both
 * read before one of them writes. The journal is a write-ahead log: what was committed survives the death of the process, and
 * of the machine up to the last moments.
 *
 * Integers come as numbers where they are safe, else as `bigint`. Statements may use `decimal_add(a, b)` and the aggregate
 * `decimal_sum(x)` on exact decimals in text, as in SQLite's own extension of decimals.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  options: NodeSqliteOptions
): Effect.fn.Return<SqlClient.SqlClient, SqlError, Scope.Scope | Reactivity.Reactivity> {
  const { busyTimeout = "5 seconds", filename, readonly = false, transformQueryNames, transformResultNames } = options
  const { DatabaseSync } = yield* Effect.tryPromise({
    try: () => import("node:sqlite"),
    catch: (cause) =>
      new SqlError({
        reason: new ConnectionError({ cause, message: "node:sqlite is missing: use Node 22.13 or later" })
      })
  })
  const database = yield* Effect.acquireRelease(
    attempt("open", () => new DatabaseSync(filename, { readOnly: readonly, timeout: 0 }), filename),
    (database) => Effect.sync(() => database.close())
  )
  defineDecimals(database)
  const connection = new SqliteConnection(database, Duration.fromInputUnsafe(busyTimeout))
  if (!readonly) {
    yield* connection.executeUnprepared("PRAGMA journal_mode = WAL", [], undefined)
    yield* connection.executeUnprepared("PRAGMA synchronous = NORMAL", [], undefined)
  }
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore: yield* Semaphore.make(1),
    isTransaction: (connection) => connection.database.isTransaction
  })
  return yield* SqlClient.make({
    ...acquirers,
    compiler: Statement.makeCompilerSqlite(transformQueryNames),
    driver: "sqlite-node",
    beginTransaction: readonly ? "BEGIN" : "BEGIN IMMEDIATE",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    prepareTransactionControls: true,
    spanAttributes: [
      ["db.system.name", "sqlite"],
      ["db.namespace", filename]
    ],
    ...(transformResultNames && { transformRows: Statement.defaultTransforms(transformResultNames).array })
  })
})

/**
 * The `SqlClient` of one database.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: NodeSqliteOptions): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

/** Adds decimals in text exactly; null counts as zero. */
const defineDecimals = (database: DatabaseSync): void => {
  const add = (total: unknown, value: unknown): string =>
    formatDecimal(BigDecimal.sum(decimalOf(total), decimalOf(value)))
  database.function("decimal_add", { deterministic: true }, add)
  database.aggregate("decimal_sum", { start: "0", step: add })
}

const decimalOf = (value: unknown): BigDecimal.BigDecimal =>
  value === null ? BigDecimal.make(0n, 0) : BigDecimal.fromStringUnsafe(String(value))

type Row = Record<string, unknown>
type Transform = (<A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

/** How many prepared statements are cached. */
const capacity = 200

/** How many rows of a stream are read at once. */
const rowsAtOnce = 128

class SqliteConnection implements Connection {
  readonly database: DatabaseSync
  readonly #rows = new Map<string, StatementSync>()
  readonly #values = new Map<string, StatementSync>()
  readonly #whileBusy: Schedule.Schedule<unknown, SqlError>

  constructor(database: DatabaseSync, busyTimeout: Duration.Duration) {
    this.database = database
    this.#whileBusy = Schedule.min([Schedule.exponential("1 millis"), Schedule.spaced("25 millis")]).pipe(
      Schedule.jittered,
      Schedule.setInputType<SqlError>(),
      // A statement that fails within a transaction leaves it as it was: only its beginning may wait.
      Schedule.while(({ input }) => input.reason._tag === "LockTimeoutError" && !database.isTransaction),
      Schedule.upTo({ duration: busyTimeout })
    )
  }

  #run<A>(operation: string, run: () => A): Effect.Effect<A, SqlError> {
    return Effect.retry(attempt(operation, run), this.#whileBusy)
  }

  #prepared(cache: Map<string, StatementSync>, sql: string): StatementSync {
    const known = cache.get(sql)
    cache.delete(sql)
    const statement = known ?? this.#prepare(sql)
    cache.set(sql, statement)
    const [oldest] = cache.size > capacity ? cache.keys() : []
    if (oldest !== undefined) cache.delete(oldest)
    return statement
  }

  #prepare(sql: string): StatementSync {
    const statement = this.database.prepare(sql)
    statement.setReadBigInts(true)
    return statement
  }

  execute(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.#all(() => this.#prepared(this.#rows, sql), params, transform)
  }

  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.#all(() => this.#prepare(sql), params, transform)
  }

  #all(prepare: () => StatementSync, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.#run("execute", () => {
      const rows: ReadonlyArray<Row> = prepare()
        .all(...params.map(toSqlite))
        .map(fromRow)
      return transform === undefined ? rows : transform(rows)
    })
  }

  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.#run("execute", () => {
      const statement = this.#prepared(this.#rows, sql)
      const values = params.map(toSqlite)
      return statement.columns().length === 0 ? statement.run(...values) : statement.all(...values).map(fromRow)
    })
  }

  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return this.#run("execute", () => this.#arrays(this.#prepared(this.#values, sql), params))
  }

  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.#run("execute", () => this.#arrays(this.#prepare(sql), params))
  }

  #arrays(statement: StatementSync, params: ReadonlyArray<unknown>): ReadonlyArray<ReadonlyArray<unknown>> {
    statement.setReturnArrays(true)
    // Node's types do not reflect that rows are arrays now.
    const rows: ReadonlyArray<unknown> = statement.all(...params.map(toSqlite))
    return rows.map((row) => (Array.isArray(row) ? row.map(fromSqlite) : []))
  }

  executeStream(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    const open = this.#run("stream", () => this.#prepare(sql).iterate(...params.map(toSqlite)))
    return Stream.fromPull(
      Effect.map(open, (rows) =>
        Effect.flatMap(
          attempt("stream", () => take(rows, rowsAtOnce)),
          (chunk) => {
            const transformed = transform === undefined ? chunk : transform(chunk)
            return Arr.isReadonlyArrayNonEmpty(transformed) ? Effect.succeed(transformed) : Cause.done()
          }
        )
      )
    )
  }
}

const take = (rows: Iterator<object>, most: number): ReadonlyArray<Row> => {
  const taken: Array<Row> = []
  while (taken.length < most) {
    const next = rows.next()
    if (next.done === true) break
    taken.push(fromRow(next.value))
  }
  return taken
}

const attempt = <A>(operation: string, run: () => A, filename?: string): Effect.Effect<A, SqlError> =>
  Effect.try({ try: run, catch: (cause) => toSqlError(cause, operation, filename) })

/** Node keeps the code of SQLite in `errcode`, where Effect looks for `errno`. */
const toSqlError = (error: unknown, operation: string, filename: string | undefined): SqlError => {
  const { errcode, message: reason } =
    error instanceof Error ? Object.assign({ errcode: undefined }, error, { message: error.message }) : {}
  const message = filename === undefined ? reason : `${filename}: ${reason ?? "cannot be opened"}`
  const classified = classifySqliteError({ errno: errcode, message, cause: error }, { message, operation })
  return new SqlError({ reason: classified })
}

const toSqlite = (value: unknown): SQLInputValue => {
  switch (typeof value) {
    case "boolean":
      return value ? 1 : 0
    case "number":
    case "bigint":
    case "string":
      return value
    case "undefined":
      return null
  }
  if (value === null || value instanceof Uint8Array) return value
  return value instanceof Date ? value.toISOString() : JSON.stringify(value)
}

const fromSqlite = (value: unknown): unknown =>
  typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value

const fromRow = (row: object): Row => {
  const copy: Row = { ...row }
  for (const name in copy) copy[name] = fromSqlite(copy[name])
  return copy
}
