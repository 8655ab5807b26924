import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type { Authorize, AuthorizeOptions } from "../../client/ProviderDefinition.ts"
import { invalid } from "../../client/Settings.ts"
import type { AwsSettingName } from "./AwsSettings.ts"

/**
 * How requests to Bedrock are signed: not at all where there is a key (a bearer token), else with the credentials of
 * the chain, which are kept until shortly before they expire. Files are read where the application provides a
 * `FileSystem` (`NodeServices.layer` or `NodeFileSystem.layer`), a profile's `credential_process` is run where it provides
 * a `ChildProcessSpawner` (`NodeServices.layer`).
 */
export const awsAuthorize = Effect.fnUntraced(function* (
  provider: string,
  { apiKey, settings }: AuthorizeOptions<AwsSettingName>
): Effect.fn.Return<Authorize | undefined, Config.ConfigError, HttpClient.HttpClient> {
  if (apiKey !== undefined) return undefined
  const { region } = settings
  if (region === undefined) return yield* Effect.fail(invalid("AWS_REGION", "is not set: requests are signed for it"))
  const { loadSigner, signWith } = yield* Effect.promise(() => import("./SignedRequest.ts"))
  yield* loadSigner
  const { findCredentials } = yield* Effect.promise(() => import("./CredentialChain.ts"))
  const { cached } = yield* Effect.promise(() => import("../../client/AccessToken.ts"))
  const fs = Option.getOrUndefined(yield* Effect.serviceOption(FileSystem.FileSystem))
  const spawner = Option.getOrUndefined(yield* Effect.serviceOption(ChildProcessSpawner))
  const client = yield* HttpClient.HttpClient
  const credentials = yield* cached(findCredentials({ provider, settings, client, fs, spawner }))
  return signWith(credentials(), { provider, service: "bedrock", region })
})
