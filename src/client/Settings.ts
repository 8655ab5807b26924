import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as BaseUrl from "../transport/BaseUrl.ts"
import * as ConfigErrors from "../transport/ConfigErrors.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import {
  type LayerOptions,
  type ProviderDefinition,
  type Settings,
  entriesOf,
  namesIn,
  namesOf
} from "./ProviderDefinition.ts"

/** The options that `layerConfig` reads. A missing key is left to the layer, which fails where it needs one. */
export const configOf = <Id extends string, Quirks extends object, SettingName extends string, R>(
  definition: ProviderDefinition<Id, Quirks, SettingName, R>
): Config.Config<LayerOptions<Quirks, SettingName>> => {
  const names = namesOf(definition)
  const settings = Object.fromEntries(
    entriesOf(definition).map(([name, setting]) => [
      name,
      setting.secret === true ? firstSecret(namesIn(setting)) : firstSet(namesIn(setting))
    ])
  )
  const apiKey = definition.auth === "none" ? Config.succeed(undefined) : firstSecret(names.keyNames)
  const all = Config.all({ apiKey, baseUrl: firstSet([names.baseUrl]), ...settings })
  return Config.map(all, (values) => values as LayerOptions<Quirks, SettingName>)
}

const optional = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)

const firstSet = (names: ReadonlyArray<string>) =>
  Config.map(Config.all(names.map((name) => optional(Config.String(name)))), (values) => values.find(Boolean))

/** A key that is set but empty is a mistake to report, so it counts if no other is set. */
const firstSecret = (names: ReadonlyArray<string>) =>
  Config.map(
    Config.all(names.map((name) => optional(Config.Redacted(name)))),
    (values) => values.find((value) => value !== undefined && Redacted.value(value) !== "") ?? values.find(Boolean)
  )

/** The value of a setting; `undefined` if empty. */
export const valueOf = (setting: string | Redacted.Redacted | undefined): string | undefined => {
  const value = Redacted.isRedacted(setting) ? Redacted.value(setting as Redacted.Redacted) : setting
  return value === "" ? undefined : (value ?? undefined)
}

/** A key that holds nothing, as `Redacted.make(process.env.KEY)` does where the variable is not set, is none. */
export const given = (key: Redacted.Redacted | undefined): Redacted.Redacted | undefined =>
  Redacted.isRedacted(key) && (Redacted.value(key) ?? undefined) === undefined ? undefined : key

/** Replaces every `{name}` in a URL by the setting of that name; fails with the name of one that is not set. */
export const fillTemplate = (
  url: string,
  values: Settings<string>,
  definition: { readonly settings?: unknown; readonly baseUrl?: unknown }
): Effect.Effect<string, Config.ConfigError> => {
  let missing: string | undefined
  const filled = url.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) missing ??= name
    return value === undefined ? whole : encodeURIComponent(value)
  })
  if (missing === undefined) return Effect.succeed(filled)
  const setting = entriesOf(definition).find(([name]) => name === missing)?.[1]
  const name = setting === undefined ? missing : namesIn(setting).join(" or ")
  const { baseUrl } = definition
  return Effect.fail(
    invalid(
      name,
      url === baseUrl ? `is not set, but the base URL ${url} needs it` : "is not set, but the base URL needs it"
    )
  )
}

/** The error of an unusable setting: names it and says what to do. */
export const invalid = (setting: string, problem: string): Config.ConfigError =>
  ConfigErrors.of(`${setting} ${problem}`)

/** The message of a `ConfigError` without the name of its kind. */
export const messageOf = ({ message }: Config.ConfigError): string => message.replace(/^SourceError: /, "")

/** Checks that a key is not empty and that a header can carry it. Errors never contain the value. */
export const checkKey = (
  setting: string,
  key: Redacted.Redacted | undefined
): Effect.Effect<string, Config.ConfigError> => {
  if (key === undefined)
    return Effect.fail(invalid(setting, "is not set: set it in the environment, or give this provider a key"))
  // JavaScript is not held to the type.
  if (!Redacted.isRedacted(key))
    return Effect.fail(ConfigErrors.of(`the API key (${setting}) is not Redacted: pass Redacted.make(key)`))
  const value = Redacted.value(key)
  if (typeof value !== "string") return Effect.fail(invalid(setting, "is not text"))
  if (value.trim() === "") return Effect.fail(invalid(setting, "is empty: set it to the provider's API key"))
  if (/[\r\n]/.test(value))
    return Effect.fail(invalid(setting, "contains a line break: remove it (often the last character)"))
  return /^[\x21-\x7e]+$/.test(value)
    ? Effect.succeed(value)
    : Effect.fail(
        invalid(setting, "contains a space or a character that is not allowed in a header: copy the key again")
      )
}

export const checkBaseUrl = (setting: string, url: string | undefined): Effect.Effect<string, Config.ConfigError> => {
  if (url === undefined) return Effect.fail(invalid(setting, "is not set: this provider has no default base URL"))
  const decoded = BaseUrl.decode(url)
  if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
  const shown = BaseUrl.originOf(url)
  return Effect.fail(invalid(setting, shown === undefined ? decoded.failure : `${decoded.failure}: ${shown}`))
}

export const checkHeader = (
  setting: string,
  name: string,
  value: string
): Effect.Effect<string, Config.ConfigError> => {
  const problem = RequestHeaders.issueOf(name, value)
  return problem === undefined ? Effect.succeed(value) : Effect.fail(invalid(setting, problem))
}
