import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as BaseUrl from "../transport/BaseUrl.ts"
import * as Header from "../transport/Header.ts"
import { redactText } from "../transport/Secrets.ts"
import type { ProviderDefinition } from "./ProviderDefinition.ts"

/**
 * The names under which a provider's key and address are configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesOf = (definition: Pick<ProviderDefinition<string, object>, "id" | "settingPrefix">) => {
  const prefix = definition.settingPrefix ?? definition.id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")
  return { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` }
}

/**
 * A setting that cannot be used: the message names it and says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export const invalid = (setting: string, problem: string): Config.ConfigError =>
  new Config.ConfigError(new ConfigProvider.SourceError({ message: `${setting} ${problem}` }))

/**
 * Checks a key: not empty, and nothing in it that an HTTP header cannot carry. The value is in no error.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkKey = (
  setting: string,
  key: Redacted.Redacted | undefined
): Effect.Effect<string, Config.ConfigError> => {
  if (key === undefined) return Effect.fail(invalid(setting, "is not set: set it, or give apiKey to the layer"))
  const value = Redacted.value(key)
  if (value.trim() === "") return Effect.fail(invalid(setting, "is empty: set it to the provider's API key"))
  if (/[\r\n]/.test(value))
    return Effect.fail(invalid(setting, "holds a line break: remove it (often the last character)"))
  return /^[\x21-\x7e]+$/.test(value)
    ? Effect.succeed(value)
    : Effect.fail(invalid(setting, "holds a blank or a character that a header cannot carry: copy the key anew"))
}

/**
 * Checks an address.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkBaseUrl = (setting: string, url: string | undefined): Effect.Effect<string, Config.ConfigError> => {
  if (url === undefined) return Effect.fail(invalid(setting, "is not set: this provider has no address of its own"))
  const decoded = BaseUrl.decode(url)
  return Result.isSuccess(decoded)
    ? Effect.succeed(decoded.success)
    : Effect.fail(invalid(setting, `${decoded.failure}: ${JSON.stringify(withoutSecrets(url))}`))
}

/** A password or a key in the address, or in its place, must not come to light by the error. */
const withoutSecrets = (url: string): string =>
  redactText(url.replace(/\/\/.*@/, "//<redacted>@").replace(/[?#].*$/s, "?<redacted>"), [])

/**
 * Checks what becomes a header.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkHeader = (
  setting: string,
  name: string,
  value: string
): Effect.Effect<string, Config.ConfigError> => {
  const problem = Header.problemOf(name, value)
  return problem === undefined ? Effect.succeed(value) : Effect.fail(invalid(setting, problem))
}
