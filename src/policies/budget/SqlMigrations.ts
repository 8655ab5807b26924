import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { BudgetStoreError } from "../BudgetStore.ts"
import * as PostgresFunctions from "./PostgresFunctions.ts"

/** Amounts are decimals in text: SQLite has no exact number that is large enough. Times are in milliseconds. */
const create = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE effect_llm_budget_accounts (
    account TEXT NOT NULL PRIMARY KEY,
    start BIGINT NOT NULL,
    total TEXT NOT NULL,
    pruned BIGINT NOT NULL
  )`
  yield* sql`CREATE TABLE effect_llm_budget_amounts (
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (account, at)
  )`
  yield* sql`CREATE TABLE effect_llm_budget_reservations (
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    amount TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id, account, at)
  )`
  yield* sql`CREATE INDEX effect_llm_budget_expiring ON effect_llm_budget_reservations (expires_at)`
  yield* sql`CREATE INDEX effect_llm_budget_open ON effect_llm_budget_reservations (account, status)`
})

/** Up to which operation of a journal the tables are. */
const journal = Effect.flatMap(
  SqlClient,
  (sql) => sql`CREATE TABLE effect_llm_budget_journal (id INTEGER NOT NULL PRIMARY KEY, position BIGINT NOT NULL)`
)

/** Steps are only ever added. */
const steps = { "1_create": create, "2_journal": journal, "3_functions": PostgresFunctions.create }

/** Brings the tables up to date; of several processes that start at once, one does it and the others wait. */
export const migrate: Effect.Effect<void, BudgetStoreError, SqlClient> = Migrator.make({})({
  loader: Migrator.fromRecord(steps),
  table: "effect_llm_budget_migrations"
}).pipe(
  Effect.asVoid,
  Effect.mapError((cause) => new BudgetStoreError({ cause }))
)
