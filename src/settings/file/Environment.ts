import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { parseEnv } from "node:util"
import type { SettingsError } from "./Mistake.ts"
import * as TextFile from "./TextFile.ts"

/**
 * The variables that settings may refer to: those of the environment, then those of the `.env` file beside the settings, or of
 * `envFile`.
 */
export interface Environment {
  readonly provider: ConfigProvider.ConfigProvider
  /** The names in the `.env` file that the environment overrides. */
  readonly shadowed: ReadonlyArray<string>
  readonly dotEnv: string | undefined
  readonly lookup: (name: string) => Effect.Effect<string | undefined>
}

export const load = Effect.fnUntraced(function* (
  settingsPath: string,
  envFile?: string
): Effect.fn.Return<Environment, SettingsError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const file = envFile ?? path.join(path.dirname(settingsPath), ".env")
  // A file that is named must be there; a folder called .env is one of Python's.
  const text =
    envFile !== undefined || (yield* isFile(file)) ? Option.some(yield* TextFile.read(file)) : Option.none<string>()
  const environment = yield* ConfigProvider.ConfigProvider
  const variables = Object.fromEntries(
    Object.entries(parseEnv(Option.getOrElse(text, () => ""))).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]]
    )
  )
  const own = lookupIn(environment)
  const shadowed: Array<string> = []
  for (const name of Object.keys(variables)) if ((yield* own(name)) !== undefined) shadowed.push(name)
  const provider = environment.pipe(ConfigProvider.orElse(ConfigProvider.fromEnvRecord(variables)))
  return {
    provider,
    shadowed,
    dotEnv: Option.isSome(text) ? file : undefined,
    lookup: lookupIn(provider)
  }
})

const isFile = (path: string): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.match(fs.stat(path), { onFailure: () => false, onSuccess: ({ type }) => type === "File" })
  )

const lookupIn =
  (provider: ConfigProvider.ConfigProvider) =>
  (name: string): Effect.Effect<string | undefined> =>
    Config.option(Config.String(name)).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, provider),
      Effect.map(Option.getOrUndefined),
      Effect.orElseSucceed(() => undefined)
    )
