import type { CatalogIndex } from "./CatalogIndex.ts"

/** How many pairs of letters two names share, from 0 (none) to 1 (all). */
const likeness = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>, size: number): number => {
  let shared = 0
  for (const [pair, count] of a) shared += Math.min(count, b.get(pair) ?? 0)
  return size === 0 ? 0 : (2 * shared) / size
}

const pairs = (name: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let at = 0; at < name.length - 1; at++) {
    const pair = name.slice(at, at + 2)
    found.set(pair, (found.get(pair) ?? 0) + 1)
  }
  return found
}

/**
 * The names in a catalog that look most like one that is not in it, at most three.
 *
 * @since 0.1.0
 * @category getters
 */
export const find = (index: CatalogIndex, name: string): ReadonlyArray<string> => {
  const asked = name.toLowerCase()
  const wanted = pairs(asked)
  return index
    .names()
    .map((full) => {
      const near = (asked.includes("/") ? full : full.slice(full.indexOf("/") + 1)).toLowerCase()
      return { full, score: likeness(wanted, pairs(near), asked.length + near.length - 2) }
    })
    .filter(({ score }) => score >= 0.5)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ full }) => full)
}
