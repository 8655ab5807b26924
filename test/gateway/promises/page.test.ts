/** The page of promises names tests that are there. */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"

const root = `${import.meta.dirname}/../../..`

describe("docs/gateway-promises.md", () => {
  it("names for each promise a test that is there", () => {
    const rows = readFileSync(`${root}/docs/gateway-promises.md`, "utf8")
      .split("\n")
      .filter((line) => /^\| (?!promise|---)/.test(line))
    assert.isAbove(rows.length, 30)
    for (const row of rows) {
      const [promise = "", , cell = ""] = row.split("|").slice(1)
      const named = [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) => name)
      assert.isNotEmpty(named, promise)
      for (const name of named.filter((name) => !name.startsWith("npm run"))) {
        const path = name.startsWith("test/") ? name : `test/gateway/${name}`
        const found = globSync(path.endsWith("/") ? `${path}*.test.ts` : [`${path}.test.ts`, `${path}/*.test.ts`], {
          cwd: root
        })
        assert.isNotEmpty(found, `${promise}: ${name}`)
      }
    }
  })
})
