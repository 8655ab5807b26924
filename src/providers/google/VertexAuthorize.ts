import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as AccessToken from "../../client/AccessToken.ts"
import type { Settings, Authorize, AuthorizeOptions } from "../../client/ProviderDefinition.ts"
import { invalid } from "../../client/Settings.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { AuthenticationError } from "../../domain/CallErrors.ts"
import type { VertexSetting } from "./VertexSettings.ts"

const common = { quota_project_id: Schema.optional(Schema.String) }

/**
 * A credential file of Google Cloud: a service account, or the login of a person by `gcloud`.
 * Source: https://docs.cloud.google.com/docs/authentication/application-default-credentials
 */
export const GoogleCredentials = Schema.Union([
  Schema.Struct({
    ...common,
    type: Schema.Literal("service_account"),
    client_email: Schema.String,
    private_key: Schema.String,
    private_key_id: Schema.optional(Schema.String),
    token_uri: Schema.optional(Schema.String)
  }),
  Schema.Struct({
    ...common,
    type: Schema.Literal("authorized_user"),
    client_id: Schema.String,
    client_secret: Schema.String,
    refresh_token: Schema.String,
    token_uri: Schema.optional(Schema.String)
  })
])

export type GoogleCredentials = typeof GoogleCredentials.Type

/** Without a file system no files are read. */
export interface CredentialContext {
  /** The id of the provider, for errors. */
  readonly provider: string
  readonly settings: Settings<VertexSetting>
  readonly fs: FileSystem.FileSystem | undefined
}

/** The error of unusable credentials; it contains nothing of them. */
export const unusable = (provider: string, why: string): AuthenticationError =>
  new AuthenticationError({ provider, detail: `no Google Cloud credentials: ${why}` })

/** Looks for credentials where Google's own clients do; `undefined` leaves it to the metadata server. */
export const findCredentials = Effect.fnUntraced(function* (
  context: CredentialContext
): Effect.fn.Return<GoogleCredentials | undefined, AuthenticationError> {
  const { fs, provider, settings } = context
  if (settings.credentials !== undefined) {
    return yield* decode(provider, settings.credentials, "GOOGLE_VERTEX_CREDENTIALS")
  }
  const credentialsFile = settings.credentialsFile
  if (credentialsFile !== undefined) {
    const text = yield* read(fs, credentialsFile)
    if (text !== undefined) return yield* decode(provider, text, credentialsFile)
    const why = fs === undefined ? "the application provides no FileSystem to read it" : "it cannot be read"
    return yield* Effect.fail(unusable(provider, `GOOGLE_APPLICATION_CREDENTIALS names ${credentialsFile}, and ${why}`))
  }
  const folder =
    settings.configFolder ??
    (settings.appData === undefined
      ? settings.home === undefined
        ? undefined
        : `${settings.home}/.config/gcloud`
      : `${settings.appData}/gcloud`)
  if (folder === undefined) return undefined
  const file = `${folder}/application_default_credentials.json`
  const text = yield* read(fs, file)
  return text === undefined ? undefined : yield* decode(provider, text, file)
})

const read = (fs: FileSystem.FileSystem | undefined, path: string): Effect.Effect<string | undefined> =>
  fs === undefined
    ? Effect.succeed(undefined)
    : Effect.map(Effect.option(fs.readFileString(path)), Option.getOrUndefined)

const decode = (
  provider: string,
  text: string,
  place: string
): Effect.Effect<GoogleCredentials, AuthenticationError> => {
  const json = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  const decoded = Schema.decodeUnknownResult(GoogleCredentials)(json)
  if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
  const type = Schema.decodeUnknownResult(Schema.Struct({ type: Schema.String }))(json)
  const isKnown = Result.isSuccess(type) && /^(?:service_account|authorized_user)$/.test(type.success.type)
  return Effect.fail(
    unusable(
      provider,
      json === undefined
        ? `${place} is not JSON`
        : Result.isSuccess(type) && !isKnown
          ? `${place} has the type ${type.success.type}; only service_account and authorized_user are supported`
          : `${place} lacks a field of its type`
    )
  )
}

/** A token, and the project that is billed if it is not the one in the URL. */
interface GoogleToken extends AccessToken.AccessToken {
  readonly quotaProject?: string | undefined
}

/**
 * Signs requests to Vertex AI, unless there is an API key, with the given token or one obtained with the credentials
 * found, cached until shortly before it expires.
 */
export const vertexAuthorize = Effect.fnUntraced(function* (
  provider: string,
  { apiKey, baseUrl, settings }: AuthorizeOptions<VertexSetting>
): Effect.fn.Return<Authorize | undefined, Config.ConfigError, HttpClient.HttpClient> {
  if (apiKey !== undefined) return undefined
  if (/^https:\/\/(?=[^/]*aiplatform)[^/]*\.googleapis\.com\/v1\w*$/.test(baseUrl)) {
    return yield* Effect.fail(
      invalid("GOOGLE_CLOUD_PROJECT", "is not set: a project is required unless an API key is used")
    )
  }
  const { accessToken } = settings
  if (accessToken !== undefined) return AccessToken.bearer(Effect.succeed(Redacted.make(accessToken)))
  const fs = Option.getOrUndefined(yield* Effect.serviceOption(FileSystem.FileSystem))
  const client = yield* HttpClient.HttpClient
  const obtained = Effect.provideService(obtain({ provider, settings, fs }), HttpClient.HttpClient, client)
  const token = yield* AccessToken.cached(obtained)
  return (request, refused) =>
    Effect.map(token(refused), ({ quotaProject, value }) => {
      const signed = HttpClientRequest.bearerToken(request, value)
      return quotaProject === undefined
        ? signed
        : HttpClientRequest.setHeader(signed, "x-goog-user-project", quotaProject)
    })
})

const obtain = Effect.fnUntraced(function* (
  context: Parameters<typeof findCredentials>[0]
): Effect.fn.Return<GoogleToken, ProviderError, HttpClient.HttpClient> {
  const { provider, settings } = context
  const credentials = yield* findCredentials(context)
  if (credentials === undefined) return yield* machineToken(provider, settings.metadataHost ?? "")
  const quotaProject = credentials.quota_project_id
  if (credentials.type === "service_account") {
    return { ...(yield* serviceAccountToken(provider, credentials)), quotaProject }
  }
  const { client_id, client_secret, refresh_token } = credentials
  const form = { grant_type: "refresh_token", client_id, client_secret, refresh_token }
  const token = yield* AccessToken.oauth(provider, credentials.token_uri ?? tokenUrl, form, [
    client_secret,
    refresh_token
  ])
  return { ...token, quotaProject }
})

const MachineResponse = Schema.Struct({ access_token: AccessToken.TokenText, expires_in: Schema.Finite })

/**
 * The token of the machine's service account, from the metadata server of Google's machines.
 * Source: https://docs.cloud.google.com/compute/docs/access/authenticate-workloads#applications
 */
const machineToken = Effect.fnUntraced(function* (
  provider: string,
  host: string
): Effect.fn.Return<GoogleToken, ProviderError, HttpClient.HttpClient> {
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`
  const request = HttpClientRequest.setHeader(HttpClientRequest.get(url), "metadata-flavor", "Google")
  const noCredentials = unusable(
    provider,
    "none are set, gcloud has none (run gcloud auth application-default login), and this machine is not on Google Cloud"
  )
  const json = yield* AccessToken.exchange(provider, request, []).pipe(
    Effect.timeoutOrElse({ duration: "3 seconds", orElse: () => Effect.fail(noCredentials) }),
    Effect.catchTag("NetworkError", () => Effect.fail(noCredentials))
  )
  const response = Schema.decodeUnknownResult(MachineResponse)(json)
  if (Result.isFailure(response)) return yield* Effect.fail(AccessToken.notUnderstood(provider))
  const now = yield* Clock.currentTimeMillis
  const { access_token, expires_in } = response.success
  return { value: Redacted.make(access_token), expiresAt: now + expires_in * 1000 }
})

const tokenUrl = "https://oauth2.googleapis.com/token"

const scope = "https://www.googleapis.com/auth/cloud-platform"

/** The longest allowed lifetime of an assertion, in seconds. */
const lifetime = 3600

type ServiceAccount = Extract<GoogleCredentials, { readonly type: "service_account" }>

/**
 * Exchanges an assertion, signed with the key of a service account, for a token.
 * Source: https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
const serviceAccountToken = Effect.fnUntraced(function* (
  provider: string,
  account: ServiceAccount
): Effect.fn.Return<AccessToken.AccessToken, ProviderError, HttpClient.HttpClient> {
  const aud = account.token_uri ?? tokenUrl
  const iat = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const head = { alg: "RS256", typ: "JWT", kid: account.private_key_id }
  const claims = { iss: account.client_email, scope, aud, iat, exp: iat + lifetime }
  const signed = [head, claims].map((part) => Base64Url.encode(JSON.stringify(part))).join(".")
  const signature = yield* sign(provider, account.private_key, signed)
  const assertion = `${signed}.${Base64Url.encode(signature)}`
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }
  return yield* AccessToken.oauth(provider, aud, form, [account.private_key, assertion])
})

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

/** The key is PKCS 8 in PEM; environment variables may contain its line breaks as `\n`. */
const sign = (provider: string, pem: string, text: string): Effect.Effect<Uint8Array, AuthenticationError> => {
  const body = pem.replaceAll(/-----[^-]+-----|\\n|\s/g, "")
  const der = Base64.decode(body)
  const unreadableKey = () => unusable(provider, "the private key of the service account cannot be read")
  if (Result.isFailure(der)) return Effect.fail(unreadableKey())
  return Effect.tryPromise({
    try: () =>
      crypto.subtle
        .importKey("pkcs8", Uint8Array.from(der.success), algorithm, false, ["sign"])
        .then((key) => crypto.subtle.sign(algorithm, key, new TextEncoder().encode(text)))
        .then((signature) => new Uint8Array(signature)),
    catch: unreadableKey
  })
}
