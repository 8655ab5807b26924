import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Settings, SettingsError } from "../../settings/Settings.ts"
import type { Refused } from "../calls/Failure.ts"
import type { Received } from "../http/Received.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import type { Store } from "../store/Store.ts"
import * as AdminKeys from "./AdminKeys.ts"
import { admin, anonymous, type Caller } from "./Caller.ts"
import { CallerCache, type Found } from "./CallerCache.ts"
import { keyOf } from "./KeyCarriers.ts"
import { Lookup } from "./Lookup.ts"
import { BudgetStates } from "./records/BudgetStates.ts"
import { Changes } from "./records/Changes.ts"
import { Keys } from "./records/Keys.ts"
import { Teams, Users } from "./records/Subjects.ts"
import * as Refusals from "./Refusals.ts"
import * as Secrets from "./Secrets.ts"

/** The keys, users and teams that the admin API and the command line change. */
export type Records = Keys | Users | Teams | BudgetStates

/** Tells who makes a request. */
export class Access extends Context.Service<
  Access,
  {
    /** Fails with 401 where a key is needed and there is none that holds; with 503 where that cannot be known now. */
    readonly authenticate: (received: Received) => Effect.Effect<Caller, Refused>
    /** Whether everybody may do everything, since there were neither keys nor an administrator's key at the start. */
    readonly isOpen: boolean
  }
>()("effect-llm-gateway/Access") {
  /** Callers by the keys of the settings and of the database, and what changes those. */
  static readonly layer: Layer.Layer<Access | Records, SettingsError, Store | CurrentSettings> = Layer.suspend(() =>
    Layer.effect(this, make).pipe(Layer.provide(Lookup.layer), Layer.merge(records), Layer.provide(Changes.layer))
  )
}

/** What changes keys, users and teams. */
export const records: Layer.Layer<Records, never, Store | CurrentSettings | Changes> = BudgetStates.layer.pipe(
  Layer.provideMerge([Keys.layer, Users.layer, Teams.layer])
)

const refusals = {
  unknown: Refusals.unknown,
  blocked: Refusals.blocked,
  expired: Refusals.expired,
  rotated: Refusals.rotated
}

const make = Effect.gen(function* () {
  const lookup = yield* Lookup
  const settings = yield* CurrentSettings
  const cache = new CallerCache(yield* Changes)
  const adminHashes = (yield* AdminKeys.load(settings.get())).map((secret) => Secrets.hash(Redacted.value(secret)))
  const isOpen =
    adminHashes.length === 0 &&
    Object.keys(settings.get().keys ?? {}).length === 0 &&
    !(yield* Effect.orElseSucceed(lookup.hasKeys, () => true))

  let last: Settings = settings.get()
  /** Other settings make other callers of the same keys. */
  const follow = () => {
    const now = settings.get()
    if (now === last) return
    last = now
    cache.clear()
  }

  const callerOf = (received: Received, secret: string, found: Found): Effect.Effect<Caller, Refused> => {
    if (typeof found.is === "string") {
      // Where nobody needs a key, keys of providers say nothing.
      const isOurs = found.is !== "unknown" || secret.startsWith(Secrets.prefix)
      return isOpen && !isOurs ? Effect.succeed(anonymous) : Effect.fail(refusals[found.is])
    }
    return found.is.permitsRoute(received.path)
      ? Effect.succeed(found.is.caller)
      : Effect.fail(Refusals.forbiddenPath(received.path))
  }

  return Access.of({
    isOpen,
    authenticate: (received) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        follow()
        const secret = keyOf(received)
        if (secret === undefined) return isOpen ? Effect.succeed(anonymous) : Effect.fail(Refusals.missing)
        const hash = Secrets.hash(secret)
        const known = cache.get(hash, now)
        if (known !== undefined) return callerOf(received, secret, known)
        if (adminHashes.some((own) => Secrets.isSame(hash, own))) return Effect.succeed(admin)
        return cache.find(hash, lookup.secret(hash)).pipe(
          Effect.mapError(Refusals.away),
          Effect.flatMap((found) => callerOf(received, secret, found))
        )
      })
  })
})
