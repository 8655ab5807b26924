import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { Json } from "effect-llm/domain/Json"
import * as SqlTransaction from "effect-llm/policies/SqlTransaction"
import { Store, type StoreError } from "../store/Store.ts"

/** A JSON object of OpenAI's API. */
export type WireObject = { readonly [key: string]: Json }

/** A response that can be continued, looked up and deleted by its caller. */
export interface StoredResponse {
  readonly caller: string
  readonly id: string
  /** The response that it continues. */
  readonly previous: string | undefined
  /** The items of its own request. */
  readonly input: ReadonlyArray<WireObject>
  /** The response itself. */
  readonly document: WireObject
}

/** How long a conversation may be, in responses. */
const longestChain = 1000

/** Stores responses, each for its own caller. */
export class ResponseStore extends Context.Service<
  ResponseStore,
  {
    readonly save: (response: StoredResponse, retention: Duration.Duration) => Effect.Effect<void, StoreError>
    /** Replaces a response in progress with its end; a canceled one stays as it is. */
    readonly finish: (response: StoredResponse) => Effect.Effect<void, StoreError>
    readonly find: (caller: string, id: string) => Effect.Effect<StoredResponse | undefined, StoreError>
    /** A response and all before it, the oldest first; `undefined` where one of them is missing. */
    readonly chain: (caller: string, id: string) => Effect.Effect<ReadonlyArray<StoredResponse> | undefined, StoreError>
    /** Items of the output of the caller's responses, by their ids. */
    readonly items: (
      caller: string,
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, WireObject>, StoreError>
    /** Returns whether there was one. */
    readonly remove: (caller: string, id: string) => Effect.Effect<boolean, StoreError>
  }
>()("effect-llm-gateway/ResponseStore") {
  static readonly layer: Layer.Layer<ResponseStore, never, Store> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

interface Row {
  readonly caller: string
  readonly id: string
  readonly previous: string | null
  readonly input: string
  readonly document: string
}

const decode = ({ caller, document, id, input, previous }: Row): StoredResponse => ({
  caller,
  id,
  previous: previous ?? undefined,
  input: JSON.parse(input) as ReadonlyArray<WireObject>,
  document: JSON.parse(document) as WireObject
})

/** The items of a response. */
export const outputOf = ({ document }: StoredResponse): ReadonlyArray<WireObject> =>
  Array.isArray(document.output) ? (document.output as ReadonlyArray<WireObject>) : []

const make: Effect.Effect<ResponseStore["Service"], never, Store | Scope.Scope> = Effect.gen(function* () {
  const { sql, use } = yield* Store
  const columns = sql`caller, id, previous, input, document`

  const rows = (response: StoredResponse) => ({
    caller: response.caller,
    id: response.id,
    previous: response.previous ?? null,
    status: String(response.document.status),
    input: JSON.stringify(response.input),
    document: JSON.stringify(response.document)
  })

  const insertItems = (response: StoredResponse): Effect.Effect<unknown, SqlError> => {
    const [first, ...others] = outputOf(response).flatMap(({ id }): ReadonlyArray<Record<string, unknown>> =>
      typeof id === "string" ? [{ caller: response.caller, id, response: response.id }] : []
    )
    return first === undefined
      ? Effect.void
      : sql`INSERT INTO effect_llm_response_items ${sql.insert([first, ...others])}
          ON CONFLICT (caller, id) DO UPDATE SET response = excluded.response`
  }

  const store = ResponseStore.of({
    save: Effect.fnUntraced(function* (response, retention) {
      const now = yield* Clock.currentTimeMillis
      const row = { ...rows(response), expires_at: now + Duration.toMillis(retention) }
      const saved = Effect.andThen(
        sql`INSERT INTO effect_llm_responses ${sql.insert(row)}
          ON CONFLICT (caller, id) DO UPDATE SET previous = excluded.previous, status = excluded.status,
            input = excluded.input, document = excluded.document, expires_at = excluded.expires_at`,
        insertItems(response)
      )
      yield* use(SqlTransaction.run(sql, saved))
    }),
    finish: Effect.fnUntraced(function* (response) {
      const { document, status } = rows(response)
      const finished = Effect.andThen(
        sql`UPDATE effect_llm_responses SET document = ${document}, status = ${status}
          WHERE caller = ${response.caller} AND id = ${response.id} AND status IN ('queued', 'in_progress')`,
        insertItems(response)
      )
      yield* use(SqlTransaction.run(sql, finished))
    }),
    find: Effect.fnUntraced(function* (caller, id) {
      const now = yield* Clock.currentTimeMillis
      const found = yield* use(
        sql<Row>`SELECT ${columns} FROM effect_llm_responses
          WHERE caller = ${caller} AND id = ${id} AND expires_at > ${now}`
      )
      return found[0] && decode(found[0])
    }),
    chain: Effect.fnUntraced(function* (caller, id) {
      const now = yield* Clock.currentTimeMillis
      const found = yield* use(
        sql<Row>`WITH RECURSIVE chain (caller, id, previous, input, document, depth) AS (
            SELECT ${columns}, 0 FROM effect_llm_responses
              WHERE caller = ${caller} AND id = ${id} AND expires_at > ${now}
            UNION ALL
            SELECT r.caller, r.id, r.previous, r.input, r.document, chain.depth + 1
              FROM effect_llm_responses r JOIN chain ON r.caller = chain.caller AND r.id = chain.previous
              WHERE chain.depth < ${longestChain}
          ) SELECT ${columns} FROM chain ORDER BY depth DESC`
      )
      return found[0] === undefined || found[0].previous !== null ? undefined : found.map(decode)
    }),
    items: Effect.fnUntraced(function* (caller, ids) {
      const now = yield* Clock.currentTimeMillis
      const found = yield* use(
        sql<{ readonly item: string; readonly document: string }>`SELECT i.id AS item, r.document AS document
          FROM effect_llm_response_items i
          JOIN effect_llm_responses r ON r.caller = i.caller AND r.id = i.response
          WHERE i.caller = ${caller} AND r.expires_at > ${now} AND ${sql.in("i.id", ids)}`
      )
      const items = new Map<string, WireObject>()
      for (const { document, item } of found) {
        const { output } = JSON.parse(document) as { readonly output?: ReadonlyArray<WireObject> }
        const own = output?.find(({ id }) => id === item)
        if (own !== undefined) items.set(item, own)
      }
      return items
    }),
    remove: Effect.fnUntraced(function* (caller, id) {
      const removed = Effect.gen(function* () {
        const found = yield* sql`SELECT id FROM effect_llm_responses WHERE caller = ${caller} AND id = ${id}`
        yield* sql`DELETE FROM effect_llm_response_items WHERE caller = ${caller} AND response = ${id}`
        yield* sql`DELETE FROM effect_llm_responses WHERE caller = ${caller} AND id = ${id}`
        return found.length > 0
      })
      return yield* use(SqlTransaction.run(sql, removed))
    })
  })

  const forgetExpired = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const expired = sql`SELECT 1 FROM effect_llm_responses r WHERE r.caller = effect_llm_response_items.caller
      AND r.id = effect_llm_response_items.response AND r.expires_at > ${now}`
    yield* use(sql`DELETE FROM effect_llm_response_items WHERE NOT EXISTS (${expired})`)
    yield* use(sql`DELETE FROM effect_llm_responses WHERE expires_at <= ${now}`)
  })
  yield* forgetExpired.pipe(
    Effect.tapError((error) => Effect.logWarning("Expired responses could not be deleted", error)),
    Effect.ignore,
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.delay("1 minute"),
    Effect.forkScoped
  )
  return store
})
