import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as CatalogIndex from "../src/catalog/CatalogIndex.ts"
import * as EmbeddedCatalog from "../src/catalog/EmbeddedCatalog.ts"
import { endingNames, namesIn } from "./modelNames.ts"

const root = join(import.meta.dirname, "..")

describe("names of models", () => {
  const models = [
    { provider: "openai", id: "word-1", aliases: ["word-1-2026"], deprecated: "2027-01-01" },
    { provider: "openai", id: "word-2", aliases: [], deprecated: "2027-03-01" },
    { provider: "reseller", id: "word-3", aliases: [], deprecated: true },
    { provider: "openai", id: "word", aliases: [], deprecated: true }
  ]
  const names = endingNames(models, { date: "2026-11-29", days: 90 })
  const within = (text: string, isCode = true) => namesIn(text, names, { isCode })

  it("that end within 90 days are found, by id and by alias, and only whole", () => {
    assert.deepStrictEqual(within(`model("word-1")`), ["word-1"])
    assert.deepStrictEqual(within(`model("openai/word-1-2026")`), ["openai/word-1-2026"])
    assert.deepStrictEqual(within(`"word-2", "word-12", "x-word-1", "word-1.5", "word-1-mini", "word"`), [])
  })

  it("mean the maker's model where no provider is named", () => {
    assert.deepStrictEqual(within(`"word-3"`), [])
    assert.deepStrictEqual(within(`"reseller/word-3"`), ["reseller/word-3"])
    assert.deepStrictEqual(within(`"reseller/word-1"`), [])
  })

  it("are looked for in what prose quotes and in its code", () => {
    assert.deepStrictEqual(within("like word-1", false), [])
    assert.deepStrictEqual(within("like `word-1`", false), ["word-1"])
    assert.deepStrictEqual(within("a\n```ts\nword-1\n```\n", false), ["word-1"])
  })

  it.live("in pages, examples, help and docstrings do not end within 90 days of the catalog's date", () =>
    Effect.gen(function* () {
      const { asOf, entries } = yield* EmbeddedCatalog.load
      const names = endingNames(CatalogIndex.make(entries).all(), { date: asOf, days: 90 })
      const read = (file: string) => readFileSync(join(root, file), "utf8")
      const docstrings = (source: string) => (source.match(/\/\*\*[^]*?\*\//g) ?? []).join("\n")
      const texts = [
        ...globSync(["README.md", "CONTRIBUTING.md", "docs/**/*.md"], { cwd: root }).map(
          (file) => [file, read(file), false] as const
        ),
        ...globSync(["examples/**/*.ts", "src/cli/**/*.ts"], { cwd: root }).map(
          (file) => [file, read(file), true] as const
        ),
        ...globSync("src/**/*.ts", { cwd: root }).map((file) => [file, docstrings(read(file)), false] as const)
      ]
      const found = texts.flatMap(([file, text, isCode]) =>
        namesIn(text, names, { isCode }).map((name) => `${file}: ${name}`)
      )
      assert.deepStrictEqual(found, [])
    })
  )
})
