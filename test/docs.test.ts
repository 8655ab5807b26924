import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as sdk from "effect-llm"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { isPublic } from "../.ci/packages.ts"
import { ChatEvent } from "../src/domain/ChatEvent.ts"
import models from "../data/models.json" with { type: "json" }
import providers from "../data/providers.json" with { type: "json" }
import { ProviderError } from "../src/domain/ProviderError.ts"

const root = join(import.meta.dirname, "..")
const read = (page: string) => readFileSync(join(root, page), "utf8")

describe("docs", () => {
  it("are pages of less than 150 lines, but for the list of providers", () => {
    for (const page of globSync("docs/**/*.md", { cwd: root, exclude: ["docs/providers.md"] })) {
      assert.isBelow(read(page).split("\n").length - 1, 150, page)
    }
  })

  it("link to what is there, and to headings that are there", () => {
    const anchorOf = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-")
    for (const page of [...globSync("{docs,examples,data}/**/*.md", { cwd: root }), "README.md", "CONTRIBUTING.md"]) {
      const text = read(page).replace(/^```[^]*?^```/gm, "")
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const [path = "", anchor] = target.split("#")
        const file = path === "" ? page : join(dirname(page), path)
        assert.isTrue(existsSync(join(root, file)), `${page}: ${target}`)
        if (anchor === undefined) continue
        const anchors = Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) => anchorOf(heading))
        assert.include(anchors, anchor, `${page}: ${target}`)
      }
    }
  })

  it("have tables that begin with a head, and rows of as many cells", () => {
    const cells = (row: string) => row.replaceAll("\\|", "").split("|").length
    for (const page of globSync(["{docs,examples,data,test}/**/*.md", "*.md"], {
      cwd: root,
      exclude: ["**/node_modules/**"]
    })) {
      const lines = read(page)
        .replace(/^```[^]*?^```/gm, "")
        .split("\n")
      lines.forEach((line, index) => {
        if (!line.startsWith("|")) return
        const before = lines[index - 1] ?? ""
        if (before.startsWith("|")) assert.strictEqual(cells(line), cells(before), `${page}: ${line}`)
        else assert.match(lines[index + 1] ?? "", /^\|[\s:|-]+$/, `${page}: ${line}`)
      })
    }
  })

  it("import what the package exports, and so do the examples", () => {
    for (const file of [...globSync("{docs,examples}/**/*.{md,ts}", { cwd: root }), "README.md"]) {
      for (const [, name = ""] of read(file).matchAll(/from "effect-llm\/([^"]+)"/g)) {
        assert.isTrue(isPublic(name) && existsSync(join(root, "src", `${name}.ts`)), `${file}: effect-llm/${name}`)
      }
    }
  })

  it("name every event of a stream, and no other", () => {
    const { members } = ChatEvent as unknown as {
      readonly members: ReadonlyArray<{ readonly fields: { readonly type: Schema.Literal<string> } }>
    }
    const rows = read("docs/streaming.md").matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|/gm)
    const named = [...rows].flatMap(([, names = ""]) => names.replaceAll("`", "").split(", "))
    assert.deepStrictEqual(named.toSorted(), members.map(({ fields }) => fields.type.literal).toSorted())
  })

  it("name every error of a call, which the root exports", () => {
    const rows = Array.from(read("docs/errors.md").matchAll(/^\| `(\w+)` \|/gm), ([, name = ""]) => name)
    for (const { fields } of ProviderError.members) {
      assert.include(rows, fields._tag.schema.literal)
      assert.property(sdk, fields._tag.schema.literal)
    }
  })

  it("state how many providers and models there are", () => {
    const tens = Math.floor(Object.keys(providers.providers).length / 10) * 10
    for (const page of ["README.md", "CHANGELOG.md"]) assert.match(read(page), new RegExp(`over ${tens} `, "i"), page)
    const counts = Object.values(models.providers).map(({ models }) => models.length)
    const hundreds = Math.round(counts.reduce((sum, count) => sum + count) / 100) * 100
    const some = `some ${hundreds.toLocaleString("en")} models`
    for (const page of ["CHANGELOG.md", "docs/pricing.md"]) assert.include(read(page), some, page)
    assert.include(read("docs/pricing.md"), `\n${counts.length} providers`)
  })

  it("name files that exist", () => {
    const files = globSync(["{.ci,data,deploy,docs,examples,src,test}/**", "*"], {
      cwd: root,
      exclude: ["**/node_modules/**"]
    })
    const all = `/${files.join("\n/")}\n`
    const mentions = [...globSync("docs/*.md", { cwd: root }), "README.md", "CONTRIBUTING.md"].flatMap((page) =>
      Array.from(read(page).matchAll(/`((?:[\w.-]+\/)+\w+\.tsx?)`/g), ([, file = ""]) => `${page}: ${file}`)
    )
    // A reader's own protocol is called Acme.
    const missing = mentions.filter(
      (mention) => !mention.includes("/Acme") && !all.includes(`/${mention.split(": ")[1]}\n`)
    )
    assert.deepStrictEqual(missing, [])
  })
})
