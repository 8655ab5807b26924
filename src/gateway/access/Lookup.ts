import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import type { Key } from "../../settings/schema/Access.ts"
import type { Settings } from "../../settings/Settings.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { Store, StoreError } from "../store/Store.ts"
import type { Found } from "./CallerCache.ts"
import * as Callers from "./Callers.ts"
import type { Caller } from "./Caller.ts"
import { type Grants, ofRecord, ofSettings } from "./Grants.ts"
import { Documents } from "./records/Documents.ts"
import { StoredKey, StoredTeam, StoredUser } from "./records/Records.ts"
import * as Secrets from "./Secrets.ts"

/** How long a secret that does not hold is not looked up again. */
const refusedMillis = 10_000

/** The longest lookup of a key; a caller that waits longer gets a 503. */
const timeout = "3 seconds"

/** Whose keys and tokens are. */
export class Lookup extends Context.Service<
  Lookup,
  {
    /** What a secret is, by its hash: in the settings, else in the database. */
    readonly secret: (hash: string) => Effect.Effect<Found, StoreError>
    /** A caller that is known otherwise, with what its user and team may do. */
    readonly identity: (
      identity: Pick<Caller, "id" | "name" | "user" | "team" | "isAdmin" | "via">,
      untilMillis: number
    ) => Effect.Effect<Found, StoreError>
    /** Whether there is any key. */
    readonly hasKeys: Effect.Effect<boolean, StoreError>
  }
>()("effect-llm-gateway/access/Lookup") {
  static readonly layer: Layer.Layer<Lookup, never, Store | CurrentSettings> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

interface OwnSecret {
  readonly name: string
  readonly untilMillis: number
}

const millisOf = (moment: string | undefined): number =>
  moment === undefined ? Infinity : DateTime.toEpochMillis(DateTime.makeUnsafe(moment))

/** The secrets of settings, by their hashes. */
const secretsIn = ({ keys = {} }: Settings): ReadonlyMap<string, OwnSecret> => {
  const secrets = new Map<string, OwnSecret>()
  for (const [name, { key, previous }] of Object.entries(keys)) {
    if (previous !== undefined) secrets.set(hashOf(previous.key), { name, untilMillis: millisOf(previous.until) })
    secrets.set(hashOf(key), { name, untilMillis: Infinity })
  }
  return secrets
}

const hashOf = (secret: Redacted.Redacted): string => Secrets.hash(Redacted.value(secret))

type Identity = Pick<
  Caller,
  "id" | "name" | "user" | "team" | "isAdmin" | "via" | "keepsTexts" | "storesResponses" | "ownProviderKeys"
>

/** Who calls with a key, of the settings or of the database. */
const identityOf = (id: string, name: string, key: StoredKey | Key): Identity => ({
  id,
  name,
  user: key.user,
  team: key.team,
  isAdmin: key.admin === true,
  via: "key",
  keepsTexts: key.texts,
  storesResponses: key.storeResponses,
  ownProviderKeys: key.ownProviderKeys === true
})

const decodeKey = Schema.decodeEffect(Schema.fromJsonString(StoredKey))

const make = Effect.gen(function* () {
  const { connected, sql, use } = yield* Store
  const current = yield* CurrentSettings
  const users = new Documents<StoredUser>(sql, "user", StoredUser)
  const teams = new Documents<StoredTeam>(sql, "team", StoredTeam)
  let own: readonly [of: Settings, secrets: ReadonlyMap<string, OwnSecret>] | undefined

  const within = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, StoreError> =>
    Effect.timeoutOrElse(use(effect), {
      duration: timeout,
      orElse: () => Effect.fail(new StoreError({ isAway: true, cause: new Error("it takes too long") }))
    })

  /** A caller with the grants of its user and its team, whether they are known or not. */
  const known = Effect.fnUntraced(function* (identity: Identity, first: ReadonlyArray<Grants>, untilMillis: number) {
    const settings = current.get()
    const grants = [...first]
    const { user: userId } = identity
    const userEntry = userId === undefined ? undefined : settings.users?.[userId]
    const user = userId === undefined ? undefined : (userEntry ?? (yield* within(users.find(userId))))
    if (userId !== undefined && user !== undefined)
      grants.push(
        userEntry === undefined
          ? ofRecord("user", userId, user as StoredUser)
          : ofSettings("user", userId, userEntry, settings)
      )
    const teamId = identity.team ?? user?.team
    const teamEntry = teamId === undefined ? undefined : settings.teams?.[teamId]
    const team = teamId === undefined || teamEntry !== undefined ? undefined : yield* within(teams.find(teamId))
    if (teamId !== undefined && teamEntry !== undefined) grants.push(ofSettings("team", teamId, teamEntry, settings))
    else if (teamId !== undefined && team !== undefined) grants.push(ofRecord("team", teamId, team))
    const isAdmin = identity.isAdmin || (identity.via !== "key" && user?.admin === true)
    const caller = { ...identity, team: teamId, isAdmin }
    const found: Found = {
      is: Callers.make(caller, grants, settings, connected),
      untilMillis,
      about: [`key ${identity.id}`, `user ${userId}`, `team ${teamId}`]
    }
    return found
  })

  const refused = (is: Exclude<Found["is"], object>, about: ReadonlyArray<string> = []) =>
    Effect.map(Clock.currentTimeMillis, (now): Found => ({ is, untilMillis: now + refusedMillis, about }))

  const ofDatabase = Effect.fnUntraced(function* (hash: string) {
    const now = yield* Clock.currentTimeMillis
    const [row] = yield* within(
      sql<{ readonly until: number | string | null; readonly document: string }>`SELECT s.until, k.document
        FROM effect_llm_secrets s JOIN effect_llm_keys k ON k.id = s.key_id WHERE s.hash = ${hash}`
    )
    if (row === undefined) return yield* refused("unknown")
    const key = yield* Effect.orDie(decodeKey(row.document))
    const until = row.until === null ? Infinity : Number(row.until)
    const expires = millisOf(key.expires)
    const about = [`key ${key.id}`]
    if (key.blocked) return yield* refused("blocked", about)
    if (expires <= now) return yield* refused("expired", about)
    if (until <= now) return yield* refused("rotated", about)
    return yield* known(identityOf(key.id, key.name, key), [ofRecord("key", key.id, key)], Math.min(until, expires))
  })

  return Lookup.of({
    secret: Effect.fnUntraced(function* (hash) {
      const settings = current.get()
      if (own?.[0] !== settings) own = [settings, secretsIn(settings)]
      const secret = own[1].get(hash)
      const key = secret && settings.keys?.[secret.name]
      if (secret === undefined || key === undefined) return yield* ofDatabase(hash)
      const now = yield* Clock.currentTimeMillis
      const expires = millisOf(key.expires)
      if (expires <= now) return yield* refused("expired")
      if (secret.untilMillis <= now) return yield* refused("rotated")
      return yield* known(
        identityOf(secret.name, secret.name, key),
        [ofSettings("key", secret.name, key, settings)],
        Math.min(secret.untilMillis, expires)
      )
    }),
    identity: (identity, untilMillis) =>
      known(
        { ...identity, keepsTexts: undefined, storesResponses: undefined, ownProviderKeys: false },
        [],
        untilMillis
      ),
    hasKeys: Effect.map(within(sql`SELECT id FROM effect_llm_keys LIMIT 1`), (rows) => rows.length > 0)
  })
})
