import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Auth } from "../../settings/schema/Auth.ts"
import type { Settings, SettingsError } from "../../settings/Settings.ts"
import type { Refused } from "../calls/Failure.ts"
import type { Received } from "../http/Received.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import type { Store, StoreError } from "../store/Store.ts"
import * as AdminKeys from "./AdminKeys.ts"
import { admin, anonymous, type Caller } from "./Caller.ts"
import { CallerCache, type Found } from "./CallerCache.ts"
import { keyOf } from "./KeyCarriers.ts"
import { identityOf } from "./login/Claims.ts"
import { IssuerFetch } from "./login/IssuerFetch.ts"
import * as Sessions from "./login/Sessions.ts"
import { isToken, Tokens } from "./login/Tokens.ts"
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
    /** Whether everybody may do everything, since there has been no key of any kind since the start. */
    readonly isOpen: () => boolean
  }
>()("effect-llm-gateway/Access") {
  /** Callers by the keys of the settings and of the database, and what changes those. */
  static readonly layer: Layer.Layer<Access | Records, SettingsError, Store | CurrentSettings | IssuerFetch> =
    Layer.suspend(() =>
      Layer.effect(this, make).pipe(Layer.provide(Lookup.layer), Layer.merge(records), Layer.provide(Changes.layer))
    )
}

/** What changes keys, users and teams. */
export const records: Layer.Layer<Records, never, Store | CurrentSettings | Changes> = BudgetStates.layer.pipe(
  Layer.provideMerge([Keys.layer, Users.layer, Teams.layer])
)

/** Whether settings say who callers are, but for the administrator. */
const hasKeys = ({ auth, keys = {} }: Settings): boolean => auth !== undefined || Object.keys(keys).length > 0

const refusals = {
  unknown: Refusals.unknown,
  blocked: Refusals.blocked,
  expired: Refusals.expired,
  rotated: Refusals.rotated
}

const make = Effect.gen(function* () {
  const lookup = yield* Lookup
  const settings = yield* CurrentSettings
  const changes = yield* Changes
  const cache = new CallerCache(changes)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const environment = yield* AdminKeys.load(settings.get())
  const adminHashesOf = ({ server }: Settings) =>
    (server?.adminKey === undefined ? environment : [...environment, server.adminKey]).map((secret) =>
      Secrets.hash(Redacted.value(secret))
    )
  let adminHashes = adminHashesOf(settings.get())
  let open =
    adminHashes.length === 0 && !hasKeys(settings.get()) && !(yield* Effect.orElseSucceed(lookup.hasKeys, () => true))
  const close = (why: string): void => {
    if (!open) return
    open = false
    run(Effect.logWarning(`Callers need a key from now on: ${why}`))
  }
  changes.listen((change) => {
    if (!open) return
    // There was no key, so this is the first.
    if (change !== "anything" && change.kind === "key") close("there is one")
    else
      run(
        Effect.map(
          Effect.orElseSucceed(lookup.hasKeys, () => true),
          (has) => (has ? close("there is one") : undefined)
        )
      )
  })
  const tokens = new Tokens(yield* IssuerFetch)

  let last: Settings = settings.get()
  /** Other settings make other callers of the same keys. */
  const follow = () => {
    const now = settings.get()
    if (now === last) return
    last = now
    cache.clear()
    adminHashes = adminHashesOf(now)
    if (adminHashes.length > 0 || hasKeys(now)) close("the settings name one")
  }
  const isOpen = () => {
    follow()
    return open
  }

  const callerOf = (received: Received, secret: string, found: Found): Effect.Effect<Caller, Refused> => {
    if (typeof found.is === "string") {
      // Where no key is required, an unknown secret is a provider's, and is ignored.
      const isOurs = found.is !== "unknown" || secret.startsWith(Secrets.prefix)
      return open && !isOurs ? Effect.succeed(anonymous) : Effect.fail(refusals[found.is])
    }
    return found.is.permitsRoute(received.path)
      ? Effect.succeed(found.is.caller)
      : Effect.fail(Refusals.forbiddenPath(received.path))
  }

  /** A user who signed in on the page. A session may change something only at the request of our own page. */
  const ofSession = Effect.fnUntraced(function* (received: Received, now: number): Effect.fn.Return<Caller, Refused> {
    const secret = settings.get().auth?.oidc?.clientSecret
    const value = Sessions.cookieIn(received.headers.cookie, Sessions.sessionCookie)
    if (secret === undefined || value === undefined) return open ? anonymous : yield* Effect.fail(Refusals.missing)
    const session = Sessions.open(value, secret, now)
    if (session === undefined) return yield* Refusals.badSession
    if (received.method !== "GET" && received.method !== "HEAD") {
      const csrf = received.headers["x-effect-llm-csrf"]
      if (csrf === undefined || !Secrets.isSame(Secrets.hash(csrf), Secrets.hash(Sessions.csrfOf(value, secret))))
        return yield* Refusals.forgery
    }
    const person = { user: session.user, team: session.team, isAdmin: session.admin }
    return yield* remembered(received, value, now, lookup.identity(identityOf(person, "session"), session.untilMillis))
  })

  const remembered = (
    received: Received,
    secret: string,
    now: number,
    load: Effect.Effect<Found, StoreError>
  ): Effect.Effect<Caller, Refused> => {
    const hash = cache.hashOf(secret)
    const known = cache.get(hash, now)
    return known === undefined
      ? cache.find(hash, load).pipe(
          Effect.mapError(Refusals.away),
          Effect.flatMap((found) => callerOf(received, secret, found))
        )
      : callerOf(received, secret, known)
  }

  const ofToken = (received: Received, token: string, auth: Auth, now: number) =>
    Effect.flatMap(tokens.verify(token, auth), ({ person, untilMillis }) =>
      remembered(received, token, now, lookup.identity(identityOf(person, "token"), untilMillis))
    )

  return Access.of({
    isOpen,
    authenticate: (received) =>
      Effect.withFiber((fiber) => {
        const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
        follow()
        const secret = keyOf(received)
        if (secret === undefined) return ofSession(received, now)
        const hash = cache.hashOf(secret)
        const known = cache.get(hash, now)
        if (known !== undefined) return callerOf(received, secret, known)
        if (adminHashes.some((own) => Secrets.isSame(hash, own))) return Effect.succeed(admin)
        const { auth } = settings.get()
        return auth?.jwt !== undefined && isToken(secret)
          ? ofToken(received, secret, auth, now)
          : remembered(received, secret, now, lookup.secret(hash))
      })
  })
})
