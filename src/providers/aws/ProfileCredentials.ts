import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { assumeRole } from "./AssumedRole.ts"
import { type AwsContext, type AwsCredentials, type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { containerCredentials } from "./ContainerCredentials.ts"
import { credentialsOf } from "./CredentialRequest.ts"
import { instanceCredentials } from "./InstanceCredentials.ts"
import { processCredentials } from "./ProcessCredentials.ts"
import { type Profile, type Profiles, readProfiles } from "./Profiles.ts"
import { signWith } from "./SignedRequest.ts"
import { ssoCredentials } from "./SsoCredentials.ts"
import { staticCredentials } from "./StaticCredentials.ts"
import { withWebIdentity } from "./WebIdentityCredentials.ts"

/**
 * A profile of the shared files `~/.aws/credentials` and `~/.aws/config`: its keys, the role of a login by
 * `aws sso login`, what its `credential_process` prints, or a role taken on from another profile, from a token file, or
 * from the environment.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export const profileCredentials: CredentialSource = Effect.fnUntraced(function* (context) {
  const { profile } = context.settings
  if (context.fs === undefined) {
    return profile === undefined
      ? undefined
      : yield* Effect.fail(noCredentials(context, `AWS_PROFILE needs a FileSystem (effect/FileSystem) for the layer`))
  }
  const found = yield* resolve(context, profile ?? "default", yield* readProfiles(context), [])
  if (found !== undefined || profile === undefined) return found
  return yield* Effect.fail(noCredentials(context, `the profile ${profile} is not there, or has no keys and no role`))
})

const resolve = Effect.fnUntraced(function* (
  context: AwsContext,
  name: string,
  profiles: Profiles,
  seen: ReadonlyArray<string>
): Effect.fn.Return<AwsCredentials | undefined, ProviderError> {
  const profile = profiles.profile(name)
  if (profile === undefined) return undefined
  const keys = credentialsOf(
    profile.get("aws_access_key_id"),
    profile.get("aws_secret_access_key"),
    profile.get("aws_session_token"),
    undefined
  )
  const roleArn = profile.get("role_arn")
  if (roleArn === undefined || (keys !== undefined && seen.includes(name))) {
    const command = profile.get("credential_process")
    return (
      keys ??
      (yield* ssoCredentials(context, name, profile, profiles)) ??
      (command === undefined ? undefined : yield* processCredentials(context, name, command))
    )
  }
  const sessionName = profile.get("role_session_name") ?? context.settings.roleSessionName
  const tokenFile = profile.get("web_identity_token_file")
  if (tokenFile !== undefined) return yield* withWebIdentity(context, tokenFile, roleArn, sessionName)
  const source = yield* sourceOf(context, profile, profiles, [...seen, name])
  if (source === undefined) {
    return yield* Effect.fail(noCredentials(context, `the profile ${name} has a role, but nothing to take it on with`))
  }
  const region = profile.get("region") ?? context.settings.region ?? "us-east-1"
  const parameters = {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    ExternalId: profile.get("external_id"),
    DurationSeconds: profile.get("duration_seconds")
  }
  const sign = signWith(Effect.succeed(source), { provider: context.provider, service: "sts", region })
  const secrets = source.sessionToken === undefined ? [] : [Redacted.value(source.sessionToken)]
  return yield* assumeRole(context, "AssumeRole", parameters, { sign, secrets })
})

/** A profile may name itself as the source of its keys; a longer circle has no end. */
const sourceOf = Effect.fnUntraced(function* (
  context: AwsContext,
  profile: Profile,
  profiles: Profiles,
  seen: ReadonlyArray<string>
): Effect.fn.Return<AwsCredentials | undefined, ProviderError> {
  const source = profile.get("source_profile")
  if (source === undefined) {
    switch (profile.get("credential_source")) {
      case "Environment":
        return yield* staticCredentials(context)
      case "EcsContainer":
        return yield* containerCredentials(context)
      case "Ec2InstanceMetadata":
        return yield* instanceCredentials(context)
      default:
        return undefined
    }
  }
  if (seen.includes(source) && source !== seen.at(-1)) {
    return yield* Effect.fail(noCredentials(context, `the profiles ${seen.join(", ")} name each other as their source`))
  }
  return yield* resolve(context, source, profiles, seen)
})
