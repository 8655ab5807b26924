import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { CurrentSettings } from "../../operations/CurrentSettings.ts"
import type { Settings } from "../../../settings/Settings.ts"
import { Store, type StoreError } from "../../store/Store.ts"
import { check } from "../Grants.ts"
import { Changes } from "./Changes.ts"
import { Documents, type Page } from "./Documents.ts"
import { RecordConflictError, RecordInvalidError, type RecordNotFoundError } from "./RecordErrors.ts"
import {
  StoredTeam,
  StoredUser,
  type Team,
  type TeamChange,
  type TeamInput,
  type User,
  type UserChange,
  type UserInput
} from "./Records.ts"
import { teamsIn, usersIn } from "./SettingsRecords.ts"

/** What can be done with users, and with teams. Those of the settings are read only, and come first in lists. */
export interface Subjects<Input, Change, Record> {
  readonly create: (input: Input) => Effect.Effect<Record, RecordInvalidError | RecordConflictError | StoreError>
  readonly get: (id: string) => Effect.Effect<Record, RecordNotFoundError | StoreError>
  readonly list: (page?: Page) => Effect.Effect<ReadonlyArray<Record>, StoreError>
  readonly update: (
    id: string,
    change: Change
  ) => Effect.Effect<Record, RecordNotFoundError | RecordInvalidError | RecordConflictError | StoreError>
  readonly remove: (id: string) => Effect.Effect<void, RecordNotFoundError | RecordConflictError | StoreError>
}

/** Those whose keys are limited together. */
export class Users extends Context.Service<Users, Subjects<UserInput, UserChange, User>>()(
  "effect-llm-gateway/access/Users"
) {
  static readonly layer: Layer.Layer<Users, never, Store | Changes | CurrentSettings> = Layer.effect(
    this,
    Effect.suspend(() => make<UserInput, StoredUser>("user", StoredUser, usersIn))
  )
}

/** Users and keys that are limited together. */
export class Teams extends Context.Service<Teams, Subjects<TeamInput, TeamChange, Team>>()(
  "effect-llm-gateway/access/Teams"
) {
  static readonly layer: Layer.Layer<Teams, never, Store | Changes | CurrentSettings> = Layer.effect(
    this,
    Effect.suspend(() => make<TeamInput, StoredTeam>("team", StoredTeam, teamsIn))
  )
}

type Shown<A> = A & { readonly source: "settings" | "database" }

/** Applies a change to a record: null removes a field, absence keeps it. */
export const changed = <A extends object>(record: A, change: object): A =>
  // Both have schemas with the same fields.
  Object.fromEntries(Object.entries({ ...record, ...change }).filter(([, value]) => value !== null)) as A

/** Fails for a record that cannot be enforced. */
export const checked = <A extends Parameters<typeof check>[0]>(record: A): Effect.Effect<A, RecordInvalidError> => {
  const result = check(record)
  return Result.isSuccess(result)
    ? Effect.succeed(record)
    : Effect.fail(new RecordInvalidError({ detail: result.failure }))
}

/** Fails for a record of the settings. */
export const writable = (kind: "key" | "user" | "team", isOfSettings: boolean, id: string) =>
  isOfSettings
    ? Effect.fail(
        new RecordConflictError({ detail: `the ${kind} ${id} is one of the settings: change or remove it there` })
      )
    : Effect.void

/** Whose a record says that it is. */
interface Owned {
  readonly user?: string | null | undefined
  readonly team?: string | null | undefined
}

/** Fails for a user or a team that is nowhere, whose limits would hold nobody. To be run with the change that names them. */
export const ownersExist = Effect.fnUntraced(function* (
  sql: SqlClient,
  settings: Settings,
  owners: Owned
): Effect.fn.Return<void, SqlError | RecordInvalidError> {
  for (const kind of ["user", "team"] as const) {
    const id = owners[kind] ?? undefined
    if (id === undefined || Object.hasOwn(settings[`${kind}s`] ?? {}, id)) continue
    const lock = sql.onDialectOrElse({ pg: () => sql`FOR SHARE`, orElse: () => sql`` })
    const found = yield* sql`SELECT id FROM ${sql(`effect_llm_${kind}s`)} WHERE id = ${id} ${lock}`
    if (found.length === 0)
      return yield* new RecordInvalidError({ detail: `there is no ${kind} ${id}: make it first, or leave ${kind} out` })
  }
})

const make = Effect.fnUntraced(function* <Input extends TeamInput | UserInput, Stored extends Input>(
  kind: "user" | "team",
  schema: Schema.Codec<Stored, unknown>,
  listed: (settings: Settings) => ReadonlyArray<Shown<Stored>>
) {
  const { sql, use } = yield* Store
  const { write } = yield* Changes
  const settings = yield* CurrentSettings
  const documents = new Documents<Stored>(sql, kind, schema)
  const ofSettings = () => listed(settings.get())
  const shown = (stored: Stored): Shown<Stored> => ({ ...stored, source: "database" })
  const own = (id: string) => ofSettings().find((record) => record.id === id)
  const ownWritable = (id: string) => Effect.suspend(() => writable(kind, own(id) !== undefined, id))
  return {
    create: Effect.fnUntraced(function* (input: Input) {
      yield* ownWritable(input.id)
      const record = yield* checked(input)
      // What else is stored is filled in with the insertion.
      const inserted = Effect.andThen(
        ownersExist(sql, settings.get(), input as Owned),
        documents.insert(record as Input as Stored)
      )
      return shown(yield* write({ kind, id: input.id }, inserted))
    }),
    get: (id: string) => {
      const found = own(id)
      return found === undefined ? Effect.map(use(documents.get(id)), shown) : Effect.succeed(found)
    },
    list: (page: Page = {}) =>
      Effect.map(use(documents.list(page)), (found) => [
        ...(page.after === undefined
          ? ofSettings().filter((record) => page.team === undefined || ("team" in record && record.team === page.team))
          : []),
        ...found.map(shown)
      ]),
    update: Effect.fnUntraced(function* (id: string, change: object) {
      yield* ownWritable(id)
      const modified = documents.modify(id, (record) => checked(changed(record, change)))
      return shown(yield* write({ kind, id }, Effect.andThen(ownersExist(sql, settings.get(), change), modified)))
    }),
    remove: (id: string) =>
      Effect.andThen(ownWritable(id), write({ kind, id }, Effect.andThen(unused(sql, kind, id), documents.remove(id))))
  }
})

/** Fails while something is limited by a record, since its removal would lift the limits. */
const unused = Effect.fnUntraced(function* (sql: SqlClient, kind: "user" | "team", id: string) {
  for (const [table, noun] of kind === "team" ? [keysTable, usersTable] : [keysTable]) {
    const [found] = yield* sql<{
      readonly id: string
      readonly many: number | string
    }>`SELECT min(id) AS id, count(*) AS many
      FROM ${sql(table)} WHERE ${sql(`${kind}_id`)} = ${id}`
    const many = Number(found?.many ?? 0)
    if (found !== undefined && many > 0)
      return yield* new RecordConflictError({
        detail: `the ${kind} ${id} limits ${many === 1 ? `the ${noun} ${found.id}` : `${many} ${noun}s, such as ${found.id}`}: remove or change what it limits first`
      })
  }
})

const keysTable = ["effect_llm_keys", "key"] as const

const usersTable = ["effect_llm_users", "user"] as const
