import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"

/**
 * The SQLite file of a gateway whose settings name no database: fileBesideSettings the settings file, with its name (`effect-llm.db`
 * for `effect-llm.yaml`); without a settings file, or where its folder cannot be written to, `gateway.db` in the user's data
 * directory. Only its owner can read it.
 */
export const defaultDatabase = Effect.fnUntraced(function* (
  settingsFile?: string
): Effect.fn.Return<
  Redacted.Redacted,
  PlatformError,
  FileSystem.FileSystem | Path.Path | UserDirectories.UserDirectories
> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const create = Effect.fnUntraced(function* (file: string) {
    yield* fs.writeFile(file, new Uint8Array(), { flag: "a", mode: 0o600 })
    return Redacted.make(file, { label: file })
  })
  const inDataDirectory = Effect.gen(function* () {
    const folder = yield* UserDirectories.UserDirectories.use(({ data }) => data("effect-llm"))
    yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
    return yield* create(path.join(folder, "gateway.db"))
  })
  if (settingsFile === undefined) return yield* inDataDirectory
  const file = path.resolve(settingsFile)
  const fileBesideSettings = path.join(path.dirname(file), `${path.basename(file, path.extname(file))}.db`)
  return yield* Effect.catch(create(fileBesideSettings), () => inDataDirectory)
})
