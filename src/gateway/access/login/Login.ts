import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Auth } from "../../../settings/schema/Auth.ts"
import { invalid } from "../../calls/Failure.ts"
import { openAi } from "../../dialects/openai/OpenAi.ts"
import { type Answer, json } from "../../http/Answer.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import { CurrentSettings } from "../../operations/CurrentSettings.ts"
import { Access } from "../Access.ts"
import * as Refusals from "../Refusals.ts"
import { IssuerFetch } from "./IssuerFetch.ts"
import { personOf } from "./Claims.ts"
import { reasonOf } from "../../operations/Reason.ts"
import * as Sessions from "./Sessions.ts"

type Oidc = NonNullable<Auth["oidc"]>

/** How long somebody may take at the provider. */
const loginSeconds = 600

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"])

type Library = typeof import("openid-client")

/** Sends the client secret as the provider's discovery document says, by default in the header (OpenID Connect Discovery). */
const authenticating = (
  { ClientSecretBasic, ClientSecretPost }: Library,
  { clientSecret, tokenEndpointAuthMethod }: Oidc
): ReturnType<Library["ClientSecretPost"]> => {
  const methods = {
    client_secret_basic: ClientSecretBasic(Redacted.value(clientSecret)),
    client_secret_post: ClientSecretPost(Redacted.value(clientSecret))
  }
  return (server, ...request) => {
    const takesPost = server.token_endpoint_auth_methods_supported?.includes("client_secret_post") === true
    methods[tokenEndpointAuthMethod ?? (takesPost ? "client_secret_post" : "client_secret_basic")](server, ...request)
  }
}

/** Logs why a login failed: the reason is for administrators only. */
const logged = (event: string) => (error: unknown) => Effect.logWarning(`${event}: ${reasonOf(error)}`)

/** The client of a provider, by its discovery document; without TLS on this machine only. */
const clientOf = Effect.fnUntraced(function* (oidc: Oidc) {
  const { clientId, issuer } = oidc
  const library = yield* Effect.promise(() => import("openid-client"))
  const fetch = yield* IssuerFetch
  const { allowInsecureRequests, customFetch, discovery, enableNonRepudiationChecks } = library
  const url = new URL(issuer)
  const isLocal = url.protocol === "http:" && loopback.has(url.hostname)
  const client = yield* Effect.tryPromise({
    try: () =>
      discovery(url, clientId, undefined, authenticating(library, oidc), {
        // Its tokens must be signed, even those received from the provider itself.
        [customFetch]: fetch,
        execute: [enableNonRepudiationChecks, ...(isLocal ? [allowInsecureRequests] : [])]
      }),
    catch: (error) => error
  }).pipe(
    Effect.tapError(logged(`Nobody can sign in: ${issuer} (auth.oidc.issuer) gives no discovery document`)),
    Effect.mapError(() => Refusals.issuerAway)
  )
  return { library, client }
})

const oidcOf = Effect.flatMap(CurrentSettings, (settings) => {
  const { auth = {} } = settings.get()
  return auth.oidc === undefined
    ? Effect.fail(invalid("there is no login here: auth.oidc is not in the settings", { status: 404 }))
    : Effect.succeed({ ...auth, oidc: auth.oidc })
})

const isSecure = ({ redirectUrl }: Oidc): boolean => redirectUrl.startsWith("https:")

const redirect = (location: string, setCookie?: string): Answer => ({
  status: 302,
  headers: { location, "cache-control": "no-store", ...(setCookie !== undefined && { "set-cookie": setCookie }) }
})

const login = Effect.fnUntraced(function* () {
  const { oidc } = yield* oidcOf
  const { client, library } = yield* clientOf(oidc)
  const verifier = library.randomPKCECodeVerifier()
  const state = library.randomState()
  const nonce = library.randomNonce()
  const challenge = yield* Effect.promise(() => library.calculatePKCECodeChallenge(verifier))
  const untilMillis = (yield* Clock.currentTimeMillis) + loginSeconds * 1000
  const sealed = Sessions.sealLogin({ state, nonce, verifier, untilMillis }, oidc.clientSecret)
  const location = library.buildAuthorizationUrl(client, {
    redirect_uri: oidc.redirectUrl,
    scope: (oidc.scopes ?? ["openid", "profile", "email"]).join(" "),
    code_challenge: challenge,
    code_challenge_method: "S256",
    state,
    nonce
  })
  return redirect(location.href, Sessions.cookie(Sessions.loginCookie, sealed, loginSeconds, isSecure(oidc)))
})

const callback = Effect.fnUntraced(function* ({ received }: Exchange) {
  const { claims, oidc } = yield* oidcOf
  const now = yield* Clock.currentTimeMillis
  const value = Sessions.cookieIn(received.headers.cookie, Sessions.loginCookie)
  const begun = value === undefined ? undefined : Sessions.openLogin(value, oidc.clientSecret, now)
  if (begun === undefined) return yield* Refusals.badLogin("it was not begun here, or too long ago")
  const { client, library } = yield* clientOf(oidc)
  const url = new URL(oidc.redirectUrl)
  url.search = received.query.toString()
  const tokens = yield* Effect.tryPromise({
    try: () =>
      library.authorizationCodeGrant(client, url, {
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        pkceCodeVerifier: begun.verifier,
        idTokenExpected: true
      }),
    catch: (error) => error
  }).pipe(
    Effect.tapError(logged(`A login at ${oidc.issuer} failed`)),
    Effect.mapError(() => Refusals.badLogin("the provider did not confirm it, and the log of this gateway says why"))
  )
  const person = personOf({ ...tokens.claims() }, claims)
  if (person === undefined) {
    yield* Effect.logWarning(`A login at ${oidc.issuer} names no user: its ID token lacks ${claims?.user ?? "sub"}`)
    return yield* Refusals.badLogin("the provider does not say who you are")
  }
  const holds = oidc.session ?? Duration.hours(8)
  const session: Sessions.Session = {
    user: person.user,
    ...(person.team !== undefined && { team: person.team }),
    admin: person.isAdmin,
    untilMillis: now + Duration.toMillis(holds)
  }
  const sealed = Sessions.seal(session, oidc.clientSecret)
  const seconds = Math.floor(Duration.toSeconds(holds))
  return redirect("../", Sessions.cookie(Sessions.sessionCookie, sealed, seconds, isSecure(oidc)))
})

const logout = Effect.map(oidcOf, ({ oidc }) =>
  redirect("../", Sessions.cookie(Sessions.sessionCookie, "", 0, isSecure(oidc)))
)

/** Who one is, what one may do, and what a page has to know to make changes or to let people sign in. */
const me = Effect.fnUntraced(function* ({ caller, received }: Exchange) {
  const { auth: { oidc } = {} } = (yield* CurrentSettings).get()
  const { id, isAdmin, name, remaining, tags, team, user, via } = caller
  const session = via === "session" ? Sessions.cookieIn(received.headers.cookie, Sessions.sessionCookie) : undefined
  return json(
    {
      id,
      name,
      user,
      team,
      tags,
      isAdmin,
      via,
      remaining: remaining(yield* Clock.currentTimeMillis),
      ...(oidc && session !== undefined && { csrf: Sessions.csrfOf(session, oidc.clientSecret) }),
      login: oidc === undefined ? undefined : "/auth/login"
    },
    { headers: { "cache-control": "no-store" } }
  )
})

/** How one can sign in, and whether that is needed: a page has to know that before anybody has. */
const methods = Effect.fnUntraced(function* ({ received }: Exchange) {
  const { auth } = (yield* CurrentSettings).get()
  const caller = yield* Effect.option((yield* Access).authenticate(received))
  return json(
    { login: auth?.oidc === undefined ? null : "/auth/login", signedIn: Option.isSome(caller) },
    { headers: { "cache-control": "no-store" } }
  )
})

const route = (
  method: Route["method"],
  path: string,
  access: Route["access"],
  run: Route<Access | CurrentSettings | IssuerFetch>["run"]
): Route<Access | CurrentSettings | IssuerFetch> => ({ method, path, access, dialect: openAi, run })

/** Login to the page, and who one is. */
export const loginRoutes: ReadonlyArray<Route<Access | CurrentSettings | IssuerFetch>> = [
  route("GET", "/auth", "open", methods),
  route("GET", "/auth/login", "open", () => login()),
  route("GET", "/auth/callback", "open", callback),
  route("POST", "/auth/logout", "key", () => logout),
  route("GET", "/auth/session", "key", me)
]
