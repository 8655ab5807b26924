/**
 * The names that users can import, module by module, read from the sources. `npm run api` writes them to
 * `test/publicApi.txt`, and `publicApi.test.ts` compares: a public name comes, changes or goes on purpose only.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { posix } from "node:path"
import { parseAst } from "vitest/node"

const root = `${import.meta.dirname}/..`
const listing = `${import.meta.dirname}/publicApi.txt`

interface Declared {
  readonly name?: string
  readonly id?: Declared
  readonly declarations?: ReadonlyArray<{ readonly id: Declared }>
}

interface Statement {
  readonly type: string
  readonly source?: { readonly value: string } | null
  readonly exported?: Declared | null
  readonly declaration?: Declared | null
  readonly specifiers?: ReadonlyArray<{ readonly exported: Declared }>
}

/** The names that a source exports, those of `export *` included. */
const namesOf = (file: string, seen = new Set<string>()): ReadonlyArray<string> => {
  if (seen.has(file)) return []
  seen.add(file)
  const { body } = parseAst(readFileSync(`${root}/${file}`, "utf8"), { lang: "ts" }) as unknown as {
    readonly body: ReadonlyArray<Statement>
  }
  return body.flatMap(({ declaration, exported, source, specifiers = [], type }) => {
    if (type === "ExportAllDeclaration") {
      const name = exported?.name
      return name === undefined ? namesOf(posix.join(posix.dirname(file), source?.value ?? ""), seen) : [name]
    }
    if (type !== "ExportNamedDeclaration") return []
    const declared = declaration?.declarations?.map(({ id }) => id.name) ?? [declaration?.id?.name]
    return [...declared, ...specifiers.map((one) => one.exported.name)].filter((name) => name !== undefined)
  })
}

const { exports } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
  readonly exports: { readonly [path: string]: object | null }
}
const paths = Object.entries(exports).map(([path, target]) => ({ path: path.slice(2), isOpen: target !== null }))

/** The longest path of `exports` that matches decides, as in Node. */
const isPublic = (module: string): boolean =>
  module === "index" ||
  paths
    .filter(({ path }) => (path.endsWith("/*") ? module.startsWith(path.slice(0, -1)) : path === module))
    .toSorted((a, b) => b.path.length - a.path.length)[0]?.isOpen === true

/** `module: name name ...` for each public module, in order. */
export const publicApi = (): string =>
  globSync("src/**/*.ts", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()
    .filter((file) => isPublic(file.slice(4, -3)))
    .map((file) => `${file.slice(4, -3)}: ${[...new Set(namesOf(file))].toSorted().join(" ")}\n`)
    .join("")

export const listed = (): string => readFileSync(listing, "utf8")

if (process.argv[1] === import.meta.filename) writeFileSync(listing, publicApi())
