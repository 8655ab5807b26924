/**
 * Keeps budgets in the memory of one process, and writes them to the tables of `BudgetStoreSql` in batches. Every operation is in
 * a journal before its effect is seen, so that the death of the process loses none: the next one goes on where it stopped.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Budgets } from "effect-llm/policies/Budgets"
 * import { BudgetStore } from "effect-llm/policies/BudgetStore"
 * import * as BudgetStoreBuffered from "effect-llm/policies/BudgetStoreBuffered"
 *
 * const store = (journal: BudgetStoreBuffered.Journal) =>
 *   Layer.effect(
 *     BudgetStore,
 *     Effect.map(BudgetStoreBuffered.make({ journal }), ({ store }) => store)
 *   )
 *
 * export const budgets = (journal: BudgetStoreBuffered.Journal) => Budgets.layer.pipe(Layer.provide(store(journal)))
 * ```
 *
 * Of all processes that use the database, it must be the only one that keeps budgets.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import * as JournalLine from "./budget/JournalLine.ts"
import { type Changes, MemoryLedger } from "./budget/MemoryLedger.ts"
import { foldsOf } from "./budget/SqlFolds.ts"
import { migrate } from "./budget/SqlMigrations.ts"
import {
  type BudgetStore,
  BudgetStoreError,
  type Charge,
  type ReserveRequest,
  type ReserveResult
} from "./BudgetStore.ts"

/**
 * Where operations are kept until the tables have them. Positions rise with every operation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Journal {
  /**
   * Keeps an operation, as one line of text; throws where it cannot. Those of one turn of the event loop may be written together, if
   * nobody sees their effects before.
   */
  readonly append: (position: number, operation: string) => void
  /** Writes what `append` has buffered. It is called before the tables are updated. */
  readonly flush?: (() => void) | undefined
  /** The operations that processes before this one have left, the oldest first. */
  readonly read: () => ReadonlyArray<{ readonly position: number; readonly operation: string }>
  /** Operations up to this one are in the tables: they are needed no longer. */
  readonly forget: (position: number) => void
}

/**
 * - `interval`: how long operations wait for more before they are written to the tables (default: a second).
 *
 * @since 0.1.0
 * @category models
 */
export interface BufferedOptions {
  readonly journal: Journal
  readonly interval?: Duration.Input | undefined
}

/**
 * A store, and what brings the tables up to date with it. When the scope ends they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Buffered {
  readonly store: BudgetStore["Service"]
  readonly fold: Effect.Effect<void, BudgetStoreError>
  /** Brings the tables up to date, and does nothing more: from then on, operations fail. */
  readonly close: Effect.Effect<void, BudgetStoreError>
}

/**
 * Makes a store over the database, with what the journal holds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* ({
  interval = "1 second",
  journal
}: BufferedOptions): Effect.fn.Return<Buffered, BudgetStoreError, SqlClient.SqlClient | Scope.Scope> {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.provideService(
    migrate,
    SqlClient.BeginTransaction,
    sql.onDialectOrElse({ sqlite: () => "BEGIN IMMEDIATE", orElse: () => undefined })
  )
  const tables = foldsOf(sql)
  const ledger = new MemoryLedger(yield* tables.reservations)
  const folded = yield* tables.position
  let position = folded
  const left = yield* attempt(() => journal.read())
  for (const { operation, position: at } of left) {
    if (at <= position) continue
    position = at
    JournalLine.apply(operation, ledger)
  }

  /** What was taken from memory and is in the tables, or soon. */
  let batch: { readonly changes: Changes; readonly position: number } | undefined
  let done = folded
  const one = Semaphore.makeUnsafe(1)
  const writeBatch = Effect.suspend(() => {
    if (batch === undefined) return Effect.void
    const { changes, position } = batch
    return Effect.andThen(
      tables.write(changes, position),
      Effect.suspend(() => {
        batch = undefined
        done = position
        return attempt(() => journal.forget(position))
      })
    )
  })
  const fold = one.withPermits(1)(
    Effect.uninterruptible(
      Effect.andThen(
        writeBatch,
        Effect.suspend(() => {
          if (position === done) return Effect.void
          journal.flush?.()
          batch = { changes: ledger.take(), position }
          return writeBatch
        })
      )
    )
  )
  // What another process has left is in the tables before anybody asks.
  yield* fold
  yield* Effect.addFinalizer(() => Effect.ignoreCause(fold, { log: "Warn", message: "budgets wait in their journal" }))
  let isLate = false
  yield* Effect.sleep(interval).pipe(
    Effect.andThen(fold),
    Effect.andThen(Effect.sync(() => void (isLate = false))),
    Effect.catch((error) =>
      Effect.suspend(() => {
        const isNew = !isLate
        isLate = true
        return isNew ? Effect.logWarning("budgets wait in their journal: the database fails", error) : Effect.void
      })
    ),
    Effect.forever,
    // It belongs to no call.
    Effect.provideService(References.TracerEnabled, false),
    Effect.forkScoped
  )

  /** Learns what the tables have of an account: nothing is on its way to them meanwhile. */
  const learn = (account: string, start: number) =>
    one.withPermits(1)(
      Effect.andThen(
        writeBatch,
        Effect.suspend(() =>
          ledger.isKnown(account, start)
            ? Effect.void
            : Effect.map(tables.since(account, start), (total) => ledger.know(account, start, total))
        )
      )
    )

  const knowing = <A>(
    needed: ReadonlyArray<{ readonly account: string; readonly start: number }>,
    then: () => A
  ): Effect.Effect<A, BudgetStoreError> =>
    Effect.suspend(() => {
      const missing = needed.find(({ account, start }) => !ledger.isKnown(account, start))
      return missing === undefined
        ? attempt(then)
        : Effect.andThen(learn(missing.account, missing.start), knowing(needed, then))
    })

  let isClosed = false
  const keep = (operation: string): void => {
    if (isClosed) throw new Error("the store was closed")
    journal.append(position + 1, operation)
    position++
  }

  const reserve = (request: ReserveRequest): ReserveResult => {
    const result = ledger.judge(request)
    if (!result.granted || ledger.isSettled(request.id)) return result
    keep(JournalLine.reserve(request))
    ledger.book(request)
    return result
  }

  const settle = (id: string, charges: ReadonlyArray<Charge>, expiresAt: number): void => {
    if (ledger.isSettled(id)) return
    keep(JournalLine.settle(id, charges, expiresAt))
    ledger.end(id, charges, expiresAt)
  }

  return {
    fold,
    close: Effect.suspend(() => {
      isClosed = true
      return fold
    }),
    store: {
      reserve: (request) => knowing(request.demands, () => reserve(request)),
      settle: (id, charges, expiresAt) => attempt(() => settle(id, charges, expiresAt)),
      atOnce: {
        reserve: (request) =>
          request.demands.every(({ account, start }) => ledger.isKnown(account, start))
            ? Result.getOrUndefined(Result.try(() => reserve(request)))
            : undefined,
        settle: (id, charges, expiresAt) => {
          const settled = Result.try(() => settle(id, charges, expiresAt))
          return Result.isSuccess(settled) ? "settled" : undefined
        }
      },
      renew: (ids, expiresAt) =>
        attempt(() => {
          keep(JournalLine.renew(ids, expiresAt))
          ledger.renew(ids, expiresAt)
        }),
      expire: (now, whenAbandoned) =>
        attempt(() => {
          keep(JournalLine.expire(now, whenAbandoned))
          return ledger.expire(now, whenAbandoned)
        }),
      balance: (account, start) =>
        knowing([{ account, start }], () => {
          if (isClosed) throw new Error("the store was closed")
          return ledger.balance(account, start)
        })
    }
  }
})

const attempt = <A>(run: () => A): Effect.Effect<A, BudgetStoreError> =>
  Effect.try({ try: run, catch: (cause) => new BudgetStoreError({ cause }) })
