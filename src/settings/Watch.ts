import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Path from "effect/Path"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { build, type Built } from "./build/Build.ts"
import type { Connected } from "./stores/StoreBook.ts"
import { difference } from "./Difference.ts"
import * as Load from "./file/Load.ts"
import { SettingsError } from "./file/Mistake.ts"
import type { Settings } from "./schema/Settings.ts"

/**
 * The outcome of reading settings again: they are in use, with a line of text for each value that changed; or they are invalid,
 * and the previous settings stay in use.
 *
 * @since 0.1.0
 * @category models
 */
export type Reload =
  | { readonly _tag: "Reloaded"; readonly difference: ReadonlyArray<string> }
  | { readonly _tag: "Kept"; readonly error: SettingsError }

/**
 * Settings that follow their file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Watched extends Omit<Built, "replace"> {
  /** The settings in use. */
  readonly current: () => Settings
  /** Reads the file again now, as on a signal. */
  readonly reload: Effect.Effect<Reload>
  /** Every reload from now on, whatever caused it. */
  readonly reloads: Stream.Stream<Reload>
}

/**
 * Builds the models of a settings file, and rebuilds them whenever the file or its file of variables changes. Calls in progress
 * finish with the settings that they began with; statistics of deployments that stay are kept. Invalid settings change nothing.
 * Stores that are `connected` already are used whatever the file says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const watch = Effect.fnUntraced(function* (
  file: string,
  options: Load.LoadOptions = {},
  connected?: Connected
): Effect.fn.Return<
  Watched,
  SettingsError,
  FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | ChildProcessSpawner | Scope.Scope
> {
  const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const files = [file, options.envFile ?? path.join(path.dirname(file), ".env")].map((file) => path.resolve(file))
  const texts = Effect.forEach(files, (file) => Effect.orElseSucceed(fs.readFileString(file), () => undefined))
  let seen = yield* texts
  const first = yield* Load.load(file, options)
  const { replace, ...built } = yield* build(first.settings, first.variables, connected)
  const reloads = yield* PubSub.unbounded<Reload>()
  const semaphore = yield* Semaphore.make(1)
  let current = first.settings
  let lastError: string | undefined

  const read = Effect.gen(function* () {
    const { locate, settings, variables } = yield* Load.load(file, options)
    yield* Effect.mapError(
      replace(settings, variables),
      ({ mistakes }) => new SettingsError({ file, mistakes: locate(mistakes) })
    )
    const changes = difference(current, settings)
    current = settings
    return changes
  }).pipe(Effect.provideContext(services))

  const reload = semaphore.withPermit(
    Effect.gen(function* () {
      const result = yield* Effect.result(read)
      const reload: Reload = Result.isSuccess(result)
        ? { _tag: "Reloaded", difference: result.success }
        : { _tag: "Kept", error: result.failure }
      const error = reload._tag === "Kept" ? reload.error.message : undefined
      const isNews =
        error === undefined ? lastError !== undefined || Result.getOrThrow(result).length > 0 : error !== lastError
      lastError = error
      if (isNews) yield* PubSub.publish(reloads, reload)
      return reload
    })
  )

  const reloadIfEdited = Effect.gen(function* () {
    const now = yield* texts
    if (now.every((text, index) => text === seen[index])) return
    seen = now
    yield* reload
  })
  const names = new Set(files.map((file) => path.basename(file)))
  /** Other files of the folder, such as a database, may change all the time. Kubernetes swaps folders whose names begin with `..`. */
  const mayBeSettings = (changed: string): boolean => {
    const name = path.basename(changed)
    return name === "" || names.has(name) || name.startsWith("..")
  }

  // Replacing a file changes its folder.
  const folders = new Set(files.map((file) => path.dirname(file)))
  const isWatching = yield* Effect.forEach(folders, () => Deferred.make<void>())
  yield* Effect.forEach(
    folders,
    (folder, index) => {
      const ready = isWatching[index]
      const onReady = () => ready && Deferred.doneUnsafe(ready, Effect.void)
      return fs.watch(folder, { onReady }).pipe(
        Stream.filter((event) => mayBeSettings(event.path)),
        Stream.debounce("100 millis"),
        Stream.runForEach(() => reloadIfEdited),
        // Without a watch there is still `reload`.
        Effect.ignore,
        Effect.ensuring(Effect.sync(onReady)),
        Effect.forkScoped
      )
    },
    { discard: true }
  )
  yield* Effect.forEach(isWatching, Deferred.await, { discard: true })
  return { ...built, current: () => current, reload, reloads: Stream.fromPubSub(reloads) }
})
