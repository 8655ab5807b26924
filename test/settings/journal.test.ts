import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { type Array as Arr, Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import * as NodeSqlite from "../../src/integrations/NodeSqlite.ts"
import { build } from "../../src/settings/Settings.ts"
import { load, mistakesIn } from "./load.ts"
import { serve } from "./server.ts"

const env = { OPENAI_API_KEY: "sk-openai", GROQ_API_KEY: "gsk-groq" }

const settingsOf = (journal: string, deployment = "openai/x") => ({
  "settings.yaml": `models: { a: ${deployment} }\nprices: { openai/x: { input: 2, output: 4 } }\n${journal}`
})

/** Calls once by each of some settings, one after the other in one process, and ends it. */
const called = (...[first, ...others]: Arr.NonEmptyReadonlyArray<ReturnType<typeof settingsOf>>) =>
  Effect.gen(function* () {
    const { settings, variables } = yield* load(first, env)
    const models = yield* build(settings, variables).pipe(Effect.provide([serve().layer, NodeServices.layer]))
    const ask = Effect.flatMap(models.model("chat", "a"), (model) => model.generate({ messages: "Hello", user: "ann" }))
    yield* ask
    for (const files of others) {
      const { settings, variables } = yield* load(files, env)
      yield* models.replace(settings, variables)
      yield* ask
    }
  }).pipe(Effect.scoped)

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const linesIn = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(directory)
  const texts = yield* Effect.forEach(files, (file) => fs.readFileString(`${directory}/${file}`))
  return { files, lines: texts.flatMap((text) => text.trim().split("\n")) }
})

describe("the journal of settings", () => {
  it.live("has every call in its files, also over changes, without text", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const journal = `journal: { file: { directory: "${directory}", retention: 30d } }`
      yield* called(settingsOf(journal), settingsOf(journal, "groq/y"))
      const { files, lines } = yield* linesIn(directory)
      assert.strictEqual(files.length, 1)
      assert.deepStrictEqual(
        lines.map((line) => /openai\/x|groq\/y/.exec(line)?.[0]),
        ["openai/x", "groq/y"]
      )
      for (const line of lines) {
        assert.include(line, '"ann"')
        assert.notInclude(line, "Hello")
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("records texts with `content`, and moves when its path changes", () =>
    Effect.gen(function* () {
      const [before, after] = [yield* folder, yield* folder]
      const journal = (directory: string, content: boolean) =>
        settingsOf(`journal: { file: { directory: "${directory}" }, content: ${content} }`)
      yield* called(journal(before, false), journal(after, true), settingsOf(""))
      assert.strictEqual((yield* linesIn(before)).lines.length, 1)
      const { lines } = yield* linesIn(after)
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "Hello")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("has rows in the database of the stores", () =>
    Effect.gen(function* () {
      const filename = `${yield* folder}/llm.db`
      yield* called(settingsOf(`stores: { sql: "${filename}" }\njournal: { sql: { table: calls } }`))
      const rows = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT cost FROM calls`).pipe(
        Effect.provide(NodeSqlite.layer({ filename }))
      )
      assert.deepStrictEqual(
        rows.map(({ cost }) => Number(cost)),
        [6]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("needs a database for rows", () =>
    Effect.gen(function* () {
      const { "settings.yaml": text } = settingsOf("journal: { sql: {}, file: {} }")
      assert.deepStrictEqual(yield* mistakesIn(text, env), [
        '3:17: journal.sql: needs a database: write it as stores.sql, such as "calls.db"',
        '3:27: journal.file.directory: is missing: name a folder, such as "journal"'
      ])
    })
  )
})
