import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Migrations } from "../Migrations.ts"

/**
 * Who owns the files, batches and responses that providers keep, and at which account; never their content. The caller is part of
 * the primary key, so that nobody finds another's. Times are in milliseconds.
 */
const create = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE effect_llm_objects (
    caller TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    details TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (caller, kind, id)
  )`
  yield* sql`CREATE INDEX effect_llm_objects_ids ON effect_llm_objects (kind, id)`
  yield* sql`CREATE INDEX effect_llm_objects_created ON effect_llm_objects (caller, kind, created_at, id)`
  yield* sql`CREATE INDEX effect_llm_objects_expiring ON effect_llm_objects (expires_at)`
})

/** Finds the batches of all callers, which the gateway polls. */
const findBatches = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE INDEX effect_llm_objects_batches ON effect_llm_objects (created_at) WHERE kind = 'batch'`
})

export const objects: Migrations = {
  area: "objects",
  steps: { "1_create": create, "2_batches": findBatches }
}
