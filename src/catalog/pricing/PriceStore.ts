import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { PlatformError } from "effect/PlatformError"
import * as PriceSnapshot from "./PriceSnapshot.ts"

/**
 * Where the last good prices of a feed are kept between runs. Nothing of it ever fails: a disk that cannot be used is a
 * disk without prices.
 */
export interface PriceStore {
  /** The file; `undefined` when the platform names there is no cache directory. */
  readonly path: string | undefined
  /** What is kept; `undefined` when there is nothing, or nothing whole: such a file is moved aside to `.corrupt`. */
  readonly load: Effect.Effect<PriceSnapshot.PriceSnapshot | undefined>
  /** Keeps a snapshot in place of the last one, whole or not at all. Why it could not is in words. */
  readonly save: (snapshot: PriceSnapshot.PriceSnapshot) => Effect.Effect<string | undefined>
}

const draftPrefix = ".draft-"

/** Milliseconds after which a draft is no longer being written. */
const draftAge = 10 * 60_000

/**
 * A store in `directory`, or else in the directory that the platform has for caches. The file's name tells the feed and
 * the address, so that those who read prices elsewhere keep theirs.
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly directory: string | undefined
  readonly feed: string
  readonly url: string
}): Effect.fn.Return<PriceStore, never, FileSystem.FileSystem | Path.Path | UserDirectories.UserDirectories> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directories = yield* UserDirectories.UserDirectories
  const cache = directories.cache("effect-llm").pipe(
    Effect.map((directory) => path.join(directory, "prices")),
    Effect.catch(() => Effect.succeed(undefined))
  )
  const directory = options.directory ?? (yield* cache)
  if (directory === undefined) {
    return {
      path: undefined,
      load: Effect.succeed(undefined),
      save: () => Effect.succeed("there is no cache directory")
    }
  }
  const feed = options.feed.replace(/[^\w.-]/g, "_")
  const file = path.join(directory, `${feed}-${(Hash.string(options.url) >>> 0).toString(16)}.tsv`)

  const moveAside = Effect.andThen(
    Effect.logWarning(`the cached prices in ${file} are damaged and were moved aside`),
    Effect.ignore(fs.rename(file, `${file}.corrupt`))
  )
  const load = Effect.gen(function* () {
    const snapshot = PriceSnapshot.decode(yield* fs.readFile(file))
    if (snapshot !== undefined && snapshot.feed === options.feed) return snapshot
    yield* moveAside
    return undefined
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

  /** Drafts of processes that were killed while they wrote. A process that still writes has a younger one. */
  const removeDrafts = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    for (const name of yield* fs.readDirectory(directory)) {
      if (!name.startsWith(draftPrefix)) continue
      const draft = path.join(directory, name)
      const changed = Option.getOrUndefined((yield* fs.stat(draft)).mtime)?.getTime()
      if (changed !== undefined && now - changed > draftAge) yield* fs.remove(draft, { recursive: true, force: true })
    }
  }).pipe(Effect.ignore)

  const save = (snapshot: PriceSnapshot.PriceSnapshot) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(directory, { recursive: true })
      // Beside the file: a rename is atomic within one file system only.
      const draft = yield* fs.makeTempFileScoped({ directory, prefix: draftPrefix })
      yield* fs.writeFileString(draft, PriceSnapshot.encode(snapshot))
      yield* fs.rename(draft, file)
      yield* removeDrafts
    }).pipe(
      Effect.scoped,
      Effect.as(undefined),
      Effect.catch((error: PlatformError) => Effect.succeed(error.message))
    )
  return { path: file, load, save }
})
