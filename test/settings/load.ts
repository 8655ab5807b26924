/** Settings files for tests, in a folder of their own. */
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Effect, FileSystem, Path } from "effect"
import * as Settings from "../../src/settings/Settings.ts"

export interface Files {
  readonly [name: string]: string
}

/** Writes files into a folder that is gone with the test, and returns the path of the first. */
export const write = Effect.fnUntraced(function* (files: Files) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "effect-llm-settings-" })
  for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(path.join(folder, name), text)
  return path.join(folder, Object.keys(files)[0] ?? "")
})

export const environment = (env: { readonly [name: string]: string }) =>
  ConfigProvider.layer(ConfigProvider.fromEnv({ env }))

/** Loads the first of these files with this environment. */
export const load = (files: Files, env: { readonly [name: string]: string } = {}, options: Settings.LoadOptions = {}) =>
  Effect.scoped(Effect.flatMap(write(files), (file) => Settings.load(file, options))).pipe(
    Effect.provide(environment(env)),
    Effect.provide(NodeServices.layer)
  )

/** What is wrong with a text, without the folder. */
export const mistakesIn = (text: string, env: { readonly [name: string]: string } = {}, name = "settings.yaml") =>
  load({ [name]: text }, env).pipe(
    Effect.map(({ warnings }) => warnings),
    Effect.catchTag("SettingsError", ({ mistakes }) => Effect.succeed(mistakes)),
    Effect.map((mistakes) => mistakes.map((mistake) => Settings.formatMistake("", mistake).replace(/^: ?/, "")))
  )
