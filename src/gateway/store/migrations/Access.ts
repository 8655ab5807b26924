import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Migrations } from "../Migrations.ts"

/**
 * Keys, users and teams are stored as JSON, with columns for what they are looked up by, and secrets as hashes only. Every
 * change gets the next version, from which other processes learn of it. Times are in milliseconds.
 */
const create = Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const table of ["effect_llm_keys", "effect_llm_users", "effect_llm_teams"]) {
    yield* sql`CREATE TABLE ${sql(table)} (
      id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT,
      team_id TEXT,
      document TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`
    yield* sql`CREATE INDEX ${sql(`${table}_created`)} ON ${sql(table)} (created_at, id)`
  }
  yield* sql`CREATE TABLE effect_llm_secrets (
    hash TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    until BIGINT
  )`
  yield* sql`CREATE INDEX effect_llm_secrets_key ON effect_llm_secrets (key_id)`
  yield* sql`CREATE TABLE effect_llm_access_version (id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)`
  yield* sql`INSERT INTO effect_llm_access_version (id, version) VALUES (1, 1)`
  yield* sql`CREATE TABLE effect_llm_access_changes (
    version BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL
  )`
})

export const access: Migrations = { area: "access", steps: { "1_create": create } }
