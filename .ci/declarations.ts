/** What is published of declarations: those that users can reach, with the docs that users can see. */
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { reachable } from "./reachable.ts"

const declarationsIn = (folder: string): ReadonlyArray<string> =>
  globSync("**/*.d.ts", { cwd: folder }).map((file) => join(folder, file))

/** Removes the declarations of a folder that no public one mentions, and says how many. */
export const prune = (folder: string, isPublic: (file: string) => boolean): number => {
  const all = declarationsIn(folder)
  const entries = all.filter((file) => isPublic(relative(folder, file).replaceAll("\\", "/")))
  const mentioned = reachable(entries, /(?:from|import\()\s*"(\.[^"]+)"/g)
  const others = all.filter((file) => !mentioned.has(file))
  for (const file of others) rmSync(file)
  return others.length
}

/** Removes the comments of modules that cannot be imported, unless they document something that a public one exports. */
export const removePrivateDocs = (folder: string, isPublic: (file: string) => boolean): void => {
  for (const file of declarationsIn(folder)) {
    const text = readFileSync(file, "utf8")
    if (isPublic(relative(folder, file).replaceAll("\\", "/")) || text.includes("@since")) continue
    writeFileSync(file, text.replace(/^[ \t]*\/\*\*(?:(?!\*\/)[^])*\*\/[ \t]*\n/gm, ""))
  }
}
