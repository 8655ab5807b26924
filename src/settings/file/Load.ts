import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { type Kinds, kinds } from "../build/Kinds.ts"
import { settingsOf } from "../build/Accounts.ts"
import type { Settings } from "../schema/Settings.ts"
import { decode } from "./Decode.ts"
import * as Environment from "./Environment.ts"
import { interpolate, type Interpolated } from "./Interpolation.ts"
import { formatPath, type Mistake, type Path as TreePath, SettingsError, sorted } from "./Mistake.ts"
import * as Patterns from "./Patterns.ts"
import * as References from "./References.ts"
import * as ResponseSchemas from "./ResponseSchemas.ts"
import * as Source from "./Source.ts"
import * as TextFile from "./TextFile.ts"

/**
 * How settings are read. `envFile` is the file of variables (default: `.env` beside the settings). With `ignoreEnvironment`,
 * references stay as they are and none is missing, for checks on machines without the secrets.
 */
export interface LoadOptions {
  readonly envFile?: string | undefined
  readonly ignoreEnvironment?: boolean | undefined
}

/** Settings as they were read from a file. */
export interface Loaded {
  readonly file: string
  readonly settings: Settings
  readonly warnings: ReadonlyArray<Mistake>
  /** The environment, then the `.env` file. */
  readonly variables: ConfigProvider.ConfigProvider
  /** Adds lines and columns to mistakes. */
  readonly locate: (mistakes: ReadonlyArray<Mistake>) => ReadonlyArray<Mistake>
}

/** Reads a settings file; fails with all of its mistakes. */
export const load = Effect.fnUntraced(function* (
  file: string,
  options: LoadOptions = {}
): Effect.fn.Return<Loaded, SettingsError, FileSystem.FileSystem | Path.Path> {
  const source = yield* read(file)
  const environment = yield* Environment.load(file, options.envFile)
  return yield* evaluate(source, environment, options.ignoreEnvironment)
})

/** Fills in variables, decodes and checks what was read. */
export const evaluate = Effect.fnUntraced(function* (
  source: Source.Source,
  environment: Environment.Environment | undefined,
  ignoreEnvironment = environment === undefined
): Effect.fn.Return<Loaded, SettingsError> {
  const interpolated = yield* interpolate(source.value, ignoreEnvironment ? undefined : environment?.lookup)
  const known = yield* kinds
  const locate = locateIn(source)
  const { references } = interpolated
  const decoded = decode(interpolated.value, references, ignoreEnvironment ? interpolated.interpolated : new Set())
  const named = References.check(interpolated.value, known)
  const unchecked = [
    ...(yield* ResponseSchemas.check(interpolated.value)),
    ...(yield* Patterns.check(interpolated.value))
  ]
  const warnings = locate([
    ...literalKeys(interpolated, known),
    ...(environment === undefined ? [] : shadowed(environment)),
    ...named.filter(({ severity }) => severity === "warning")
  ])
  const errors: ReadonlyArray<Mistake & { readonly part?: "key" | "value" }> = [
    ...interpolated.mistakes.map(({ message, path }) => ({ severity: "error" as const, path, message })),
    ...(Result.isFailure(decoded)
      ? decoded.failure.map(({ message, part, path }) => ({ severity: "error" as const, path, message, part }))
      : []),
    ...named.filter(({ severity }) => severity === "error"),
    ...unchecked
  ]
  if (Result.isFailure(decoded) || errors.length > 0)
    return yield* Effect.fail(
      new SettingsError({ file: source.file, mistakes: sorted([...locate(errors), ...warnings]) })
    )
  const variables = environment?.provider ?? ConfigProvider.fromUnknown({})
  return { file: source.file, settings: decoded.success, warnings, variables, locate }
})

const isModule = (file: string): boolean => /\.[cm]?[jt]s$/.test(file)

const read = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!isModule(file)) {
    const text = yield* TextFile.read(file)
    const source = yield* Effect.fromResult(Source.parse(file, text))
    const isEmpty = source.value === null || source.value === undefined
    return isEmpty ? { ...source, value: {} } : source
  }
  const { mtime } = yield* Effect.mapError(fs.stat(file), (error) => TextFile.unreadable(file, error))
  const version = Option.match(mtime, { onNone: () => "", onSome: (date) => String(date.getTime()) })
  return yield* Source.importFrom(file, path.resolve(file), version)
})

const locateIn =
  (source: Source.Source) =>
  (mistakes: ReadonlyArray<Mistake & { readonly part?: "key" | "value" }>): ReadonlyArray<Mistake> =>
    mistakes.map(({ part = "value", ...mistake }) => ({ ...mistake, ...source.positionOf(mistake.path, part) }))

const warn = (path: TreePath, message: string): Mistake => ({ severity: "warning", path, message })

const shadowed = ({ dotEnv, shadowed }: Environment.Environment): ReadonlyArray<Mistake> =>
  shadowed.map((name) => warn([], `${name} is set in the environment and in ${dotEnv}: the environment wins`))

/** Warnings about secrets that are written in the file itself. */
const literalKeys = ({ interpolated, value }: Interpolated, kinds: Kinds): ReadonlyArray<Mistake> => {
  const warnings: Array<Mistake> = []
  for (const path of secretPaths(value, kinds))
    if (!interpolated.has(formatPath(path)))
      warnings.push(
        warn(
          path,
          "a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here"
        )
      )
  return warnings
}

const secretHeader = /authorization|cookie|(?:^|[-_])(?:api[-_]?key|key|token|secret|password)$/i

const hasPassword = (address: unknown): boolean =>
  typeof address === "string" && URL.canParse(address) && new URL(address).password !== ""

/** The paths of secrets. */
const secretPaths = (tree: unknown, kinds: Kinds): ReadonlyArray<TreePath> => {
  const at = (value: unknown, key: string): unknown => (Predicate.isObject(value) ? Reflect.get(value, key) : undefined)
  const keysOf = (value: unknown): ReadonlyArray<string> => (Predicate.isObject(value) ? Object.keys(value) : [])
  const paths: Array<TreePath> = []
  const providers = at(tree, "providers")
  for (const name of keysOf(providers)) {
    const entry = at(providers, name)
    const settings = settingsOf(kinds.get(String(at(entry, "provider") ?? name))?.definition ?? {})
    if (typeof at(entry, "key") === "string") paths.push(["providers", name, "key"])
    for (const header of keysOf(at(entry, "headers")))
      if (secretHeader.test(header)) paths.push(["providers", name, "headers", header])
    for (const option of keysOf(at(entry, "options")))
      if (settings[option]?.secret === true) paths.push(["providers", name, "options", option])
  }
  const stores = at(tree, "stores")
  for (const name of ["redis", "sql"]) if (hasPassword(at(stores, name))) paths.push(["stores", name])
  if (typeof at(at(tree, "server"), "adminKey") === "string") paths.push(["server", "adminKey"])
  const keys = at(tree, "keys")
  for (const name of keysOf(keys)) {
    if (typeof at(at(keys, name), "key") === "string") paths.push(["keys", name, "key"])
    if (typeof at(at(at(keys, name), "previous"), "key") === "string") paths.push(["keys", name, "previous", "key"])
  }
  return paths
}
