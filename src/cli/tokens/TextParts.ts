/** Between lines where no vocabulary has a token across: after a single line feed, before a letter. */
const seam = /(?<=\S)\n(?=\p{L})/gu

/**
 * A text in parts whose tokens are, together, the tokens of the text. Parts have about `least` characters, a
 * quarter of a million; a text without such lines stays in one piece.
 */
export const split = (text: string, least = 1 << 18): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let from = 0
  while (text.length - from > least) {
    seam.lastIndex = from + least
    const found = seam.exec(text)
    if (found === null) break
    parts.push(text.slice(from, found.index + 1))
    from = found.index + 1
  }
  return [...parts, text.slice(from)]
}
