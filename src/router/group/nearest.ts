/** How many letters to change to get from one name to the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Names longer than this may come from a stranger. */
const longest = 200

/** The names most like the requested one, at most three, nearest first; none where all differ in more than half. */
export const nearest = (names: ReadonlyArray<string>, requested: string): ReadonlyArray<string> => {
  if (requested.length > longest) return []
  const wanted = requested.toLowerCase()
  return names
    .map((name) => ({ name, changes: distance(wanted, name.toLowerCase()) }))
    .filter(({ changes, name }) => changes <= Math.max(wanted.length, name.length) / 2)
    .toSorted((a, b) => a.changes - b.changes)
    .slice(0, 3)
    .map(({ name }) => name)
}
