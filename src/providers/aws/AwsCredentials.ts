import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../client/AccessToken.ts"
import { AuthenticationError, NetworkError } from "../../domain/CallErrors.ts"
import * as Limits from "../../domain/Limits.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { isObject, parse, text } from "../../protocols/wire/WireObject.ts"
import * as GuardedClient from "../../transport/GuardedClient.ts"
import * as RequestHeaders from "../../transport/RequestHeaders.ts"
import * as ResponseBody from "../../transport/ResponseBody.ts"
import { redactText } from "../../transport/Secrets.ts"
import * as TransportFailure from "../../transport/TransportFailure.ts"
import type { AwsSettingValues } from "./AwsSettings.ts"

/**
 * What signs a request to AWS; `value` is the secret access key. Keys that never expire have an infinite `expiresAt`.
 */
export interface AwsCredentials extends AccessToken {
  readonly accessKeyId: string
  readonly sessionToken: Redacted.Redacted | undefined
}

/** What the sources of credentials need. */
export interface AwsContext {
  /** The id of the provider, for errors. */
  readonly provider: string
  readonly settings: AwsSettingValues
  readonly client: HttpClient.HttpClient
  /** Without it no files are read. */
  readonly fs: FileSystem.FileSystem | undefined
  /** Without it no `credential_process` runs. */
  readonly spawner?: ChildProcessSpawner["Service"] | undefined
}

/** A source returns `undefined` if it is absent, and fails if it is present but unusable. */
export type CredentialSource = (context: AwsContext) => Effect.Effect<AwsCredentials | undefined, ProviderError>

/** The error of a source that is present but gives no credentials. */
export const noCredentials = (context: AwsContext, why: string, status?: number): AuthenticationError =>
  new AuthenticationError({ provider: context.provider, status, detail: `no AWS credentials: ${why}` })

/** The response of a credentials service. */
export interface CredentialAnswer {
  readonly status: number
  readonly text: string
}

/** Calls a credentials service; spans and errors contain neither request nor response. */
export const ask = (
  context: AwsContext,
  request: HttpClientRequest.HttpClientRequest,
  options: { readonly within: Duration.Input; readonly secrets?: ReadonlyArray<string> }
): Effect.Effect<CredentialAnswer, ProviderError> => {
  const place = { provider: context.provider }
  const secrets = options.secrets ?? []
  return Effect.gen(function* () {
    const startedAtMillis = yield* Clock.currentTimeMillis
    const lost = <A>(effect: Effect.Effect<A, HttpClientError.HttpClientError>) =>
      Effect.catch(effect, (error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.fail(TransportFailure.decode(error, place, secrets, Duration.millis(now - startedAtMillis)))
        )
      )
    const response = yield* lost(GuardedClient.make(context.client).execute(request))
    const { errorBytes } = Limits.standard
    const body = yield* lost(ResponseBody.readBytes(response, response.headers, { most: errorBytes, onExcess: "fail" }))
    return { status: response.status, text: new TextDecoder().decode(body) }
  }).pipe(
    Effect.timeoutOrElse({
      duration: options.within,
      orElse: () => Effect.fail(new NetworkError({ ...place, detail: "no answer from the service of credentials" }))
    })
  )
}

/** Decodes the JSON of containers and instances. */
export const decodeJson = (answer: string): AwsCredentials | undefined => {
  const json = parse(answer)
  if (!isObject(json)) return undefined
  return credentialsOf(json.AccessKeyId, json.SecretAccessKey, json.Token, json.Expiration)
}

/** Decodes credentials; `expires` is an ISO 8601 date or milliseconds since 1970, and without it they never expire. */
export const credentialsOf = (
  accessKeyId: unknown,
  secret: unknown,
  sessionToken: unknown,
  expires: unknown
): AwsCredentials | undefined => {
  const id = text(accessKeyId)
  const value = text(secret)
  const token = text(sessionToken)
  if (id === undefined || value === undefined || ![id, token ?? "-"].every(isSendable)) return undefined
  const expiresAt = typeof expires === "number" ? expires : Date.parse(text(expires) ?? "")
  return {
    accessKeyId: id,
    value: Redacted.make(value),
    sessionToken: token === undefined ? undefined : Redacted.make(token),
    expiresAt: Number.isNaN(expiresAt) ? Number.POSITIVE_INFINITY : expiresAt
  }
}

const isSendable = (value: string): boolean => RequestHeaders.issueOf("authorization", value) === undefined

/** The reason of a failure, as far as it is safe to repeat. */
export const reasonOf = ({ status, text }: CredentialAnswer, secrets: ReadonlyArray<string>): string =>
  // A success may contain half of the credentials.
  status === 200
    ? "the response holds none"
    : `status ${status}: ${redactText(text.slice(0, 4096), secrets).slice(0, 200)}`
