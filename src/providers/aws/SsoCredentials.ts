import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { isObject, parse, text, type WireObject } from "../../protocols/wire/WireObject.ts"
import { type AwsContext, type AwsCredentials, noCredentials } from "./AwsCredentials.ts"
import { readFile } from "./CredentialFile.ts"
import { ask, credentialsOf, reasonOf } from "./CredentialRequest.ts"
import type { Profile, Profiles } from "./Profiles.ts"

/**
 * The role of a profile of IAM Identity Center, by the token that `aws sso login` left in `~/.aws/sso/cache`; none where
 * the profile names no portal. The token is not renewed: logging in does.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 * @see https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
export const ssoCredentials = Effect.fnUntraced(function* (
  context: AwsContext,
  name: string,
  profile: Profile,
  profiles: Profiles
): Effect.fn.Return<AwsCredentials | undefined, ProviderError> {
  const sessionName = profile.get("sso_session")
  const startUrl = profile.get("sso_start_url")
  const place = sessionName ?? startUrl
  if (place === undefined) return undefined
  const failed = (why: string, status?: number) =>
    Effect.fail(noCredentials(context, `the profile ${name}: ${why}`, status))
  const region = (sessionName === undefined ? profile : profiles.session(sessionName))?.get("sso_region")
  const account = profile.get("sso_account_id")
  const role = profile.get("sso_role_name")
  if (region === undefined || account === undefined || role === undefined) {
    return yield* failed("sso_region, sso_account_id or sso_role_name is not set: run aws configure sso")
  }
  const login = `run aws sso login --profile ${name}`
  const hash = yield* Effect.promise(() => crypto.subtle.digest("SHA-1", new TextEncoder().encode(place)))
  const file = `${context.settings.home ?? ""}/.aws/sso/cache/${Hex.encode(new Uint8Array(hash))}.json`
  const kept = objectOf((yield* readFile(context, file)) ?? "")
  const token = text(kept.accessToken)
  if (token === undefined) return yield* failed(`there is no login: ${login}`)
  const expired = Date.parse(text(kept.expiresAt) ?? "") <= (yield* Clock.currentTimeMillis)
  if (expired) return yield* failed(`the login has expired: ${login}`)
  const host = `https://portal.sso.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`
  const request = HttpClientRequest.get(`${host}/federation/credentials`, {
    urlParams: { account_id: account, role_name: role },
    headers: { "x-amz-sso_bearer_token": token }
  })
  const answer = yield* ask(context, request, { within: "10 seconds", secrets: [token] })
  if (answer.status === 401) return yield* failed(`the login is not accepted: ${login}`, 401)
  const found = objectOf(answer.text).roleCredentials
  const said = isObject(found) ? found : {}
  return (
    credentialsOf(said.accessKeyId, said.secretAccessKey, said.sessionToken, said.expiration) ??
    (yield* failed(`the role ${role} was not given: ${reasonOf(answer, [token])}`, answer.status))
  )
})

const objectOf = (json: string): WireObject => {
  const value = parse(json)
  return isObject(value) ? value : {}
}
