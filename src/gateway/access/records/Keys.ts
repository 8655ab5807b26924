import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { CurrentSettings } from "../../operations/CurrentSettings.ts"
import type { SqlError } from "effect/sql/SqlError"
import { Store, type StoreError } from "../../store/Store.ts"
import * as Secrets from "../Secrets.ts"
import { Changes } from "./Changes.ts"
import { Documents, type Page } from "./Documents.ts"
import { type RecordConflictError, RecordInvalidError, type RecordNotFoundError } from "./RecordErrors.ts"
import { type IssuedKey, type Key, type KeyChange, type KeyInput, StoredKey } from "./Records.ts"
import { isOver, keysIn } from "./SettingsRecords.ts"
import { changed, checked, ownersExist, writable } from "./Subjects.ts"

type NotWritten = RecordNotFoundError | RecordConflictError | StoreError

/** The keys that callers present. Those of the settings are read only, and come first in lists. */
export class Keys extends Context.Service<
  Keys,
  {
    /** Makes a key with a new secret, which nobody can see again. */
    readonly create: (
      input: KeyInput
    ) => Effect.Effect<IssuedKey, RecordInvalidError | RecordConflictError | StoreError>
    readonly get: (id: string) => Effect.Effect<Key, RecordNotFoundError | StoreError>
    readonly list: (page?: Page) => Effect.Effect<ReadonlyArray<Key>, StoreError>
    readonly update: (id: string, change: KeyChange) => Effect.Effect<Key, RecordInvalidError | NotWritten>
    /** Gives a key another secret; those before hold for `overlap` longer, by default a day. With zero they end now. */
    readonly rotate: (
      id: string,
      options?: { readonly overlap?: Duration.Duration | undefined }
    ) => Effect.Effect<IssuedKey, NotWritten>
    /** Makes a key hold no more, until it is unblocked. */
    readonly block: (id: string) => Effect.Effect<Key, NotWritten>
    readonly unblock: (id: string) => Effect.Effect<Key, NotWritten>
    readonly remove: (id: string) => Effect.Effect<void, NotWritten>
  }
>()("effect-llm-gateway/access/Keys") {
  static readonly layer: Layer.Layer<Keys, never, Store | Changes | CurrentSettings> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

/** Fails for a key that would have expired before it is there. */
const notOver = ({ expires }: Pick<KeyChange, "expires">) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    isOver(expires ?? undefined, now)
      ? Effect.fail(new RecordInvalidError({ detail: `expires: ${expires} is over. To end a key now, block it` }))
      : Effect.void
  )

interface SecretRow {
  readonly key_id: string
  readonly hint: string
  readonly until: number | string | null
}

const newId = (): string => `key_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const make = Effect.gen(function* () {
  const { sql, use } = yield* Store
  const { write } = yield* Changes
  const settings = yield* CurrentSettings
  const documents = new Documents<StoredKey>(sql, "key", StoredKey)

  const shown = (key: StoredKey, secrets: ReadonlyArray<SecretRow>, nowMillis: number): Key => ({
    ...key,
    source: "database",
    status: key.blocked ? "blocked" : isOver(key.expires, nowMillis) ? "expired" : "active",
    secrets: secrets
      .filter(({ key_id, until }) => key_id === key.id && (until === null || Number(until) > nowMillis))
      .map(({ hint, until }) => (until === null ? { hint } : { hint, until: iso(Number(until)) }))
  })

  const withSecrets = Effect.fnUntraced(function* (keys: ReadonlyArray<StoredKey>) {
    const now = yield* Clock.currentTimeMillis
    if (keys.length === 0) return []
    const ids = keys.map(({ id }) => id)
    const secrets = yield* sql<SecretRow>`SELECT key_id, hint, until FROM effect_llm_secrets
      WHERE ${sql.in("key_id", ids)} ORDER BY created_at DESC, hint`
    return keys.map((key) => shown(key, secrets, now))
  })

  const withOwnSecrets = (key: StoredKey) =>
    Effect.map(withSecrets([key]), ([shownKey]) => shownKey ?? shown(key, [], 0))

  const issue = Effect.fnUntraced(function* (key: StoredKey) {
    const secret = Secrets.make()
    const row = {
      hash: Secrets.hash(secret),
      key_id: key.id,
      hint: Secrets.hint(secret),
      created_at: yield* Clock.currentTimeMillis
    }
    yield* sql`INSERT INTO effect_llm_secrets ${sql.insert(row)}`
    return { key: yield* withOwnSecrets(key), secret: Redacted.make(secret) } satisfies IssuedKey
  })

  const ofSettings = Effect.map(Clock.currentTimeMillis, (now) => keysIn(settings.get(), now))
  const own = (id: string) => Effect.map(ofSettings, (keys) => keys.find((key) => key.id === id))
  const ownWritable = (id: string) => Effect.flatMap(own(id), (key) => writable("key", key !== undefined, id))

  const modify = <E>(id: string, change: (key: StoredKey) => Effect.Effect<StoredKey, E | SqlError>) =>
    Effect.andThen(
      ownWritable(id),
      write({ kind: "key", id }, Effect.flatMap(documents.modify(id, change), withOwnSecrets))
    )

  return Keys.of({
    create: Effect.fnUntraced(function* (input) {
      const key = yield* checked({ ...input, id: newId(), blocked: false })
      yield* notOver(key)
      const inserted = Effect.andThen(ownersExist(sql, settings.get(), input), documents.insert(key))
      return yield* write({ kind: "key", id: key.id }, Effect.flatMap(inserted, issue))
    }),
    get: (id) =>
      Effect.flatMap(own(id), (key) =>
        key === undefined ? use(Effect.flatMap(documents.get(id), withOwnSecrets)) : Effect.succeed(key)
      ),
    list: Effect.fnUntraced(function* (page = {}) {
      const { after, team, user } = page
      const first = after === undefined ? yield* ofSettings : []
      const found = yield* use(Effect.flatMap(documents.list(page), withSecrets))
      return [
        ...first.filter(
          (key) => (user === undefined || key.user === user) && (team === undefined || key.team === team)
        ),
        ...found
      ]
    }),
    update: (id, change) =>
      modify(id, (key) =>
        ownersExist(sql, settings.get(), change).pipe(
          Effect.andThen(checked(changed(key, change))),
          Effect.tap(notOver(change))
        )
      ),
    rotate: Effect.fnUntraced(function* (id, { overlap = Duration.days(1) } = {}) {
      yield* ownWritable(id)
      const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(overlap)
      return yield* write(
        { kind: "key", id },
        Effect.gen(function* () {
          const key = yield* documents.modify(id, Effect.succeed)
          yield* sql`UPDATE effect_llm_secrets SET until = ${until}
            WHERE key_id = ${id} AND (until IS NULL OR until > ${until})`
          return yield* issue(key)
        })
      )
    }),
    block: (id) => modify(id, (key) => Effect.succeed({ ...key, blocked: true })),
    unblock: (id) => modify(id, (key) => Effect.succeed({ ...key, blocked: false })),
    remove: (id) =>
      Effect.andThen(
        ownWritable(id),
        write(
          { kind: "key", id },
          Effect.andThen(documents.remove(id), sql`DELETE FROM effect_llm_secrets WHERE key_id = ${id}`)
        )
      ).pipe(Effect.asVoid)
  })
})
