import * as DateTime from "effect/DateTime"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Change } from "./Changes.ts"
import { RecordConflictError, RecordNotFoundError } from "./RecordErrors.ts"

/** Which records, and where in the list. */
export interface Page {
  readonly user?: string | undefined
  readonly team?: string | undefined
  /** The id of the last that is known. */
  readonly after?: string | undefined
  /** Default 100, at most 1000. */
  readonly limit?: number | undefined
}

interface Document {
  readonly id: string
  readonly user?: string | undefined
  readonly team?: string | undefined
  readonly createdAt?: string | undefined
}

/** The table of one kind of record. Every effect is to be run within a use of the store. */
export class Documents<A extends Document> {
  readonly #sql: SqlClient
  readonly #kind: Change["kind"]
  readonly #table: string
  readonly #decode: (text: string) => Effect.Effect<A>
  readonly #encode: (document: A) => Effect.Effect<string>

  constructor(sql: SqlClient, kind: Change["kind"], schema: Schema.Codec<A, unknown>) {
    this.#sql = sql
    this.#kind = kind
    this.#table = `effect_llm_${kind}s`
    const json = Schema.fromJsonString(schema)
    const [decode, encode] = [Schema.decodeEffect(json), Schema.encodeEffect(json)]
    this.#decode = (text) => Effect.orDie(decode(text))
    this.#encode = (document) => Effect.orDie(encode(document))
  }

  /** Adds one, with the time. */
  readonly insert = (document: A): Effect.Effect<A, SqlError | RecordConflictError> =>
    Effect.gen({ self: this }, function* () {
      const now = yield* Clock.currentTimeMillis
      const created = { ...document, createdAt: DateTime.formatIso(DateTime.makeUnsafe(now)) }
      const row = { ...(yield* this.#row(created)), id: document.id, created_at: now }
      const sql = this.#sql
      const inserted = yield* sql`INSERT INTO ${sql(this.#table)} ${sql.insert(row)}
        ON CONFLICT (id) DO NOTHING RETURNING id`
      if (inserted.length === 0)
        return yield* new RecordConflictError({ detail: `there is a ${this.#kind} ${document.id} already` })
      return created
    })

  readonly find = (id: string): Effect.Effect<A | undefined, SqlError> =>
    Effect.flatMap(
      this.#sql<{ readonly document: string }>`SELECT document FROM ${this.#sql(this.#table)} WHERE id = ${id}`,
      ([row]) => (row === undefined ? Effect.undefined : this.#decode(row.document))
    )

  readonly get = (id: string): Effect.Effect<A, SqlError | RecordNotFoundError> =>
    Effect.flatMap(this.find(id), (found) => (found === undefined ? this.#missing(id) : Effect.succeed(found)))

  /** From the oldest to the newest. */
  readonly list = ({ after, limit = 100, team, user }: Page): Effect.Effect<ReadonlyArray<A>, SqlError> => {
    const sql = this.#sql
    const conditions = [
      ...(user === undefined ? [] : [sql`user_id = ${user}`]),
      ...(team === undefined ? [] : [sql`team_id = ${team}`]),
      ...(after === undefined
        ? []
        : [sql`(created_at, id) > (SELECT created_at, id FROM ${sql(this.#table)} WHERE id = ${after})`])
    ]
    const rows = sql<{ readonly document: string }>`SELECT document FROM ${sql(this.#table)}
      WHERE ${sql.and(conditions.length === 0 ? [sql`1 = 1`] : conditions)}
      ORDER BY created_at, id LIMIT ${Math.max(1, Math.min(limit, 1000))}`
    return Effect.flatMap(rows, (rows) => Effect.forEach(rows, ({ document }) => this.#decode(document)))
  }

  /** Changes one within a transaction. */
  readonly modify = <E>(
    id: string,
    change: (document: A) => Effect.Effect<A, E>
  ): Effect.Effect<A, SqlError | RecordNotFoundError | E> =>
    Effect.gen({ self: this }, function* () {
      const sql = this.#sql
      const forUpdate = sql.onDialectOrElse({ pg: () => sql`FOR UPDATE`, orElse: () => sql`` })
      const [row] = yield* sql<{ readonly document: string }>`SELECT document FROM ${sql(this.#table)}
        WHERE id = ${id} ${forUpdate}`
      if (row === undefined) return yield* this.#missing(id)
      const changed = yield* change(yield* this.#decode(row.document))
      yield* sql`UPDATE ${sql(this.#table)} SET ${sql.update(yield* this.#row(changed))} WHERE id = ${id}`
      return changed
    })

  readonly remove = (id: string): Effect.Effect<void, SqlError | RecordNotFoundError> =>
    Effect.flatMap(this.#sql`DELETE FROM ${this.#sql(this.#table)} WHERE id = ${id} RETURNING id`, ({ length }) =>
      length === 0 ? this.#missing(id) : Effect.void
    )

  #row(document: A): Effect.Effect<Record<string, unknown>> {
    return Effect.map(this.#encode(document), (text) => ({
      document: text,
      user_id: document.user ?? null,
      team_id: document.team ?? null
    }))
  }

  #missing(id: string): Effect.Effect<never, RecordNotFoundError> {
    return Effect.fail(new RecordNotFoundError({ kind: this.#kind, id }))
  }
}
