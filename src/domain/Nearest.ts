/**
 * Names that are spelt like a word, for messages that suggest what was meant.
 *
 * ```ts
 * Nearest.find("wieght", ["weight", "order"]) // ["weight"]
 * ```
 *
 * @since 0.1.0
 */

/**
 * The candidates spelt most like a word, best first: those that differ in up to two letters, or a third of them.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find = (word: string, candidates: Iterable<string>, limit = 3): ReadonlyArray<string> =>
  [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate)

/** The Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
