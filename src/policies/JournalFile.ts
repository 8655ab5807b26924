/**
 * A sink of the journal that writes files of JSON lines.
 *
 * ```ts
 * import { Layer } from "effect"
 * import { NodeFileSystem } from "@effect/platform-node"
 * import * as Journal from "effect-llm/policies/Journal"
 * import * as JournalFile from "effect-llm/policies/JournalFile"
 *
 * const journal = Journal.layer([JournalFile.sink({ directory: "journal" })]).pipe(Layer.provide(NodeFileSystem.layer))
 * ```
 *
 * Each process writes files of its own, so several may share a directory: read them all, by their date.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { Entry } from "./journal/CallRecord.ts"
import type { Sink } from "./Journal.ts"

/**
 * - `directory`: where the files are; it is made if it is missing.
 * - `name`: what their names begin with (`calls`): `calls-2026-11-30-k3x9qf-1.ndjson` has the day (UTC), the process and a number.
 * - `maxBytes`: a file that is larger is followed by another (64 MiB); so is one of another day.
 * - `retention`: files of days further back are removed (default: none are).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly directory: string
  readonly name?: string | undefined
  readonly maxBytes?: number | undefined
  readonly retention?: Duration.Input | undefined
}

/**
 * Appends an entry per line, as JSON by the schema `Journal.Entry`. A process that is killed while it writes leaves at most its last
 * line incomplete; a write that fails may leave an incomplete line, or an empty one, before it is repeated.
 *
 * @since 0.1.0
 * @category sinks
 */
export const sink = ({
  directory,
  maxBytes = 64 * 1024 * 1024,
  name = "calls",
  retention
}: Options): Sink<FileSystem.FileSystem> => ({
  name: `file ${directory}/${name}`,
  make: Effect.map(Random.next, (random) => {
    const instance = Math.floor(random * 36 ** 6).toString(36)
    let day = ""
    let number = 0
    let bytes = 0
    let hasDirectory = false
    let hasFailed = false
    const remove = removeBefore(directory, name)
    /** The file to append so much to. */
    const next = Effect.fnUntraced(function* (size: number) {
      const now = yield* Clock.currentTimeMillis
      const today = dayOf(now)
      if (!hasDirectory) {
        const fs = yield* FileSystem.FileSystem
        yield* fs.makeDirectory(directory, { recursive: true })
        hasDirectory = true
      }
      if (today !== day) {
        if (retention !== undefined) {
          yield* remove(dayOf(now - Duration.toMillis(Duration.fromInputUnsafe(retention))))
        }
        day = today
        number = 1
        bytes = 0
      } else if (bytes > 0 && bytes + size > maxBytes) {
        number++
        bytes = 0
      }
      return `${directory}/${name}-${day}-${instance}-${number}.ndjson`
    })
    return Effect.fnUntraced(function* (entries) {
      const lines = entries.map((entry) => `${JSON.stringify(encode(entry))}\n`).join("")
      const fs = yield* FileSystem.FileSystem
      const file = yield* next(new TextEncoder().encode(lines).length)
      const size = hasFailed ? yield* sizeOf(file) : bytes
      const appended = new TextEncoder().encode(size > bytes ? `\n${lines}` : lines)
      hasFailed = true
      yield* Effect.tapError(fs.writeFile(file, appended, { flag: "a" }), () =>
        Effect.sync(() => {
          hasDirectory = false
        })
      )
      hasFailed = false
      bytes = size + appended.length
    })
  })
})

const sizeOf = (file: string) =>
  FileSystem.FileSystem.use((fs) =>
    Effect.orElseSucceed(
      Effect.map(fs.stat(file), ({ size }) => Number(size)),
      () => 0
    )
  )

const encode = Schema.encodeSync(Entry)

const dayOf = (millis: number): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(millis))

const dated = /^(.+)-(\d{4}-\d{2}-\d{2})-[0-9a-z]+-\d+\.ndjson$/

/** Removes the files of days before one. */
const removeBefore = (directory: string, name: string) =>
  Effect.fnUntraced(function* (day: string) {
    const fs = yield* FileSystem.FileSystem
    for (const file of yield* fs.readDirectory(directory)) {
      const [, owner, of = ""] = dated.exec(file) ?? []
      // Another process may have removed it already.
      if (owner === name && of < day) yield* Effect.ignore(fs.remove(`${directory}/${file}`))
    }
  })
