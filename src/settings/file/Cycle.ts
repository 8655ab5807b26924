import type { Path } from "./Mistake.ts"

/** The path of a value that contains itself, by an alias of YAML or in a program: nothing could read it to its end. */
export const cycleIn = (tree: unknown): Path | undefined => {
  const around = new Set<object>()
  const read = new Set<object>()
  const search = (value: unknown, path: Path): Path | undefined => {
    if (typeof value !== "object" || value === null || read.has(value)) return undefined
    if (around.has(value)) return path
    around.add(value)
    const entries: ReadonlyArray<readonly [string | number, unknown]> = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value)
    for (const [key, item] of entries) {
      const found = search(item, [...path, key])
      if (found !== undefined) return found
    }
    around.delete(value)
    read.add(value)
    return undefined
  }
  return search(tree, [])
}
