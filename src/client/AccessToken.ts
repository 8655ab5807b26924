import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { AuthenticationError } from "../domain/CallErrors.ts"
import { RateLimitError, ServerError } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as BaseUrl from "../transport/BaseUrl.ts"
import { redactText } from "../transport/Secrets.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { withoutMark } from "../transport/Utf8Reader.ts"
import { isSuccess } from "./Call.ts"
import type { Authorize } from "./ProviderDefinition.ts"
import * as Sending from "./Sending.ts"

/** A token and its expiry, in milliseconds since 1970. */
export interface AccessToken {
  readonly value: Redacted.Redacted
  readonly expiresAt: number
}

/** Tokens are renewed this many milliseconds before they expire, so that none expires on its way. */
const early = 60_000

/** Returns the cached token; given a request that was refused with it, a new one. */
export type CachedToken<Token extends AccessToken> = (
  refused?: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Token, ProviderError>

/**
 * Caches a token until shortly before it expires or is refused. Concurrent callers share one exchange; failures are
 * not cached.
 */
export const cached = Effect.fnUntraced(function* <Token extends AccessToken>(
  obtain: Effect.Effect<Token, ProviderError>
): Effect.fn.Return<CachedToken<Token>> {
  const one = yield* Semaphore.make(1)
  let current: Token | undefined
  const known = Effect.map(Clock.currentTimeMillis, (now) =>
    current !== undefined && current.expiresAt - early > now ? current : undefined
  )
  const renew = Effect.flatMap(known, (token) =>
    token === undefined
      ? Effect.tap(obtain, (fresh) => Effect.sync(() => void (current = fresh)))
      : Effect.succeed(token)
  )
  const get = Effect.flatMap(known, (token) =>
    token === undefined ? one.withPermits(1)(renew) : Effect.succeed(token)
  )
  return (refused) =>
    refused === undefined
      ? get
      : Effect.suspend(() => {
          if (current !== undefined && isIn(refused, current)) current = undefined
          return get
        })
})

const isIn = ({ headers }: HttpClientRequest.HttpClientRequest, { value }: AccessToken): boolean =>
  Object.values(headers).some((header) => header.includes(Redacted.value(value)))

/** Signs requests with a bearer token; a cached one is renewed when it is refused. */
export const bearer =
  (token: Effect.Effect<Redacted.Redacted, ProviderError> | CachedToken<AccessToken>): Authorize =>
  (request, refused) =>
    Effect.map(Effect.isEffect(token) ? token : Effect.map(token(refused), ({ value }) => value), (value) =>
      HttpClientRequest.bearerToken(request, value)
    )

/** Signs requests with `authorization: <scheme> <secret>`. */
export const scheme =
  (name: string, secret: Redacted.Redacted): Authorize =>
  (request) =>
    Effect.succeed(HttpClientRequest.setHeader(request, "authorization", `${name} ${Redacted.value(secret)}`))

/**
 * Exchanges credentials for a token and returns the JSON of the response. Redirects are not followed, since the
 * request is worth a token.
 */
export const exchange = Effect.fnUntraced(function* (
  provider: string,
  request: HttpClientRequest.HttpClientRequest,
  secrets: ReadonlyArray<string>
): Effect.fn.Return<unknown, ProviderError, HttpClient.HttpClient> {
  const clock = yield* Clock.Clock
  const sender = Sending.make(yield* HttpClient.HttpClient)
  const call = {
    provider,
    rows: provider,
    model: "",
    secrets,
    decodeError: (body: unknown) => ({ _tag: "ProviderFailure" as const, body })
  }
  const { body, head } = yield* Sending.send(sender, call, HttpClientRequest.acceptJson(request))
  const text = withoutMark(Sending.textOf(body))
  const { headers, status } = head
  const json = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  if (isSuccess({ status })) return json
  if (status < 400) {
    const detail = `no access token: redirected to ${BaseUrl.targetOf(headers.location, head.url)}`
    return yield* Effect.fail(new AuthenticationError({ provider, status, detail: redactText(detail, secrets) }))
  }
  const retryAfter = ResponseHeaders.retryAfter(headers, clock.currentTimeMillisUnsafe())
  const fields = {
    provider,
    status,
    detail: `no access token: ${redactText(reasonOf(json) ?? (json === undefined ? text.slice(0, 4096) : `status ${status}`), secrets).slice(0, 200)}`
  }
  if (status === 429) return yield* Effect.fail(new RateLimitError({ ...fields, retryAfter }))
  if (status >= 500) return yield* Effect.fail(new ServerError({ ...fields, retryAfter }))
  return yield* Effect.fail(new AuthenticationError(fields))
})

const reasonOf = (json: unknown): string | undefined => {
  const { error, error_description, errorMessage, message } = (json ?? {}) as { readonly [key: string]: unknown }
  return [error_description, errorMessage, message, error].find((reason) => typeof reason === "string")
}

/** A token that a header can carry. Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
export const TokenText = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/))

const OAuthResponse = Schema.Struct({
  access_token: TokenText,
  /** In seconds from now; some servers send text. */
  expires_in: Schema.optional(Schema.Unknown)
})

/** Obtains a token by OAuth 2. `basic` sends the client's name and secret in a header instead of the form. */
export const oauth = (
  provider: string,
  url: string,
  form: { readonly [name: string]: string },
  secrets: ReadonlyArray<string>,
  basic?: { readonly name: string; readonly secret: string }
): Effect.Effect<AccessToken, ProviderError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const request = HttpClientRequest.bodyUrlParams(HttpClientRequest.post(url), form)
    const signed = basic === undefined ? request : HttpClientRequest.basicAuth(request, basic.name, basic.secret)
    const response = Schema.decodeUnknownResult(OAuthResponse)(yield* exchange(provider, signed, secrets))
    if (Result.isFailure(response)) return yield* Effect.fail(notUnderstood(provider))
    const now = yield* Clock.currentTimeMillis
    const { access_token, expires_in } = response.success
    const seconds = typeof expires_in === "number" || typeof expires_in === "string" ? Number(expires_in) : 0
    return { value: Redacted.make(access_token), expiresAt: now + (seconds > 0 ? seconds : 3600) * 1000 }
  })

/** The error for a response without a usable token. */
export const notUnderstood = (provider: string): AuthenticationError =>
  new AuthenticationError({ provider, detail: "no access token: the response has no usable token" })
