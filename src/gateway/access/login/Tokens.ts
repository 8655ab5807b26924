import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CryptoKey, JWTPayload, JWTVerifyGetKey } from "jose"
import type { Auth } from "../../../settings/schema/Auth.ts"
import type { Refused } from "../../calls/Failure.ts"
import * as Refusals from "../Refusals.ts"
import type { IssuerFetch } from "./IssuerFetch.ts"
import { type Person, personOf } from "./Claims.ts"
import { reasonOf } from "../../operations/Reason.ts"

type Jose = typeof import("jose")

type Jwt = NonNullable<Auth["jwt"]>

/** Whether a key is a signed token, by its form. */
export const isToken = (secret: string): boolean => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(secret)

/** Signatures that only the holder of a private key can make. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]

/** How far the clocks of issuers may be from ours: a token is used as soon as it is made. */
const clockTolerance = 30

/** Verifies tokens by the public keys of their issuer, which are read when they are first needed, and when they change. */
export class Tokens {
  /** By their address. */
  readonly #keys = new Map<string, JWTVerifyGetKey>()
  /** The addresses that last failed to return keys, so that each failure is logged once. */
  readonly #away = new Set<string>()
  readonly #fetch: IssuerFetch["Service"]

  constructor(fetch: IssuerFetch["Service"]) {
    this.#fetch = fetch
  }

  /** Whose a token is, and until when it holds. */
  verify(
    token: string,
    { claims, jwt }: Auth
  ): Effect.Effect<{ readonly person: Person; readonly untilMillis: number }, Refused> {
    if (jwt === undefined) return Effect.fail(Refusals.unknown)
    return Effect.promise(() => import("jose")).pipe(
      Effect.flatMap((jose) => {
        const keys =
          this.#keys.get(jwt.jwks) ?? jose.createRemoteJWKSet(new URL(jwt.jwks), { [jose.customFetch]: this.#fetch })
        this.#keys.set(jwt.jwks, keys)
        return verified(jose, token, keys, jwt)
      }),
      Effect.tap(() => Effect.sync(() => this.#away.delete(jwt.jwks))),
      Effect.catch((error) =>
        isOfToken(error)
          ? Effect.fail(Refusals.badToken(error.code === "ERR_JWT_EXPIRED" ? "it has expired" : error.message))
          : Effect.andThen(this.#logAway(jwt.jwks, error), Refusals.issuerAway)
      ),
      Effect.flatMap((payload) => {
        const person = personOf({ ...payload }, claims)
        return person === undefined
          ? Effect.fail(Refusals.badToken("it does not say whose it is"))
          : Effect.succeed({ person, untilMillis: ((payload.exp ?? 0) + clockTolerance) * 1000 })
      })
    )
  }

  #logAway(jwks: string, error: unknown): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#away.has(jwks)) return Effect.void
      this.#away.add(jwks)
      return Effect.logWarning(`Tokens cannot be verified: ${jwks} (auth.jwt.jwks) gives no keys: ${reasonOf(error)}`)
    })
  }
}

/** Verifies a token, with each of the issuer's keys if it does not name one. */
const verified = (
  jose: Jose,
  token: string,
  keys: JWTVerifyGetKey,
  { audience, issuer }: Jwt
): Effect.Effect<JWTPayload, unknown> => {
  const options = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["exp"] }
  const by = (key: CryptoKey): Effect.Effect<JWTPayload, unknown> =>
    Effect.tryPromise({
      try: () => jose.jwtVerify(token, key, options).then(({ payload }) => payload),
      catch: (error) => error
    })
  const all = Effect.tryPromise({
    try: () => jose.jwtVerify(token, keys, options).then(({ payload }) => payload),
    catch: (error) => error
  })
  return Effect.catch(all, (error) =>
    error instanceof jose.errors.JWKSMultipleMatchingKeys
      ? Effect.flatMap(Stream.runCollect(Stream.fromAsyncIterable(error, (inner) => inner)), (candidates) =>
          candidates.reduce<Effect.Effect<JWTPayload, unknown>>(
            (tried, key) =>
              Effect.catch(tried, (failure) =>
                failure instanceof jose.errors.JWSSignatureVerificationFailed ? by(key) : Effect.fail(failure)
              ),
            Effect.fail(new jose.errors.JWSSignatureVerificationFailed())
          )
        )
      : Effect.fail(error)
  )
}

/** Whether the token is invalid, rather than its issuer unreachable. */
const isOfToken = (error: unknown): error is Error & { readonly code: unknown } =>
  error instanceof Error && "code" in error && /^ERR_(?:JWT|JWS|JOSE_ALG|JOSE_NOT|JWKS_NO)/.test(String(error.code))
