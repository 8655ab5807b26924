import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Mistake, type Settings, SettingsError } from "../../settings/Settings.ts"

/** The variable with the key of the administrator, beside the one in the settings. */
export const variable = "EFFECT_LLM_ADMIN_KEY"

const shortest = 16

/** Keys from examples, as far as they are long enough. */
const wellKnown =
  /^(?:sk-)?(?:(?:test|admin|secret|change-?me|password|master|root|example|your|my|default|dummy|api|key|litellm|1234567890|123456|1234)[-_]?)+$/i

/** What makes a text no secret, if anything. */
export const weakness = (secret: string): string | undefined => {
  const isGuessed = wellKnown.test(secret) || new Set(secret).size < 6
  const advice = "make one of your own, such as with `openssl rand -hex 24`"
  if (isGuessed) return `is one that everybody can guess: ${advice}`
  if (secret.length < shortest) return `is too short to be a secret: use at least ${shortest} characters, or ${advice}`
  return undefined
}

/** The key of the administrator in the environment, if there is one. Fails where that or one of the settings is no secret. */
export const load = Effect.fnUntraced(function* (
  settings: Settings
): Effect.fn.Return<ReadonlyArray<Redacted.Redacted>, SettingsError> {
  const variables = yield* ConfigProvider.ConfigProvider
  const ofEnvironment = yield* Config.option(Config.Redacted(variable)).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, variables),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )
  const ofSettings = settings.server?.adminKey
  const found: ReadonlyArray<readonly [path: Mistake["path"], secret: Redacted.Redacted | undefined]> = [
    [["server", "adminKey"], ofSettings],
    [[variable], ofEnvironment],
    ...Object.entries(settings.keys ?? {}).flatMap(([name, { key, previous }]) => [
      [["keys", name, "key"], key] as const,
      [["keys", name, "previous", "key"], previous?.key] as const
    ])
  ]
  const mistakes = found.flatMap(([path, secret]): ReadonlyArray<Mistake> => {
    const message = secret && weakness(Redacted.value(secret))
    return message === undefined ? [] : [{ severity: "error", path, message }]
  })
  if (mistakes.length > 0) return yield* new SettingsError({ file: "settings", mistakes })
  return ofEnvironment === undefined ? [] : [ofEnvironment]
})
