/**
 * What a code point is to the split patterns. The numbers are ordered so that ranges of them are the sets that the
 * patterns speak of: `Upper` to `OtherLetter` is `\p{L}`, `Mark` and `Other` are all but white space, letters and
 * numbers.
 */
export const CharacterClass = {
  /** Not looked up yet. */
  Unknown: 0,
  /** `\r` and `\n`. */
  Newline: 1,
  /** `\p{White_Space}` but for the newlines; JavaScript's `\s` differs from it on U+FEFF and U+0085. */
  Space: 2,
  /** `\p{N}` */
  Number: 3,
  /** `\p{Lu}` and `\p{Lt}` */
  Upper: 4,
  /** `\p{Ll}` */
  Lower: 5,
  /** `\p{Lm}` and `\p{Lo}` */
  OtherLetter: 6,
  /** `\p{M}` */
  Mark: 7,
  Other: 8
} as const

const classify = (codePoint: number): number => {
  const character = String.fromCodePoint(codePoint)
  if (/[\r\n]/.test(character)) return CharacterClass.Newline
  if (/\p{White_Space}/u.test(character)) return CharacterClass.Space
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return CharacterClass.Upper
  if (/\p{Ll}/u.test(character)) return CharacterClass.Lower
  if (/\p{L}/u.test(character)) return CharacterClass.OtherLetter
  if (/\p{N}/u.test(character)) return CharacterClass.Number
  if (/\p{M}/u.test(character)) return CharacterClass.Mark
  return CharacterClass.Other
}

let seen: Uint8Array | undefined

/** The class of a code point: looked up in Unicode's tables the first time, remembered from then on. */
export const classOf = (codePoint: number): number => {
  seen ??= new Uint8Array(0x11_0000)
  return seen[codePoint] || (seen[codePoint] = classify(codePoint))
}
