import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"

const PackageJson = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** The version in a `package.json`. */
const versionIn = (url: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(fileURLToPath(url))).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(PackageJson)),
    Effect.map(({ version }) => version)
  )

/** The version of this package. */
export const version: Effect.Effect<string, never, FileSystem.FileSystem> = Effect.orDie(
  versionIn(new URL("../../package.json", import.meta.url).href)
)

/** The version of an installed package, or `unknown`. */
export const versionOf = (name: string): Effect.Effect<string, never, FileSystem.FileSystem> =>
  Effect.sync(() => import.meta.resolve(`${name}/package.json`)).pipe(
    Effect.flatMap(versionIn),
    Effect.catchCause(() => Effect.succeed("unknown"))
  )
