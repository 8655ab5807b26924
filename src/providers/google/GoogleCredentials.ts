import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AuthenticationError } from "../../domain/CallErrors.ts"
import type { Settings } from "../../client/ProviderDefinition.ts"
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
  new AuthenticationError({ provider, detail: `no credentials of Google Cloud: ${why}` })

/** Looks for credentials where Google's own clients do; `undefined` leaves it to the metadata server. */
export const findCredentials = Effect.fnUntraced(function* (
  context: CredentialContext
): Effect.fn.Return<GoogleCredentials | undefined, AuthenticationError> {
  const { fs, provider, settings } = context
  if (settings.credentials !== undefined) {
    return yield* decode(provider, settings.credentials, "GOOGLE_VERTEX_CREDENTIALS")
  }
  const named = settings.credentialsFile
  if (named !== undefined) {
    const text = yield* read(fs, named)
    if (text !== undefined) return yield* decode(provider, text, named)
    const why = fs === undefined ? "the application provides no FileSystem to read it" : "it cannot be read"
    return yield* Effect.fail(unusable(provider, `GOOGLE_APPLICATION_CREDENTIALS names ${named}, and ${why}`))
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
          ? `${place} is of the type ${type.success.type}; service_account and authorized_user are known`
          : `${place} lacks a field of its type`
    )
  )
}
