import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { SqlError } from "effect/sql/SqlError"
import * as SqlTransaction from "effect-llm/policies/SqlTransaction"
import { Instances } from "../../operations/Instances.ts"
import { Store, type StoreError } from "../../store/Store.ts"

/** What changed, as caches need to know it. */
export interface Change {
  readonly kind: "key" | "user" | "team"
  readonly id: string
}

type Listener = (change: Change | "anything") => void

/** How often changes of other processes are looked for. */
const interval = "1 second"

/** As many changes as are kept: a process that missed more forgets all that it knows. */
const kept = 10_000

/** Changes of keys, users and teams, by this process and others. */
export class Changes extends Context.Service<
  Changes,
  {
    /** Writes a change in one transaction, and notifies listeners before it returns. */
    readonly write: <A, E>(change: Change, effect: Effect.Effect<A, E | SqlError>) => Effect.Effect<A, E | StoreError>
    /** Tells of every change, at once of those of this process and of others that it hears of, else within two seconds. */
    readonly listen: (listener: Listener) => void
  }
>()("effect-llm-gateway/access/Changes") {
  static readonly layer: Layer.Layer<Changes, never, Store> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const { sql, use } = yield* Store
  const instances = yield* Instances
  const listeners: Array<Listener> = []
  const tell: Listener = (change) => {
    for (const listener of listeners) listener(change)
  }

  const record = Effect.fnUntraced(function* ({ id, kind }: Change) {
    // The row is locked until the transaction ends, so versions are seen in their order.
    yield* sql`UPDATE effect_llm_access_version SET version = version + 1 WHERE id = 1`
    const rows = yield* sql<{
      readonly version: number | string
    }>`SELECT version FROM effect_llm_access_version WHERE id = 1`
    const version = Number(rows[0]?.version ?? 0)
    yield* sql`INSERT INTO effect_llm_access_changes ${sql.insert({ version, kind, id })}`
    yield* sql`DELETE FROM effect_llm_access_changes WHERE version <= ${version - kept}`
  })

  let last: number | undefined
  const look = Effect.gen(function* () {
    const [row] = yield* sql<{ readonly version: number | string }>`SELECT version FROM effect_llm_access_version`
    const version = Number(row?.version ?? 0)
    const before = last
    if (before === version) return
    if (before === undefined) {
      last = version
      return
    }
    const rows = yield* sql<Change & { readonly version: number | string }>`SELECT version, kind, id
      FROM effect_llm_access_changes WHERE version > ${before} ORDER BY version`
    last = rows.reduce((newest, { version }) => Math.max(newest, Number(version)), version)
    if (Number(rows[0]?.version) !== before + 1) tell("anything")
    else for (const { id, kind } of rows) tell({ id, kind })
  })

  yield* use(look).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced(interval)),
    Effect.forkScoped({ startImmediately: true })
  )

  instances.listen((message) => {
    if (message.type === "changed") tell({ kind: message.kind, id: message.id })
  })

  return Changes.of({
    write: (change, effect) =>
      Effect.tap(
        use(
          SqlTransaction.run(
            sql,
            Effect.tap(effect, () => record(change))
          )
        ),
        () =>
          Effect.suspend(() => {
            tell(change)
            return instances.tell({ type: "changed", ...change })
          })
      ),
    listen: (listener) => {
      listeners.push(listener)
    }
  })
})
