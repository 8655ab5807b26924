import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** The tables of one area of the gateway. Steps are named `1_create`, `2_…`, and are only ever added. */
export interface Migrations {
  /** In lower case: the steps done are recorded in `effect_llm_{area}_migrations`. */
  readonly area: string
  readonly steps: { readonly [name: string]: Effect.Effect<unknown, SqlError, SqlClient> }
}

const tableOf = (area: string): string => `effect_llm_${area}_migrations`

/** Runs the steps that are still missing; whether a newer version has run more than this one knows. */
const migrateArea = Effect.fnUntraced(function* ({ area, steps }: Migrations) {
  const sql = yield* SqlClient
  yield* Migrator.make({})({ loader: Migrator.fromRecord(steps), table: tableOf(area) })
  const [row] = yield* sql<{ readonly latest: number }>`SELECT max(migration_id) AS latest FROM ${sql(tableOf(area))}`
  return Number(row?.latest) > Math.max(...Object.keys(steps).map((name) => parseInt(name, 10)))
})

/**
 * Brings tables up to date. When several processes start at once, one runs the steps and the others wait: for a lock on the
 * table of migrations in Postgres, for the transaction in SQLite. Steps only add, so an older version keeps working beside a newer one.
 */
export const migrate = Effect.fnUntraced(function* (
  areas: ReadonlyArray<Migrations>
): Effect.fn.Return<void, SqlError | Migrator.MigrationError, SqlClient> {
  const newer = yield* Effect.filter(areas, migrateArea)
  if (newer.length > 0)
    yield* Effect.logWarning(
      `A newer version of the gateway has upgraded this database (tables for ${newer.map(({ area }) => area).join(", ")}). ` +
        "This older version keeps working, without the new features: upgrade it too."
    )
})
