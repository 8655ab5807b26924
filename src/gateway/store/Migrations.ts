import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** The tables of one area of the gateway. Steps are named `1_create`, `2_…`, and are only ever added. */
export interface Migrations {
  /** In lower case: the steps done are recorded in `effect_llm_{area}_migrations`. */
  readonly area: string
  readonly steps: { readonly [name: string]: Effect.Effect<unknown, SqlError, SqlClient> }
}

/**
 * Brings tables up to date. When several processes start at once, one runs the steps and the others wait: for a lock on the
 * table of migrations in Postgres, for the transaction in SQLite.
 */
export const migrate = (
  areas: ReadonlyArray<Migrations>
): Effect.Effect<void, SqlError | Migrator.MigrationError, SqlClient> =>
  Effect.forEach(
    areas,
    ({ area, steps }) =>
      Migrator.make({})({ loader: Migrator.fromRecord(steps), table: `effect_llm_${area}_migrations` }),
    { discard: true }
  )
