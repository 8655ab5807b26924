import * as Effect from "effect/Effect"
import type { JWTVerifyGetKey } from "jose"
import type { Auth } from "../../../settings/schema/Auth.ts"
import type { Refused } from "../../calls/Failure.ts"
import * as Refusals from "../Refusals.ts"
import { type Person, personOf } from "./Claims.ts"

/** Whether a key is a signed token, by its form. */
export const isToken = (secret: string): boolean => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(secret)

/** Signatures that only the holder of a private key can make. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

/** How far the clocks of issuers may be from ours: a token is used as soon as it is made. */
const clockTolerance = 30

/** Verifies tokens by the public keys of their issuer, which are read when they are first needed, and when they change. */
export class Tokens {
  /** By their address. */
  readonly #keys = new Map<string, JWTVerifyGetKey>()

  /** Whose a token is, and until when it holds. */
  verify(
    token: string,
    { claims, jwt }: Auth
  ): Effect.Effect<{ readonly person: Person; readonly untilMillis: number }, Refused> {
    if (jwt === undefined) return Effect.fail(Refusals.unknown)
    return Effect.promise(() => import("jose")).pipe(
      Effect.flatMap(({ createRemoteJWKSet, jwtVerify }) => {
        const keys = this.#keys.get(jwt.jwks) ?? createRemoteJWKSet(new URL(jwt.jwks))
        this.#keys.set(jwt.jwks, keys)
        const { audience, issuer } = jwt
        return Effect.tryPromise({
          try: () => jwtVerify(token, keys, { issuer, audience, algorithms, clockTolerance, requiredClaims: ["exp"] }),
          catch: refusalOf
        })
      }),
      Effect.flatMap(({ payload }) => {
        const person = personOf({ ...payload }, claims)
        return person === undefined
          ? Effect.fail(Refusals.badToken("it does not say whose it is"))
          : Effect.succeed({ person, untilMillis: ((payload.exp ?? 0) + clockTolerance) * 1000 })
      })
    )
  }
}

/** An issuer that does not respond says nothing against a token. */
const refusalOf = (error: unknown): Refused => {
  const { code = "", message = "" } = error instanceof Error ? (error as Error & { readonly code?: string }) : {}
  return /^ERR_(?:JWT|JWS|JOSE_ALG|JWKS_NO)/.test(code) ? Refusals.badToken(message) : Refusals.issuerAway
}
