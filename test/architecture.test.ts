import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { check, floors, gatewayFolders, hiddenFolders, maxLines, type Rule, scan } from "./architecture.ts"

const root = `${import.meta.dirname}/..`
const read = (file: string) => readFileSync(`${root}/${file}`, "utf8")
const sources = new Map(
  globSync("src/**/*.{ts,tsx}", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()
    .map((file) => [file, read(file)] as const)
)

const rulesBroken = (files: Record<string, string>): ReadonlyArray<Rule> => [
  ...new Set(check(new Map(Object.entries(files))).map(({ rule }) => rule))
]

describe("src", () => {
  it("has sources", () => assert.isAbove(sources.size, 0))

  it("keeps to the floors and the rules", () => {
    assert.deepStrictEqual(
      check(sources).map(({ file, line, rule, what }) => `${file}:${line} ${rule}: ${what}`),
      []
    )
  })

  it("is exported folder by folder", () => {
    const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, object | null> }
    const exported = Object.keys(exports).filter((name) => exports[name] !== null)
    const folders = new Set([...sources.keys()].map((file) => file.split("/")[1] ?? ""))
    const expected = floors
      .flat()
      .filter((folder) => !gatewayFolders.has(folder) && !hiddenFolders.has(folder) && folders.has(folder))
    assert.sameMembers(exported, [
      ".",
      "./package.json",
      // How bytes move is our business, but for the client that is provided.
      ...expected.map((folder) => (folder === "transport" ? "./transport/UndiciClient" : `./${folder}/*`))
    ])
    // A folder within a folder is its own business, and stays out of reach.
    const inner = new Set(
      [...sources.keys()]
        .map((file) => file.split("/").slice(1, -1))
        .filter((path) => path.length > 1)
        .map(([a, b]) => `${a}/${b}`)
    )
    const hidden = Object.keys(exports).filter((name) => exports[name] === null)
    assert.sameMembers(
      hidden.filter((name) => name.endsWith("/*")),
      [...inner]
        .filter((path) => {
          const [folder = ""] = path.split("/")
          return !gatewayFolders.has(folder) && !hiddenFolders.has(folder) && folder !== "transport"
        })
        .map((path) => `./${path}/*`)
    )
    // So are single modules that nobody outside has a use for.
    for (const name of hidden.filter((name) => !name.endsWith("/*"))) {
      assert.isTrue(sources.has(`src/${name.slice(2)}.ts`), name)
    }
  })
})

describe("the checker", () => {
  const empty = "export {}\n"
  const cases: ReadonlyArray<readonly [Rule, string, Record<string, string>]> = [
    [
      "floor",
      "a higher floor",
      { "src/domain/A.ts": `import { B } from "../model/B.ts"`, "src/model/B.ts": `export const B = 1` }
    ],
    ["floor", "a neighbour", { "src/model/A.ts": `export * from "../transport/B.ts"`, "src/transport/B.ts": empty }],
    [
      "floor",
      "a higher floor, types only",
      { "src/domain/A.ts": `import type { B } from "../model/B.ts"`, "src/model/B.ts": empty }
    ],
    [
      "floor",
      "a higher floor, in a type",
      { "src/domain/A.ts": `export type A = import("../model/B.ts").B`, "src/model/B.ts": empty }
    ],
    [
      "floor",
      "a higher floor, dynamically",
      { "src/domain/A.ts": `export const a = () => import("../model/B.ts")`, "src/model/B.ts": empty }
    ],
    [
      "floor",
      "the SDK by its path, from the other package",
      { "src/cli/A.ts": `import { B } from "../domain/B.ts"`, "src/domain/B.ts": empty }
    ],
    [
      "floor",
      "the page from the gateway",
      { "src/gateway/A.ts": `import { B } from "../page/B.ts"`, "src/page/B.ts": empty }
    ],
    [
      "floor",
      "settings from the page",
      {
        "src/page/A.tsx": `import { B } from "../settings/B.ts"\nexport const a = <p>{B}</p>`,
        "src/settings/B.ts": empty
      }
    ],
    ["floor", "the root", { "src/gateway/A.ts": `import { B } from "../index.ts"`, "src/index.ts": empty }],
    [
      "cycle",
      "two files that load each other",
      {
        "src/domain/A.ts": `import { b } from "./B.ts"\nexport const a = () => b`,
        "src/domain/B.ts": `export { a as b } from "./C.ts"`,
        "src/domain/C.ts": `import { a as x } from "./A.ts"\nexport const a = () => x`
      }
    ],
    [
      "cycle",
      "two files whose types name each other",
      {
        "src/client/A.ts": `import type { B } from "./B.ts"\nexport interface A { readonly b: B }`,
        "src/client/B.ts": `import type { A } from "./A.ts"\nexport interface B { readonly a: A }`
      }
    ],
    ["data", "data from a policy", { "src/policies/A.ts": `import t from "../../data/a.json" with { type: "json" }` }],
    ["extension", "no extension", { "src/domain/A.ts": `import "./B"`, "src/domain/B.ts": empty }],
    ["extension", "a .js extension", { "src/domain/A.ts": `import "./B.js"`, "src/domain/B.ts": empty }],
    ["missing", "no such file", { "src/domain/A.ts": `import "./B.ts"` }],
    ["barrel", "effect", { "src/domain/A.ts": `import { Effect } from "effect"` }],
    ["barrel", "effect/http", { "src/domain/A.ts": `import type { HttpClient } from "effect/http"` }],
    ["package", "a stranger", { "src/domain/A.ts": `import ky from "ky"` }],
    ["package", "the page's library in the gateway", { "src/gateway/A.ts": `import { h } from "preact"` }],
    ["package", "node in the domain", { "src/domain/A.ts": `import * as fs from "node:fs"` }],
    ["package", "itself by name", { "src/domain/A.ts": `import * as all from "effect-llm"` }],
    ["package", "a computed import", { "src/domain/A.ts": `export const load = (name: string) => import(name)` }],
    [
      "node-free",
      "node behind the root",
      { "src/index.ts": `export * as A from "./testing/A.ts"`, "src/testing/A.ts": `import "node:http"` }
    ],
    ["ambient", "process.env", { "src/domain/A.ts": `export const key = process.env.KEY` }],
    ["ambient", "process.env taken apart", { "src/domain/A.ts": `export const { env } = process` }],
    ["ambient", "Date.now", { "src/domain/A.ts": `export const now = globalThis.Date.now()` }],
    ["ambient", "new Date()", { "src/domain/A.ts": `export const now = new Date()` }],
    ["ambient", "Math.random", { "src/domain/A.ts": `export const n = Math["random"]()` }],
    ["ambient", "fetch", { "src/domain/A.ts": `export const r = fetch("x")` }],
    [
      "ambient",
      "what stands behind the imports",
      {
        "src/domain/A.ts": `import { b } from "./B.ts"\n\nexport const a = Math.random() + b`,
        "src/domain/B.ts": empty
      }
    ],
    ["any", "a parameter", { "src/domain/A.ts": `export const f = (x: any) => x` }],
    ["any", "an argument", { "src/domain/A.ts": `export type A = Array<any>` }],
    ["any", "a cast", { "src/domain/A.ts": `export const a = "" as any` }],
    ["length", "a long file", { "src/domain/A.ts": "export {}\n".repeat(maxLines + 1) }],
    ["name", "types.ts", { "src/domain/types.ts": empty }],
    ["name", "a drawer", { "src/domain/utils/A.ts": empty }],
    ["name", "a folder on no floor", { "src/misc/A.ts": empty }],
    ["name", "a second file at the root", { "src/main.ts": empty }]
  ]
  for (const [rule, name, files] of cases) {
    it(`${rule}: refuses ${name}`, () => assert.deepStrictEqual(rulesBroken(files), [rule]))
  }

  it("accepts what is allowed", () => {
    const files = {
      "src/index.ts": `export * as A from "./providers/A.ts"\nexport * as B from "./model/B.ts"`,
      "src/model/B.ts": `import type { A } from "./deep/C.ts"\nexport interface B { readonly any: A }`,
      "src/model/deep/C.ts": `export interface A { readonly b: string }`,
      "src/providers/A.ts": [
        `import * as Effect from "effect/Effect"`,
        `import * as HttpClient from "effect/http/HttpClient"`,
        `import table from "../../data/a.json" with { type: "json" }`,
        `import { B } from "../model/B.ts"`,
        `// import "effect"; process.env.KEY; Date.now(); fetch("x"); as any`,
        `export const text = "import 'effect'; process.env.KEY; new Date(); (x: any)"`,
        `export const date = (millis: number, client: { fetch(): void }) => [new Date(millis), client.fetch()]`,
        `export { Effect, HttpClient, table, B }`
      ].join("\n"),
      "src/testing/A.ts": `import { createServer } from "node:http"\nexport { createServer }`,
      "src/domain/Lines.ts":
        `import type {\n  Effect\n} from "effect/Effect"\n\n/**\n * Words\n */\n// More\n` +
        "export {}\n".repeat(maxLines)
    }
    assert.deepStrictEqual(check(new Map(Object.entries(files))), [])
  })

  it("tells the line", () => {
    assert.deepStrictEqual(scan(`// one\nimport type * as A from "a"\n\nexport type B = A`).imports, [
      { specifier: "a", line: 2, typeOnly: true }
    ])
  })
})
