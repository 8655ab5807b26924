import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { AwsContext } from "./AwsCredentials.ts"
import type { AwsSettingValues } from "./AwsSettings.ts"

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
export const readProfiles = Effect.fnUntraced(function* (
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

/** The text of a file, or `undefined` if it cannot be read. */
export const readFile = ({ fs }: Pick<AwsContext, "fs">, path: string): Effect.Effect<string | undefined> =>
  fs === undefined
    ? Effect.succeed(undefined)
    : Effect.map(Effect.option(fs.readFileString(path)), Option.getOrUndefined)

/**
 * The sections of a file in AWS's INI format, without nested settings.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export const sectionsOf = (file: string): ReadonlyMap<string, ReadonlyMap<string, string>> => {
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
