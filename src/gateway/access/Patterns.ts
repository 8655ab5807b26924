/** Whether a text matches one of the patterns, in which `*` stands for any text. */
export const matcher = (patterns: ReadonlyArray<string>): ((text: string) => boolean) => {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")))
  const open = patterns.filter((pattern) => pattern.includes("*")).map((pattern) => pattern.split("*"))
  return (text) => exact.has(text) || open.some((parts) => fits(parts, text))
}

/** Matches each part at its first occurrence, which takes time linear in the text. */
const fits = (parts: ReadonlyArray<string>, text: string): boolean => {
  const [first = ""] = parts
  const last = parts.at(-1) ?? ""
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** A path as route patterns name it: without its version, or where Azure has it. */
export const withoutVersion = (path: string): string => path.replace(/^(?:\/openai)?\/v1(?:beta)?(?=\/)/, "")

/** Whether some text matches both patterns. */
export const overlap = (a: string, b: string): boolean => {
  // Which prefixes of `b` match the part of `a` that has been read.
  let row = Array.from({ length: b.length + 1 }, (_, at) => /^\**$/.test(b.slice(0, at)))
  for (const letter of a) {
    const next: Array<boolean> = []
    for (let at = 0; at <= b.length; at++) {
      const isStar = at > 0 && b[at - 1] === "*"
      next[at] =
        letter === "*"
          ? row[at] === true || (at > 0 && next[at - 1] === true)
          : isStar
            ? row[at] === true || next[at - 1] === true || row[at - 1] === true
            : at > 0 && b[at - 1] === letter && row[at - 1] === true
    }
    row = next
  }
  return row[b.length] === true
}
