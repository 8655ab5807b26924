import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Migrations } from "../Migrations.ts"

/** Responses and their input are JSON in OpenAI's format. The caller is part of the primary key, so that nobody finds another's. */
const create = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE effect_llm_responses (
    caller TEXT NOT NULL,
    id TEXT NOT NULL,
    previous TEXT,
    status TEXT NOT NULL,
    input TEXT NOT NULL,
    document TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (caller, id)
  )`
  yield* sql`CREATE INDEX effect_llm_responses_expiring ON effect_llm_responses (expires_at)`
  yield* sql`CREATE TABLE effect_llm_response_items (
    caller TEXT NOT NULL,
    id TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (caller, id)
  )`
})

export const responses: Migrations = { area: "responses", steps: { "1_create": create } }
