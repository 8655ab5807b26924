/**
 * Makes `dist` small and quick to load for those who install it: the JavaScript in few files (see `bundle.ts`), and no
 * declarations of modules that nobody can import. Done to what is packed only; `npm run build` alone leaves it readable.
 */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { bundle } from "./bundle.ts"
import { packageJson, root } from "./pack.ts"

const dist = join(root, "dist")
const hidden = [
  join(dist, "cli/"),
  ...Object.entries(packageJson.exports)
    .filter(([, target]) => target === null)
    .map(([name]) => join(dist, name.slice(2, -1)))
]
const isHidden = (file: string) => hidden.some((folder) => file.startsWith(folder))

/** The files that a declaration names, by `from "…"`, `import("…")` or `import "…"`. */
const named = (file: string): ReadonlyArray<string> =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import\(|import)\s*"(\.[^"]+)\.(?:js|ts)"/g)].map(([, path]) =>
    join(dirname(file), `${path}.d.ts`)
  )

/** What an editor does not show: the tags for pages of documentation, and deep indentation. */
const compacted = (declaration: string): string =>
  declaration
    .replace(/^( {4})+/gm, (indent) => "\t".repeat(indent.length / 4))
    .replace(/^\s*\* @(?:since|category) .*\n/gm, "")
    .replace(/(?:\n\s*\*)+(\n\s*\*\/)/g, "$1")
    .replace(/^\s*\/\*\*\s*\*\/\n/gm, "")

const compact = async (): Promise<void> => {
  const declarations = globSync("**/*.d.ts", { cwd: dist }).map((file) => join(dist, file))
  const reached = new Set(declarations.filter((file) => !isHidden(file)))
  for (const file of reached) for (const next of named(file)) if (existsSync(next)) reached.add(next)
  for (const file of declarations) {
    if (!reached.has(file)) rmSync(file)
    else writeFileSync(file, compacted(readFileSync(file, "utf8")))
  }
  const files = await bundle(dist, isHidden)
  console.log(`${files} modules, ${reached.size} of ${declarations.length} declarations kept`)
}

// Done once: what is compact already stays as it is.
if (!existsSync(join(dist, "chunks"))) await compact()
