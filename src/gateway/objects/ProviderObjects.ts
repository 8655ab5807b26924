import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Budget from "effect-llm/policies/Budget"
import type { Annotations } from "effect-llm/policies/Journal"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { WireObject } from "../responses/ResponseStore.ts"
import { Store, type StoreError } from "../store/Store.ts"

/** What providers keep for callers. */
export type ObjectKind = "file" | "batch" | "response" | "item" | "container"

/** Something that a provider keeps for a caller, under the id that the provider gave it. */
export interface ProviderObject {
  readonly caller: string
  readonly kind: ObjectKind
  readonly id: string
  /** The account that keeps it, as the settings name it. */
  readonly account: string
  readonly details: ObjectDetails
}

/** What is stored about an object besides its owner; no texts. */
export interface ObjectDetails {
  /** The name of the model that was called, and its deployment. */
  readonly model?: string | undefined
  readonly deployment?: string | undefined
  /** What a file is for, in the word of the dialect. */
  readonly purpose?: string | undefined
  /** A file or a batch in the words of OpenAI, as it was last seen; a batch that is over does not change. */
  readonly document?: WireObject | undefined
  /** Of the input of a batch, and of the batch. */
  readonly input?: BatchInputFacts | undefined
  readonly charge?: BatchCharge | undefined
  /** Of a batch: whose call made it, as the ledger has it, and when it was last looked at. */
  readonly who?: Annotations | undefined
  readonly lookedAt?: number | undefined
  /** Of the output of a batch: which batch it is of. */
  readonly batch?: string | undefined
}

/** What is known of the requests in a file: no texts. */
export interface BatchInputFacts {
  /** The names in the requests, and whom they stand for, `provider/model`. */
  readonly models: ReadonlyArray<{ readonly name: string; readonly model: string }>
  readonly requests: number
  /** What they are expected to cost at the rates of batches, exactly; `unpriced` says why that is not known. */
  readonly usd: string
  readonly tokens: number
  readonly unpriced?: string | undefined
}

/** How far the cost of a batch is written down. */
export interface BatchCharge {
  /** What it reserved in its caller's budgets. */
  readonly reserved?: Held | undefined
  /** The id of its row in the ledger, from when on that is being written: the same by whoever writes it. */
  readonly row?: { readonly id: string; readonly at: number } | undefined
  readonly isDone?: boolean | undefined
}

/** A reservation, as it is kept until the batch has ended. */
export interface Held {
  readonly id: string
  readonly budgets: ReadonlyArray<Pick<Budget.Budget, "id" | "unit" | "window">>
}

/** A part of the objects of a caller. */
export interface ObjectQuery {
  readonly limit: number
  /** The id of the last that is known. */
  readonly after?: string | undefined
  readonly order: "asc" | "desc"
  readonly purpose?: string | undefined
}

/** Objects that nobody has deleted are forgotten after this: providers keep most for 30 days, and files as long as they are wanted. */
const kept: { readonly [K in ObjectKind]: Duration.Duration } = {
  file: Duration.days(3650),
  batch: Duration.days(365),
  response: Duration.days(30),
  item: Duration.days(30),
  container: Duration.days(30)
}

/** Remembers whose the objects at providers are, so that each caller finds its own at the right account, and no other's. */
export class ProviderObjects extends Context.Service<
  ProviderObjects,
  {
    readonly save: (...objects: ReadonlyArray<ProviderObject>) => Effect.Effect<void, StoreError>
    readonly find: (
      caller: string,
      kind: ObjectKind,
      id: string
    ) => Effect.Effect<ProviderObject | undefined, StoreError>
    readonly list: (
      caller: string,
      kind: ObjectKind,
      query: ObjectQuery
    ) => Effect.Effect<ReadonlyArray<ProviderObject>, StoreError>
    readonly remove: (caller: string, kind: ObjectKind, id: string) => Effect.Effect<void, StoreError>
    /** Those of some ids that are known, whosever they are. */
    readonly known: (
      kind: ObjectKind,
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<ProviderObject>, StoreError>
    /** The batches of all callers whose cost is not written down yet, the oldest first. */
    readonly open: Effect.Effect<ReadonlyArray<ProviderObject>, StoreError>
    /** Puts other details in the place of those of an object, unless somebody else has: then there is nothing. */
    readonly replace: (
      object: ProviderObject,
      details: ObjectDetails
    ) => Effect.Effect<ProviderObject | undefined, StoreError>
  }
>()("effect-llm-gateway/ProviderObjects") {
  static readonly layer: Layer.Layer<ProviderObjects, never, Store> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

/** How many batches that have not ended are looked at, at most. */
const mostOpen = 10_000

interface Row {
  readonly caller: string
  readonly kind: ObjectKind
  readonly id: string
  readonly account: string
  readonly details: string
}

const decode = (row: Row): ProviderObject => ({ ...row, details: JSON.parse(row.details) as ObjectDetails })

const make: Effect.Effect<ProviderObjects["Service"], never, Store | Scope.Scope> = Effect.gen(function* () {
  const { sql, use } = yield* Store
  const columns = sql`caller, kind, id, account, details`

  const forgetExpired = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    use(sql`DELETE FROM effect_llm_objects WHERE expires_at <= ${now}`)
  )
  yield* forgetExpired.pipe(
    Effect.tapError((error) => Effect.logWarning("Expired objects could not be deleted", error)),
    Effect.ignore,
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.delay("1 minute"),
    Effect.forkScoped
  )

  return ProviderObjects.of({
    save: Effect.fnUntraced(function* (...objects: ReadonlyArray<ProviderObject>) {
      const now = yield* Clock.currentTimeMillis
      const [first, ...others] = objects.map(({ account, caller, details, id, kind }): Record<string, unknown> => ({
        caller,
        kind,
        id,
        account,
        details: JSON.stringify(details),
        created_at: now,
        expires_at: now + Duration.toMillis(kept[kind])
      }))
      if (first === undefined) return
      yield* use(sql`INSERT INTO effect_llm_objects ${sql.insert([first, ...others])}
        ON CONFLICT (caller, kind, id) DO UPDATE SET account = excluded.account, details = excluded.details,
          expires_at = excluded.expires_at`)
    }),
    find: (caller, kind, id) =>
      Effect.map(
        use(sql<Row>`SELECT ${columns} FROM effect_llm_objects
          WHERE caller = ${caller} AND kind = ${kind} AND id = ${id}`),
        ([row]) => row && decode(row)
      ),
    list: Effect.fnUntraced(function* (caller, kind, { after, limit, order, purpose }) {
      const own = sql`caller = ${caller} AND kind = ${kind}`
      const last = sql`SELECT created_at, id FROM effect_llm_objects WHERE ${own} AND id = ${after ?? ""}`
      const conditions = [
        own,
        ...(after === undefined
          ? []
          : [order === "asc" ? sql`(created_at, id) > (${last})` : sql`(created_at, id) < (${last})`]),
        ...(purpose === undefined ? [] : [sql`details LIKE ${`%"purpose":${JSON.stringify(purpose)}%`}`])
      ]
      const direction = order === "asc" ? sql`created_at ASC, id ASC` : sql`created_at DESC, id DESC`
      const rows = yield* use(sql<Row>`SELECT ${columns} FROM effect_llm_objects WHERE ${sql.and(conditions)}
        ORDER BY ${direction} LIMIT ${limit}`)
      return rows.map(decode)
    }),
    remove: (caller, kind, id) =>
      Effect.asVoid(
        use(sql`DELETE FROM effect_llm_objects WHERE caller = ${caller} AND kind = ${kind} AND id = ${id}`)
      ),
    known: (kind, ids) =>
      ids.length === 0
        ? Effect.succeed([])
        : Effect.map(
            use(sql<Row>`SELECT ${columns} FROM effect_llm_objects WHERE kind = ${kind} AND ${sql.in("id", ids)}`),
            (rows) => rows.map(decode)
          ),
    open: Effect.map(
      use(sql<Row>`SELECT ${columns} FROM effect_llm_objects
        WHERE kind = 'batch' AND details NOT LIKE '%"isDone":true%' ORDER BY created_at LIMIT ${mostOpen}`),
      (rows) => rows.map(decode)
    ),
    replace: (object, details) =>
      Effect.map(
        use(sql`UPDATE effect_llm_objects SET details = ${JSON.stringify(details)}
          WHERE caller = ${object.caller} AND kind = ${object.kind} AND id = ${object.id}
            AND details = ${JSON.stringify(object.details)} RETURNING id`),
        (rows) => (rows.length === 0 ? undefined : { ...object, details })
      )
  })
})
