import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type {
  Budget,
  Key as KeySettings,
  Team as TeamSettings,
  User as UserSettings
} from "../../../settings/schema/Access.ts"
import type { Settings } from "../../../settings/Settings.ts"
import { hint } from "../Secrets.ts"
import type { Key, Team, User } from "./Records.ts"

/** The keys of settings, as records that cannot be changed. */
export const keysIn = (settings: Settings, nowMillis: number): ReadonlyArray<Key> =>
  Object.entries(settings.keys ?? {}).map(([name, entry]) => keyOf(name, entry, settings, nowMillis))

export const usersIn = (settings: Settings): ReadonlyArray<User> =>
  Object.entries(settings.users ?? {}).map(([id, entry]) => subjectOf(id, entry, settings))

export const teamsIn = (settings: Settings): ReadonlyArray<Team> =>
  Object.entries(settings.teams ?? {}).map(([id, entry]) => subjectOf(id, entry, settings))

const keyOf = (name: string, { key, previous, ...entry }: KeySettings, settings: Settings, nowMillis: number): Key => ({
  ...fieldsOf(entry, settings),
  name,
  id: name,
  blocked: false,
  source: "settings",
  status: isOver(entry.expires, nowMillis) ? "expired" : "active",
  secrets: [
    { hint: hint(Redacted.value(key)) },
    ...(previous === undefined ? [] : [{ hint: hint(Redacted.value(previous.key)), until: previous.until }])
  ]
})

const subjectOf = <E extends UserSettings | TeamSettings>(id: string, entry: E, settings: Settings) => ({
  ...fieldsOf(entry, settings),
  id,
  source: "settings" as const
})

/** The fields of an entry, with the budgets that it names. */
const fieldsOf = <E extends Omit<KeySettings, "key" | "previous"> | UserSettings | TeamSettings>(
  { budgets: names, limits, ...entry }: E,
  { budgets = {} }: Settings
): Omit<E, "budgets" | "limits"> & Pick<Key, "budgets" | "limits"> => ({
  ...entry,
  ...(limits && { limits: [limits] }),
  ...(names && {
    budgets: names.flatMap((name): ReadonlyArray<Budget & { readonly name: string }> => {
      const budget = budgets[name]
      return budget === undefined ? [] : [{ ...budget, name }]
    })
  })
})

/** Whether a day or a time has come. */
export const isOver = (moment: string | undefined, nowMillis: number): boolean =>
  moment !== undefined && DateTime.toEpochMillis(DateTime.makeUnsafe(moment)) <= nowMillis
