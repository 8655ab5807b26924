import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { cached } from "../../client/AccessToken.ts"
import type { Authorize, AuthorizeOptions } from "../../client/ProviderDefinition.ts"
import { invalid } from "../../client/Settings.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import {
  type AwsContext,
  type AwsCredentials,
  type CredentialSource,
  noCredentials,
  containerCredentials,
  instanceCredentials,
  staticCredentials,
  webIdentityCredentials
} from "./CredentialSources.ts"
import type { AwsSettingName } from "./AwsSettings.ts"

import { profileCredentials } from "./Profiles.ts"
import { loadSigner, signWith } from "./SignedRequest.ts"

const sources: ReadonlyArray<CredentialSource> = [
  staticCredentials,
  profileCredentials,
  webIdentityCredentials,
  containerCredentials,
  instanceCredentials
]

/**
 * The credentials of the first source that has any, in the order of AWS's own tools.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export const findCredentials = Effect.fnUntraced(function* (
  context: AwsContext
): Effect.fn.Return<AwsCredentials, ProviderError> {
  for (const source of sources) {
    const found = yield* source(context)
    if (found !== undefined) return found
  }
  const files = context.fs === undefined ? " (no files were read: the layer has no FileSystem)" : ""
  const where = "keys, profile, web identity, container and instance were looked for"
  return yield* Effect.fail(noCredentials(context, `${where}${files}`))
})

/**
 * Signs requests to Bedrock with the credentials of the chain, kept until shortly before they expire. Files are read
 * where the application provides a `FileSystem`, a profile's `credential_process` runs where it provides a
 * `ChildProcessSpawner` (`NodeServices.layer` has both).
 */
export const awsAuthorize = Effect.fnUntraced(function* (
  provider: string,
  { settings }: AuthorizeOptions<AwsSettingName>
): Effect.fn.Return<Authorize, Config.ConfigError, HttpClient.HttpClient> {
  const { region } = settings
  if (region === undefined)
    return yield* Effect.fail(invalid("AWS_REGION", "is not set, but requests must be signed for a region"))
  yield* loadSigner
  const fs = Option.getOrUndefined(yield* Effect.serviceOption(FileSystem.FileSystem))
  const spawner = Option.getOrUndefined(yield* Effect.serviceOption(ChildProcessSpawner))
  const client = yield* HttpClient.HttpClient
  const credentials = yield* cached(findCredentials({ provider, settings, client, fs, spawner }))
  return signWith(credentials(), { provider, service: "bedrock", region })
})
