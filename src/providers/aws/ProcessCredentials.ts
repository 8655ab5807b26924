import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { isObject, parse } from "../../protocols/wire/WireObject.ts"
import { type AwsContext, type AwsCredentials, noCredentials } from "./AwsCredentials.ts"
import { credentialsOf } from "./CredentialRequest.ts"

/**
 * What the command of a profile's `credential_process` prints. What it prints as an error may hold secrets, and is in no
 * error of ours.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export const processCredentials = Effect.fnUntraced(function* (
  context: AwsContext,
  name: string,
  command: string
): Effect.fn.Return<AwsCredentials, ProviderError> {
  const failed = (why: string) =>
    Effect.fail(noCredentials(context, `the credential_process of the profile ${name} ${why}`))
  const { spawner } = context
  if (spawner === undefined) return yield* failed("needs a ChildProcessSpawner (NodeServices.layer) for the layer")
  const printed = yield* spawner.string(ChildProcess.make(command, [], { shell: true, stdin: "ignore" })).pipe(
    Effect.timeout("1 minute"),
    Effect.catch(() => failed("could not be run, or took over a minute"))
  )
  const json = parse(printed)
  const said = isObject(json) ? json : {}
  if (said.Version !== 1) return yield* failed("printed no credentials of version 1: run it to see why")
  return (
    credentialsOf(said.AccessKeyId, said.SecretAccessKey, said.SessionToken, said.Expiration) ??
    (yield* failed("printed no AccessKeyId, or no SecretAccessKey"))
  )
})
