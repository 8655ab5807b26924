import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AuthenticationError } from "../../domain/CallErrors.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { currentSteadyMillis } from "../../domain/SteadyClock.ts"
import * as BaseUrl from "../../transport/BaseUrl.ts"
import { type AccessToken, exchange, notUnderstood, TokenText } from "../../client/AccessToken.ts"

/**
 * The code that a person enters at `url` to log in.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceCode {
  readonly code: string
  readonly url: string
  readonly expiresIn: Duration.Duration
}

const provider = "github-copilot"

/** A Copilot token, and the host for it, which depends on the plan. */
interface CopilotToken extends AccessToken {
  readonly api: string | undefined
}

const TokenResponse = Schema.Struct({
  token: TokenText,
  expires_at: Schema.Number,
  endpoints: Schema.optional(Schema.NullOr(Schema.Struct({ api: Schema.optional(Schema.String) })))
})

/** Exchanges the token of a GitHub account for a Copilot token. */
export const obtain = Effect.fnUntraced(function* (
  github: Redacted.Redacted,
  url: string,
  headers: { readonly [name: string]: string }
): Effect.fn.Return<CopilotToken, ProviderError, HttpClient.HttpClient> {
  const key = Redacted.value(github)
  const request = HttpClientRequest.get(url, { headers: { ...headers, authorization: `token ${key}` } })
  const response = Schema.decodeUnknownResult(TokenResponse)(yield* exchange(provider, request, [key]))
  if (Result.isFailure(response)) return yield* Effect.fail(notUnderstood(provider))
  const { endpoints, expires_at, token } = response.success
  const api = endpoints?.api
  if (api !== undefined && !isOfCopilot(api, url)) {
    const detail = `no access token: it is for ${BaseUrl.originOf(api) ?? "an address"}, which is not a Copilot host. If it is yours, set GITHUB_COPILOT_BASE_URL to it`
    return yield* Effect.fail(new AuthenticationError({ provider, detail }))
  }
  return { value: Redacted.make(token), expiresAt: expires_at * 1000, api }
})

/**
 * Whether a URL is a host of Copilot, or of the enterprise that issued the token.
 * Source: https://docs.github.com/en/copilot/reference/copilot-allowlist-reference, 2026-11-29
 */
const isOfCopilot = (api: string, tokenUrl: string): boolean => {
  const [to, from] = [URL.parse(api), URL.parse(tokenUrl)]
  if (to === null || from === null || Result.isFailure(BaseUrl.decode(api))) return false
  if (to.origin === from.origin) return true
  const isWithin = (domain: string) => to.hostname === domain || to.hostname.endsWith(`.${domain}`)
  return to.protocol === "https:" && (isWithin("githubcopilot.com") || isWithin(from.hostname.replace(/^api\./, "")))
}

/**
 * Signs a request, and adds what Copilot bills by: whether a user or a program continues, and whether there are
 * images.
 */
export const sign = (
  request: HttpClientRequest.HttpClientRequest,
  { api, value }: CopilotToken,
  baseUrl: string,
  isDefault: boolean
): HttpClientRequest.HttpClientRequest => {
  const { body, url } = request
  const text = body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""
  const moved =
    isDefault && api !== undefined ? request.pipe(HttpClientRequest.setUrl(url.replace(baseUrl, api))) : request
  // Quotation marks within strings are escaped, so these match fields only.
  const goesOn = /"role":"(?:assistant|tool)"/.test(text)
  return moved.pipe(
    HttpClientRequest.bearerToken(value),
    HttpClientRequest.setHeaders({
      "x-initiator": goesOn ? "agent" : "user",
      ...(text.includes('"type":"image_url"') ? { "copilot-vision-request": "true" } : {})
    })
  )
}

const DeviceResponse = Schema.Struct({
  device_code: Schema.String,
  user_code: Schema.String,
  verification_uri: Schema.String,
  expires_in: Schema.optional(Schema.Number),
  interval: Schema.optional(Schema.Number)
})

/** The longest wait for a login, in seconds; codes expire after 15 minutes. */
const longestLogin = 3600

const PollResponse = Schema.Struct({
  access_token: Schema.optional(Schema.String),
  error: Schema.optional(Schema.String),
  interval: Schema.optional(Schema.Number)
})

/** Logs a person in by device code. */
export const login = Effect.fnUntraced(function* <E, R>(options: {
  readonly clientId: string
  readonly host: string
  readonly show: (code: DeviceCode) => Effect.Effect<void, E, R>
}): Effect.fn.Return<Redacted.Redacted, ProviderError | E, HttpClient.HttpClient | R> {
  const { clientId, host, show } = options
  const post = (path: string, body: object, secrets: ReadonlyArray<string>) =>
    exchange(provider, HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(host + path), body), secrets)
  const deviceCode = yield* post("/login/device/code", { client_id: clientId, scope: "read:user" }, [])
  const response = Schema.decodeUnknownResult(DeviceResponse)(deviceCode)
  if (Result.isFailure(response)) return yield* Effect.fail(notUnderstood(provider))
  const { device_code, expires_in = 900, interval = 5, user_code, verification_uri } = response.success
  const expiresIn = Duration.seconds(Math.min(expires_in, longestLogin))
  yield* show({ code: user_code, url: verification_uri, expiresIn })
  const ends = (yield* currentSteadyMillis) + Duration.toMillis(expiresIn)
  const form = { client_id: clientId, device_code, grant_type: "urn:ietf:params:oauth:grant-type:device_code" }
  let wait = Math.max(interval, 1)
  while ((yield* currentSteadyMillis) < ends) {
    yield* Effect.sleep(Duration.seconds(wait))
    const polled = Schema.decodeUnknownResult(PollResponse)(
      yield* post("/login/oauth/access_token", form, [device_code])
    )
    if (Result.isFailure(polled)) return yield* Effect.fail(notUnderstood(provider))
    const { access_token, error } = polled.success
    if (access_token !== undefined) return Redacted.make(access_token)
    if (error === "slow_down") wait = Math.max(polled.success.interval ?? 0, wait + 5)
    else if (error !== "authorization_pending") return yield* Effect.fail(refused(error ?? "the response has no token"))
  }
  return yield* Effect.fail(refused("the code has expired"))
})

const refused = (why: string): AuthenticationError =>
  new AuthenticationError({ provider, detail: `the login was not completed: ${why}` })
