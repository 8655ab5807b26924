import * as BigDecimal from "effect/BigDecimal"
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { formatDecimal } from "../../catalog/Money.ts"
import {
  type BudgetStore,
  BudgetStoreError,
  type Charge,
  type ReserveRequest,
  type ReserveResult
} from "../BudgetStore.ts"
import * as SqlTransaction from "../SqlTransaction.ts"
import { atMost } from "./StoreLimit.ts"
import { together } from "./Together.ts"

/** As many operations are one statement: it locks the accounts of all of them. */
const most = 100

/** Nobody waits any longer for a statement that no response comes to: the next one has a connection of its own. */
const mostMillis = 5000

/** How long a batch waits for an account that another process has locked. */
const briefMillis = 100

/** How long operations on a locked account then wait for it, and on how many connections, so that some are left for the rest. */
const patientMillis = 4500
const mostPatient = 3

/** What a function of Postgres does, in JSON. */
type Operation =
  | { readonly id: string; readonly expiresAt: number; readonly demands: ReadonlyArray<AccountPart> }
  | { readonly id: string; readonly expiresAt: number; readonly charges: ReadonlyArray<AccountPart> }

interface AccountPart {
  readonly account: string
}

type Outcome =
  | { readonly totals: ReadonlyArray<string> }
  | { readonly refused: number; readonly spent: string; readonly reserved: string }

/** An operation that was not done, because this account is locked. */
interface Held {
  readonly held: string
}

type Failure = SqlError | Cause.TimeoutError

type Doing = Effect.Effect<Outcome, Failure>

const accountsOf = (operation: Operation): ReadonlyArray<string> =>
  ("demands" in operation ? operation.demands : operation.charges).map(({ account }) => account)

const isLockTimeout = (error: unknown): boolean => isSqlError(error) && error.reason._tag === "LockTimeoutError"

/**
 * Reserves and settles in Postgres, with one statement for all operations of this process at the same time. Operations on an
 * account that stays locked wait for it on their own, without locking other accounts.
 */
export const postgresBudgets = (
  sql: SqlClient,
  context: Context.Context<never>
): Pick<BudgetStore["Service"], "reserve" | "settle"> => {
  const statement = (operations: ReadonlyArray<Operation>) =>
    sql<{ readonly outcomes: ReadonlyArray<Outcome> }>`SELECT
      set_config('lock_timeout', ${String(briefMillis)}, true),
      effect_llm_budget_run(${JSON.stringify(operations)}::jsonb) AS outcomes`.pipe(
      Effect.map(([row]) => row?.outcomes ?? []),
      SqlTransaction.repeated
    )
  const freeOf = (accounts: ReadonlyArray<string>) =>
    sql<AccountPart>`SELECT account FROM effect_llm_budget_accounts WHERE ${sql.in("account", accounts)}
      ORDER BY account FOR UPDATE SKIP LOCKED`

  /** Does all operations but those on locked accounts. */
  const runFree = (operations: ReadonlyArray<Operation>): Effect.Effect<ReadonlyArray<Outcome | Held>, SqlError> =>
    Effect.catchIf(statement(operations), isLockTimeout, () =>
      Effect.flatMap(freeOf([...new Set(operations.flatMap(accountsOf))]), (rows) => {
        const free = new Set(rows.map(({ account }) => account))
        const held = operations.map((operation) => accountsOf(operation).find((account) => !free.has(account)))
        const others = operations.filter((_, index) => held[index] === undefined)
        return Effect.map(others.length === 0 ? Effect.succeed([]) : runFree(others), (outcomes) => {
          const left = [...outcomes]
          return held.flatMap((account) => (account === undefined ? left.splice(0, 1) : [{ held: account }]))
        })
      })
    )
  // It is in no transaction and no trace of a caller.
  const limited = <A, E>(effect: Effect.Effect<A, E>) => Effect.provideContext(atMost(mostMillis)(effect), context)
  // What Postgres cannot read is the fault of one.
  const ask = together(
    (operations: ReadonlyArray<Operation>) => limited(runFree(operations)),
    most,
    (error) => isSqlError(error) && !error.reason.isRetryable
  )

  const patient = Semaphore.makeUnsafe(mostPatient)
  /** Waits for locked accounts, each shared by all operations on it. */
  const waits = new Map<string, Deferred.Deferred<unknown, Failure>>()
  const freed = (account: string) => {
    const known = waits.get(account)
    if (known !== undefined) return Deferred.await(known)
    const wait = Deferred.makeUnsafe<unknown, Failure>()
    waits.set(account, wait)
    const free = sql`WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', ${String(patientMillis)}, true))
      INSERT INTO effect_llm_budget_accounts (account, start, total, pruned) SELECT ${account}, 0, '0', 0 FROM patience
      ON CONFLICT (account) DO UPDATE SET account = excluded.account`
    Effect.runFork(
      Effect.onExit(limited(patient.withPermit(free)), (exit) =>
        Effect.sync(() => {
          waits.delete(account)
          Deferred.doneUnsafe(wait, exit)
        })
      )
    )
    return Deferred.await(wait)
  }
  const again = (account: string, operation: Operation): Doing => Effect.andThen(freed(account), done(operation))
  const done = (operation: Operation): Doing =>
    Effect.suspend(() => {
      const locked = waits.size === 0 ? undefined : accountsOf(operation).find((account) => waits.has(account))
      if (locked !== undefined) return again(locked, operation)
      return Effect.flatMap(ask(operation), (outcome) =>
        "held" in outcome ? again(outcome.held, operation) : Effect.succeed(outcome)
      )
    })
  const asked = (operation: Operation): Effect.Effect<Outcome, BudgetStoreError> =>
    Effect.mapError(done(operation), (cause) => new BudgetStoreError({ cause }))

  return {
    reserve: ({ demands, expiresAt, id }: ReserveRequest) =>
      Effect.map(
        asked({
          id,
          expiresAt,
          demands: demands.map(({ account, amount, at, limit, start }) => ({
            account,
            amount: formatDecimal(amount),
            limit: formatDecimal(limit),
            start,
            at
          }))
        }),
        resultOf
      ),
    settle: (id: string, charges: ReadonlyArray<Charge>, expiresAt: number) =>
      Effect.asVoid(
        asked({
          id,
          expiresAt,
          charges: charges.map(({ account, amount, at }) => ({ account, amount: formatDecimal(amount), at }))
        })
      )
  }
}

const resultOf = (outcome: Outcome): ReserveResult =>
  "totals" in outcome
    ? { granted: true, totals: outcome.totals.map(BigDecimal.fromStringUnsafe) }
    : {
        granted: false,
        refused: outcome.refused,
        balance: {
          spent: BigDecimal.fromStringUnsafe(outcome.spent),
          reserved: BigDecimal.fromStringUnsafe(outcome.reserved)
        }
      }
