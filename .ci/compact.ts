/**
 * Makes `dist` small and quick to load for those who install it: the JavaScript in few files (see `bundle.ts`), and
 * short declarations (see `declarations/`). Done to what is packed only; `npm run build` alone leaves it readable.
 */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { bundle } from "./bundle.ts"
import { shortDeclarations } from "./declarations/shortDeclarations.ts"
import { isPublic, root } from "./pack.ts"

const dist = join(root, "dist")
const isHidden = (file: string): boolean => !isPublic(relative(dist, file).replaceAll(sep, "/"))

const compact = async (): Promise<void> => {
  const files = globSync("**/*.d.ts", { cwd: dist }).map((file) => join(dist, file))
  const short = shortDeclarations(new Map(files.map((file) => [file, readFileSync(file, "utf8")])), isHidden)
  for (const file of files) {
    const text = short.get(file)
    if (text === undefined) rmSync(file)
    else writeFileSync(file, text)
  }
  const modules = await bundle(dist, isHidden)
  console.log(`${modules} modules, ${short.size} of ${files.length} declarations kept`)
}

// Done once: what is compact already stays as it is.
if (!existsSync(join(dist, "chunks"))) await compact()
