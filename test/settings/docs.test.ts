import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Settings } from "../../src/settings/Settings.ts"
import { load } from "./load.ts"

const root = join(import.meta.dirname, "..", "..")
const pages = [
  "settings.md",
  "settings-models.md",
  "gateway-keys.md",
  "gateway-deploy.md",
  "gateway-ledger.md",
  "gateway-openai.md"
].map((name) => readFileSync(join(root, "docs", name), "utf8"))
const blocks = [...pages.join("\n").matchAll(/```yaml\n([^]*?)```/g)].map(([, text = ""]) => text)

describe("the pages about settings", () => {
  it.effect.each(blocks.map((text, index) => [index + 1, text] as const))("block %s is valid", ([, text]) =>
    load({ "settings.yaml": text }, {}, { ignoreEnvironment: true })
  )

  it("shows every key of the top level", () => {
    for (const key of Object.keys(Settings.fields))
      assert.isTrue(key === "$schema" || blocks.some((text) => new RegExp(`^${key}:`, "m").test(text)), key)
  })
})

it.effect("examples/settings.yaml is valid", () =>
  load(
    { "settings.yaml": readFileSync(join(root, "examples", "settings.yaml"), "utf8") },
    {},
    { ignoreEnvironment: true }
  )
)
