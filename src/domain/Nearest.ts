/**
 * Finds names that are spelt like a word, for messages that suggest what was meant.
 *
 * ```ts
 * Nearest.find("wieght", ["weight", "order"]) // ["weight"]
 * ```
 *
 * @since 0.1.0
 */

/** Longer words take long to compare, and may come from an attacker. */
const longest = 200

/**
 * The candidates spelt most like a word, best first: those that differ in up to two letters, or a third of them, and those that
 * begin with the word or are its beginning. None for a word of more than 200 characters.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find = (word: string, candidates: Iterable<string>, limit = 3): ReadonlyArray<string> => {
  if (word.length > longest) return []
  const wanted = word.toLowerCase()
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, distance }) =>
        distance <= Math.max(2, Math.floor(candidate.length / 3)) || isBeginning(wanted, candidate.toLowerCase())
    )
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** Whether one begins with the other, if that is long enough to mean anything. */
const isBeginning = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a))

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
