import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Redacted from "effect/Redacted"
import { AuthenticationError } from "../../domain/errors/AuthenticationError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { AccessToken } from "../../client/AccessToken.ts"
import type { AwsSettingValues } from "./AwsSettings.ts"

/**
 * What a request to AWS is signed with: `value` is the secret access key. Keys that do not expire have an infinite
 * `expiresAt`.
 */
export interface AwsCredentials extends AccessToken {
  readonly accessKeyId: string
  readonly sessionToken: Redacted.Redacted | undefined
}

/** What the sources of credentials work with. */
export interface AwsContext {
  /** The id of the provider, for errors. */
  readonly provider: string
  readonly settings: AwsSettingValues
  readonly client: HttpClient.HttpClient
  /** Absent where the application has given none: then nothing is read from files. */
  readonly fs: FileSystem.FileSystem | undefined
  /** Absent likewise: then no `credential_process` is run. */
  readonly spawner?: ChildProcessSpawner["Service"] | undefined
}

/**
 * Where credentials may come from: `undefined` where that source is not there, an error where it is there and fails.
 */
export type CredentialSource = (context: AwsContext) => Effect.Effect<AwsCredentials | undefined, ProviderError>

/** A source that is there but gives no credentials. */
export const noCredentials = (context: AwsContext, why: string, status?: number): AuthenticationError =>
  new AuthenticationError({ provider: context.provider, status, detail: `no AWS credentials: ${why}` })
