import * as BigDecimal from "effect/BigDecimal"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
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

/** What a function of Postgres does, in JSON. */
type Operation =
  | { readonly id: string; readonly expiresAt: number; readonly demands: ReadonlyArray<unknown> }
  | { readonly id: string; readonly expiresAt: number; readonly charges: ReadonlyArray<unknown> }

type Outcome =
  | { readonly totals: ReadonlyArray<string> }
  | { readonly refused: number; readonly spent: string; readonly reserved: string }

/** Reserves and settles in a Postgres, by one statement for all that is asked of this process at the same time. */
export const postgresBudgets = (
  sql: SqlClient,
  context: Context.Context<never>
): Pick<BudgetStore["Service"], "reserve" | "settle"> => {
  const run = (operations: ReadonlyArray<Operation>) =>
    sql<{ readonly outcomes: ReadonlyArray<Outcome> }>`SELECT
      effect_llm_budget_run(${JSON.stringify(operations)}::jsonb) AS outcomes`.pipe(
      Effect.map(([row]) => row?.outcomes ?? []),
      SqlTransaction.repeated,
      atMost(mostMillis),
      // It is in no transaction and no trace of a caller.
      Effect.provideContext(context)
    )
  // What Postgres cannot read is the fault of one.
  const ask = together(run, most, (error) => isSqlError(error) && !error.reason.isRetryable)
  const asked = (operation: Operation): Effect.Effect<Outcome, BudgetStoreError> =>
    Effect.mapError(ask(operation), (cause) => new BudgetStoreError({ cause }))

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
