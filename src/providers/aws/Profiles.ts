import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Hex from "effect/encoding/Hex"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { type WireObject, isObject, parse, text } from "../../protocols/wire/WireObject.ts"
import type { AwsSettingValues } from "./AwsSettings.ts"
import {
  type AwsContext,
  type AwsCredentials,
  type CredentialSource,
  fetchCredentials,
  credentialsOf,
  noCredentials,
  readFile,
  reasonOf,
  assumeRole,
  containerCredentials,
  instanceCredentials,
  staticCredentials,
  withWebIdentity
} from "./CredentialSources.ts"
import { signWith } from "./SignedRequest.ts"

/** The settings of a profile or an SSO session. */
export type Profile = ReadonlyMap<string, string>

/** The contents of `~/.aws/credentials` and `~/.aws/config`. */
export interface Profiles {
  readonly profile: (name: string) => Profile | undefined
  readonly session: (name: string) => Profile | undefined
}

/**
 * Reads the shared files; the credentials file takes precedence over the config file.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
const readProfiles = Effect.fnUntraced(function* (
  context: Pick<AwsContext, "fs" | "settings">
): Effect.fn.Return<Profiles> {
  const { configFile, credentialsFile, home } = context.settings
  const read = (path: string | undefined, name: string) => {
    const file = path ?? (home === undefined ? undefined : `${home}/.aws/${name}`)
    return Effect.map(file === undefined ? Effect.succeed("") : readFile(context, file), (text) =>
      sectionsOf(text ?? "")
    )
  }
  const credentials = yield* read(credentialsFile, "credentials")
  const config = yield* read(configFile, "config")
  return {
    profile: (name) => {
      const settings = config.get(name === "default" && !config.has("profile default") ? "default" : `profile ${name}`)
      const keys = credentials.get(name)
      return settings === undefined && keys === undefined ? undefined : new Map([...(settings ?? []), ...(keys ?? [])])
    },
    session: (name) => config.get(`sso-session ${name}`)
  }
})

/**
 * Adds the region of the profile.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
 */
export const withRegion = Effect.fnUntraced(function* <Settings extends AwsSettingValues>(
  settings: Settings
): Effect.fn.Return<Settings> {
  const fs = Option.getOrUndefined(yield* Effect.serviceOption(FileSystem.FileSystem))
  const { profile } = yield* readProfiles({ fs, settings })
  const region = profile(settings.profile ?? "default")?.get("region")
  return region === undefined ? settings : { ...settings, region }
})

/**
 * The sections of a file in AWS's INI format, without nested settings.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
const sectionsOf = (file: string): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of file.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line)
    if (header !== null) {
      const name = header[1]?.trim() ?? ""
      current = sections.get(name) ?? new Map()
      sections.set(name, current)
      continue
    }
    const setting = /^([A-Za-z_][\w.-]*)\s*=(.*)$/.exec(line)
    if (setting !== null) current?.set((setting[1] ?? "").toLowerCase(), withoutComment(setting[2] ?? ""))
  }
  return sections
}

const withoutComment = (value: string): string => {
  const text = value.trim()
  const comment = text.search(/\s[#;]/)
  return comment < 0 ? text : text.slice(0, comment).trimEnd()
}

/**
 * A profile of `~/.aws/credentials` and `~/.aws/config`: its keys, its login by `aws sso login`, its
 * `credential_process`, or a role assumed from another profile, a token file or the environment.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export const profileCredentials: CredentialSource = Effect.fnUntraced(function* (context) {
  const { profile } = context.settings
  if (context.fs === undefined) {
    return profile === undefined
      ? undefined
      : yield* Effect.fail(noCredentials(context, `AWS_PROFILE needs a FileSystem (effect/FileSystem) in the layer`))
  }
  const found = yield* resolve(context, profile ?? "default", yield* readProfiles(context), [])
  if (found !== undefined || profile === undefined) return found
  return yield* Effect.fail(
    noCredentials(context, `the profile ${profile} does not exist, or has neither keys nor a role`)
  )
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
    return yield* Effect.fail(
      noCredentials(context, `the profile ${name} has a role, but no credentials to assume it with`)
    )
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

/** A profile may name itself as the source of its keys; a longer cycle would never end. */
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

/**
 * The role of an IAM Identity Center profile, by the token that `aws sso login` left in `~/.aws/sso/cache`. The token
 * is not renewed.
 * Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html,
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
const ssoCredentials = Effect.fnUntraced(function* (
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
  const hint = `run aws sso login --profile ${name}`
  const hash = yield* Effect.promise(() => crypto.subtle.digest("SHA-1", new TextEncoder().encode(place)))
  const file = `${context.settings.home ?? ""}/.aws/sso/cache/${Hex.encode(new Uint8Array(hash))}.json`
  const login = objectOf((yield* readFile(context, file)) ?? "")
  const token = text(login.accessToken)
  if (token === undefined) return yield* failed(`you are not logged in: ${hint}`)
  const expired = Date.parse(text(login.expiresAt) ?? "") <= (yield* Clock.currentTimeMillis)
  if (expired) return yield* failed(`the login has expired: ${hint}`)
  const host = `https://portal.sso.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`
  const request = HttpClientRequest.get(`${host}/federation/credentials`, {
    urlParams: { account_id: account, role_name: role },
    headers: { "x-amz-sso_bearer_token": token }
  })
  const response = yield* fetchCredentials(context, request, { within: "10 seconds", secrets: [token] })
  if (response.status === 401) return yield* failed(`the login was rejected: ${hint}`, 401)
  const found = objectOf(response.text).roleCredentials
  const credentials = isObject(found) ? found : {}
  return (
    credentialsOf(
      credentials.accessKeyId,
      credentials.secretAccessKey,
      credentials.sessionToken,
      credentials.expiration
    ) ?? (yield* failed(`the role ${role} could not be assumed: ${reasonOf(response, [token])}`, response.status))
  )
})

const objectOf = (json: string): WireObject => {
  const value = parse(json)
  return isObject(value) ? value : {}
}

/**
 * The output of a profile's `credential_process`. Its error output may contain secrets, so no error repeats it.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
const processCredentials = Effect.fnUntraced(function* (
  context: AwsContext,
  name: string,
  command: string
): Effect.fn.Return<AwsCredentials, ProviderError> {
  const failed = (why: string) =>
    Effect.fail(noCredentials(context, `the credential_process of the profile ${name} ${why}`))
  const { spawner } = context
  if (spawner === undefined) return yield* failed("needs a ChildProcessSpawner (NodeServices.layer) in the layer")
  const printed = yield* spawner.string(ChildProcess.make(command, [], { shell: true, stdin: "ignore" })).pipe(
    Effect.timeout("1 minute"),
    Effect.catch(() => failed("could not be run, or took more than a minute"))
  )
  const json = parse(printed)
  const output = isObject(json) ? json : {}
  if (output.Version !== 1) return yield* failed("did not print version 1 credentials: run it to see why")
  return (
    credentialsOf(output.AccessKeyId, output.SecretAccessKey, output.SessionToken, output.Expiration) ??
    (yield* failed("did not print an AccessKeyId or a SecretAccessKey"))
  )
})
