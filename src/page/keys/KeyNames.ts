import { computed, signal } from "@preact/signals"
import { request } from "../server/Server.ts"
import { isAdmin } from "../session/Session.ts"
import type { Key } from "./Key.ts"

type Named = Pick<Key, "id" | "name">

const keys = signal<ReadonlyArray<Named>>([])

/** Names by ids; of keys that share a name, each with its id. */
const names = computed(() => {
  const same = Map.groupBy(keys.value, ({ name }) => name)
  return new Map(keys.value.map(({ id, name }) => [id, same.get(name)?.length === 1 ? name : `${name} (${id})`]))
})

/** Ids that were looked up, found or not: keys that were removed stay in the ledger. */
const lookedUp = new Set<string>()

let loading: Promise<void> | undefined

const load = async (): Promise<void> => {
  try {
    const path = isAdmin() ? "admin/keys?limit=1000" : "admin/me/access"
    keys.value = (await request<{ readonly keys: ReadonlyArray<Named> }>(path)).keys
  } catch {
    // The ids say who it was.
  }
}

/** The name of a key, or its id as long as that is all that is known. */
export const nameOfKey = (id: string): string => names.value.get(id) ?? id

/** Looks a key up that is not known by name. The id that the ledger has stands in for it until then. */
export const meetKey = (id: string | undefined): void => {
  if (id === undefined || names.value.has(id) || lookedUp.has(id)) return
  lookedUp.add(id)
  loading ??= load().finally(() => (loading = undefined))
}

/** The id of the key of this name, or the text, which may be an id. */
export const idOfKey = (text: string): string => [...names.value].find(([, name]) => name === text)?.[0] ?? text

/** The names that inputs of keys suggest. */
export const keyNames = computed(() => [...names.value.values()])
