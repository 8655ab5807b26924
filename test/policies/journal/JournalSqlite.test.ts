import { statSync } from "node:fs"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import * as Journal from "../../../src/policies/Journal.ts"
import * as JournalSql from "../../../src/policies/JournalSql.ts"
import { priced } from "../priced.ts"
import { flushed, laws, model } from "./sqlLaws.ts"

const sqlite = Layer.unwrap(
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempFileScoped({ suffix: ".db" })),
    (filename) => NodeSqlite.layer({ filename })
  )
).pipe(Layer.provide(NodeFileSystem.layer))

describe("SQLite", () => {
  laws(sqlite)

  it.live("a row takes less than 300 bytes, its indexes included", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* fs.makeTempFileScoped({ suffix: ".db" })
      yield* flushed(
        Effect.forEach(Array.from({ length: 2000 }), (_, index) =>
          Journal.annotate(model.generate({ messages: "Hi", user: `user-${index}` }), { tenant: "acme" })
        )
      ).pipe(
        Effect.withSpan("handler"),
        Effect.provide(Journal.layer([JournalSql.sink()])),
        Effect.provide(NodeSqlite.layer({ filename })),
        priced
      )
      assert.isBelow(statSync(filename).size / 2000, 300)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
