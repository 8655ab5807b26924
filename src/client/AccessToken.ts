import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { AuthenticationError } from "../domain/errors/AuthenticationError.ts"
import { RateLimitError } from "../domain/errors/RateLimitError.ts"
import { ServerError } from "../domain/errors/ServerError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as BaseUrl from "../transport/BaseUrl.ts"
import * as GuardedClient from "../transport/GuardedClient.ts"
import { redactText } from "../transport/Secrets.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { isSuccess } from "./Call.ts"
import type { Authorize } from "./ProviderDefinition.ts"
import * as Sending from "./Sending.ts"

/** A token that is good for a while: until `expiresAt`, in milliseconds since 1970. */
export interface AccessToken {
  readonly value: Redacted.Redacted
  readonly expiresAt: number
}

/** A token is renewed this long before it expires, in milliseconds, so that it does not while a request is on its way. */
const early = 60_000

/** The token that is kept, or another one where a request that holds it was refused. */
export type CachedToken<Token extends AccessToken> = (
  refused?: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Token, ProviderError>

/**
 * Keeps what is obtained until shortly before it expires, or until a request that holds it is refused. Whoever asks while
 * it is being obtained waits for the same one; a failure is not kept.
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

/** Signs requests with a bearer token; one that is cached is obtained anew when it is refused. */
export const bearer =
  (token: Effect.Effect<Redacted.Redacted, ProviderError> | CachedToken<AccessToken>): Authorize =>
  (request, refused) =>
    Effect.map(Effect.isEffect(token) ? token : Effect.map(token(refused), ({ value }) => value), (value) =>
      HttpClientRequest.bearerToken(request, value)
    )

/** Signs requests with a secret under a scheme of its own: `authorization: <scheme> <secret>`. */
export const scheme =
  (name: string, secret: Redacted.Redacted): Authorize =>
  (request) =>
    Effect.succeed(HttpClientRequest.setHeader(request, "authorization", `${name} ${Redacted.value(secret)}`))

/**
 * Asks a server for a token, and gives the JSON of its answer. A redirect is not followed: what is sent is worth a token.
 * What goes wrong is an error of the provider: a refusal is an `AuthenticationError`.
 */
export const exchange = Effect.fnUntraced(function* (
  provider: string,
  request: HttpClientRequest.HttpClientRequest,
  secrets: ReadonlyArray<string>
): Effect.fn.Return<unknown, ProviderError, HttpClient.HttpClient> {
  const clock = yield* Clock.Clock
  const client = GuardedClient.make(yield* HttpClient.HttpClient)
  const call = {
    provider,
    rows: provider,
    model: "",
    secrets,
    decodeError: (body: unknown) => ({ _tag: "ProviderFailure" as const, body })
  }
  const { body, head } = yield* Sending.send(Sending.make(client), call, HttpClientRequest.acceptJson(request))
  const text = Sending.textOf(body)
  const { headers, status } = head
  const json = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  if (isSuccess({ status })) return json
  if (status < 400) {
    const detail = `no access token: redirected to ${BaseUrl.placeOf(headers.location ?? "") ?? "another address"}`
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

/**
 * A token that a header can carry.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export const TokenText = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/))

const OAuthAnswer = Schema.Struct({
  access_token: TokenText,
  /** In seconds from now; some servers write it as text. */
  expires_in: Schema.optional(Schema.Unknown)
})

/**
 * An exchange by OAuth 2: where, the form that is sent, and the application's name and secret where they go into a
 * header; the secrets are kept out of errors.
 */
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
    const answer = Schema.decodeUnknownResult(OAuthAnswer)(yield* exchange(provider, signed, secrets))
    if (Result.isFailure(answer)) return yield* Effect.fail(notUnderstood(provider))
    const now = yield* Clock.currentTimeMillis
    const { access_token, expires_in } = answer.success
    const seconds = typeof expires_in === "number" || typeof expires_in === "string" ? Number(expires_in) : 0
    return { value: Redacted.make(access_token), expiresAt: now + (seconds > 0 ? seconds : 3600) * 1000 }
  })

/** A response without a token that can be used. */
export const notUnderstood = (provider: string): AuthenticationError =>
  new AuthenticationError({ provider, detail: "no access token: the response holds none that can be used" })
