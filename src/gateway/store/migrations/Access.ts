import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Migrations } from "../Migrations.ts"

/** Keys, users and teams are JSON in the words of their schemas; what is looked up by is a column. Times are in milliseconds. */
const create = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE effect_llm_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    user_id TEXT,
    team_id TEXT,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
  )`
  yield* sql`CREATE INDEX effect_llm_keys_user ON effect_llm_keys (user_id)`
  yield* sql`CREATE INDEX effect_llm_keys_team ON effect_llm_keys (team_id)`
  yield* sql`CREATE INDEX effect_llm_keys_version ON effect_llm_keys (version)`
  yield* sql`CREATE TABLE effect_llm_secrets (
    hash TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    until BIGINT
  )`
  yield* sql`CREATE INDEX effect_llm_secrets_key ON effect_llm_secrets (key_id)`
  for (const table of ["effect_llm_users", "effect_llm_teams"])
    yield* sql`CREATE TABLE ${sql(table)} (
      id TEXT NOT NULL PRIMARY KEY,
      document TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      version BIGINT NOT NULL
    )`
  yield* sql`CREATE TABLE effect_llm_access_version (id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)`
  yield* sql`INSERT INTO effect_llm_access_version (id, version) VALUES (1, 1)`
})

export const access: Migrations = { area: "access", steps: { "1_create": create } }
