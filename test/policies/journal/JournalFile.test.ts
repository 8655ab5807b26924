import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer, Logger, Schedule, Schema } from "effect"
import { systemError } from "effect/PlatformError"
import { TestClock } from "effect/testing"
import * as Journal from "../../../src/policies/Journal.ts"
import * as JournalFile from "../../../src/policies/JournalFile.ts"
import { chatModel } from "../telemetry/spans.ts"

const model = chatModel({ id: "openai/gpt-x", outcomes: ["answers"], millis: 0 }).pipe(Journal.standard)
const call = model.generate("Hi")
const decode = Schema.decodeSync(Schema.fromJsonString(Journal.Entry))

/** The entries of each file of a directory, by its name without what tells the process. */
const filesOf = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const files = (yield* fs.readDirectory(directory)).toSorted()
  return yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(`${directory}/${file}`), (text) => ({
      name: file.replace(/-[0-9a-z]+-(\d+\.ndjson)$/, "-$1"),
      entries: text
        .trimEnd()
        .split("\n")
        .map((line) => decode(line)),
      bytes: text.length
    }))
  )
})

const tempDirectory = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const makeCalls = (count: number) =>
  Effect.gen(function* () {
    const { flush } = yield* Journal.Journal
    yield* Effect.forEach(Array.from({ length: count }), () => call, { discard: true })
    yield* flush
  })

const journal = (options: JournalFile.Options, batchSize = 250) =>
  Journal.layer([JournalFile.sink(options)], { batchSize })

it.effect("a file per day, and a further one when it is full", () =>
  Effect.gen(function* () {
    const directory = `${yield* tempDirectory}/new`
    yield* TestClock.setTime(Date.UTC(2026, 0, 31, 23, 59))
    yield* Effect.gen(function* () {
      yield* makeCalls(6)
      yield* TestClock.adjust("2 minutes")
      yield* makeCalls(1)
    }).pipe(Effect.provide(journal({ directory, maxBytes: 1000 }, 2)))
    const files = yield* filesOf(directory)
    assert.deepStrictEqual(
      files.map(({ entries, name }) => [name, entries.length]),
      [
        ["calls-2026-01-31-1.ndjson", 2],
        ["calls-2026-01-31-2.ndjson", 2],
        ["calls-2026-01-31-3.ndjson", 2],
        ["calls-2026-02-01-1.ndjson", 1]
      ]
    )
    assert.isTrue(files.every(({ bytes }) => bytes <= 1000))
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.effect("files that are older than the retention are removed, and no others", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* tempDirectory
    const kept = ["calls-2026-01-22-a-1.ndjson", "notes.txt", "other-2025-01-01-a-1.ndjson", "calls-2025-01-01.txt"]
    for (const file of [...kept, "calls-2026-01-20-a-1.ndjson", "calls-2025-12-31-b-12.ndjson"]) {
      yield* fs.writeFileString(`${directory}/${file}`, "")
    }
    yield* TestClock.setTime(Date.UTC(2026, 0, 31, 12))
    yield* makeCalls(1).pipe(Effect.provide(journal({ directory, retention: "10 days" })))
    const files = yield* fs.readDirectory(directory)
    assert.sameMembers(
      files.filter((file) => !file.startsWith("calls-2026-01-31-")),
      kept
    )
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.effect("several writers in one directory lose and mix nothing", () =>
  Effect.gen(function* () {
    const directory = yield* tempDirectory
    const writers = Array.from({ length: 4 }, () =>
      makeCalls(50).pipe(Effect.provide(Layer.fresh(journal({ directory, maxBytes: 5000 }, 10))))
    )
    const fiber = yield* Effect.forkChild(Effect.all(writers, { concurrency: "unbounded" }))
    yield* Fiber.join(fiber)
    const entries = (yield* filesOf(directory)).flatMap((file) => file.entries)
    assert.lengthOf(new Set(entries.map(({ id }) => id)), 200)
    assert.lengthOf(entries, 200)
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.effect("a directory that is gone is made again", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = `${yield* tempDirectory}/gone`
    yield* Effect.gen(function* () {
      yield* makeCalls(1)
      yield* fs.remove(directory, { recursive: true })
      const next = yield* Effect.forkChild(makeCalls(1))
      // Files take real time, after which the retry waits for that of the test.
      // In steps far shorter than the time that a write may take.
      while (next.pollUnsafe() === undefined) {
        yield* TestClock.adjust("20 millis")
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
    }).pipe(Effect.provide(journal({ directory })))
    assert.strictEqual((yield* filesOf(directory)).flatMap(({ entries }) => entries).length, 1)
  }).pipe(Effect.provide(NodeFileSystem.layer))
)

it.live("a write that fails halfway leaves a line of its own, and spoils no other", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* tempDirectory
    let writes = 0
    const failing = FileSystem.FileSystem.of({
      ...fs,
      writeFile: (path, data, options) =>
        ++writes === 2
          ? Effect.andThen(
              fs.writeFile(path, data.slice(0, 100), options),
              Effect.fail(systemError({ _tag: "Unknown", module: "FileSystem", method: "writeFile" }))
            )
          : fs.writeFile(path, data, options)
    })
    yield* Effect.gen(function* () {
      yield* makeCalls(1)
      yield* makeCalls(1)
      yield* makeCalls(1)
    }).pipe(
      Effect.provide(
        Journal.layer([JournalFile.sink({ directory })], { retry: Schedule.recurs(1) }).pipe(
          Layer.provide(Layer.succeed(FileSystem.FileSystem, failing))
        )
      ),
      Effect.provide(Logger.layer([]))
    )
    const [file = ""] = yield* fs.readDirectory(directory)
    const lines = (yield* fs.readFileString(`${directory}/${file}`)).trimEnd().split("\n")
    assert.lengthOf(lines, 4)
    assert.lengthOf(lines[1] ?? "", 100)
    assert.deepStrictEqual(
      [0, 2, 3].map((index) => decode(lines[index] ?? "")._tag),
      ["Call", "Call", "Call"]
    )
  }).pipe(Effect.provide(NodeFileSystem.layer))
)
