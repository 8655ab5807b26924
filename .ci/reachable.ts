import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** A file and all that it imports, at once and not later, directly or through others. */
export const reachable = (start: ReadonlyArray<string>, pattern: RegExp): ReadonlySet<string> => {
  const seen = new Set(start)
  for (const file of seen) {
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(pattern)) {
      const target = join(dirname(file), path.replace(/\.[jt]s$/, file.endsWith(".d.ts") ? ".d.ts" : ".js"))
      if (existsSync(target) && !target.endsWith(".json")) seen.add(target)
    }
  }
  return seen
}
