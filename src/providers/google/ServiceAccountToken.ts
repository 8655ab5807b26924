import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type { AuthenticationError } from "../../domain/errors/AuthenticationError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { type AccessToken, oauth } from "../../client/AccessToken.ts"
import { type GoogleCredentials, unusable } from "./GoogleCredentials.ts"

/** Where tokens are given. */
export const tokenUrl = "https://oauth2.googleapis.com/token"

const scope = "https://www.googleapis.com/auth/cloud-platform"

/** The longest that an assertion may be good for, in seconds. */
const lifetime = 3600

type ServiceAccount = Extract<GoogleCredentials, { readonly type: "service_account" }>

/**
 * Exchanges an assertion, signed with the key of a service account, for a token.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export const serviceAccountToken = Effect.fnUntraced(function* (
  provider: string,
  account: ServiceAccount
): Effect.fn.Return<AccessToken, ProviderError, HttpClient.HttpClient> {
  const aud = account.token_uri ?? tokenUrl
  const iat = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const head = { alg: "RS256", typ: "JWT", kid: account.private_key_id }
  const claims = { iss: account.client_email, scope, aud, iat, exp: iat + lifetime }
  const signed = [head, claims].map((part) => Base64Url.encode(JSON.stringify(part))).join(".")
  const signature = yield* sign(provider, account.private_key, signed)
  const assertion = `${signed}.${Base64Url.encode(signature)}`
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }
  return yield* oauth(provider, aud, form, [account.private_key, assertion])
})

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

/** The key is PKCS 8 in PEM; files that went through an environment may have their line breaks spelled out. */
const sign = (provider: string, pem: string, text: string): Effect.Effect<Uint8Array, AuthenticationError> => {
  const body = pem.replaceAll(/-----[^-]+-----|\\n|\s/g, "")
  const der = Base64.decode(body)
  const bad = () => unusable(provider, "the private key of the service account cannot be read")
  if (Result.isFailure(der)) return Effect.fail(bad())
  return Effect.tryPromise({
    try: () =>
      crypto.subtle
        .importKey("pkcs8", Uint8Array.from(der.success), algorithm, false, ["sign"])
        .then((key) => crypto.subtle.sign(algorithm, key, new TextEncoder().encode(text)))
        .then((signature) => new Uint8Array(signature)),
    catch: bad
  })
}
