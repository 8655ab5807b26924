/**
 * What a code point is to the split patterns. The numbers are ordered so that ranges of them are the sets that the
 * patterns speak of: `Upper` to `OtherLetter` is `\p{L}`, `Mark` and `Other` are all but white space, letters and
 * numbers.
 */
const CharacterClass = {
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
const classOf = (codePoint: number): number => {
  seen ??= new Uint8Array(0x11_0000)
  return seen[codePoint] || (seen[codePoint] = classify(codePoint))
}

/**
 * Where the piece that begins at `start` ends, both in UTF-16 code units. Pieces are what the byte-pair merge works
 * on: no token crosses from one into the next. `start` is before the end of the text.
 *
 * A splitter says what the regular expression of its encoding says, but it reads every run of characters a fixed
 * number of times, whatever the text.
 */
export type Splitter = (text: string, start: number) => number

const { Lower, Mark, Newline, Number, Other, OtherLetter, Space, Upper } = CharacterClass
const blank = 0x20
const slash = 0x2f
const apostrophe = 0x27

const classAt = (text: string, index: number): number => {
  const unit = text.charCodeAt(index)
  return classOf((unit & 0xf800) === 0xd800 ? (text.codePointAt(index) ?? unit) : unit)
}

const after = (text: string, index: number): number =>
  (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00
    ? index + 2
    : index + 1

/** The end of the run of classes from `low` to `high`. */
const runOf = (text: string, start: number, low: number, high: number, most = Infinity): number => {
  let end = start
  for (let length = 0; end < text.length && length < most; length++) {
    const found = classAt(text, end)
    if (found < low || found > high) break
    end = after(text, end)
  }
  return end
}

/** `'s|'t|'re|'ve|'m|'ll|'d`, in either case where `anyCase`; `start` when there is none. */
const contraction = (text: string, start: number, anyCase: boolean): number => {
  if (text.charCodeAt(start) !== apostrophe) return start
  const fold = (index: number) => {
    const unit = text.charCodeAt(index)
    return String.fromCharCode(anyCase ? unit | 0x20 : unit)
  }
  switch (fold(start + 1)) {
    case "s":
    case "t":
    case "m":
    case "d":
      return start + 2
    case "r":
    case "v":
      return fold(start + 2) === "e" ? start + 3 : start
    case "l":
      return fold(start + 2) === "l" ? start + 3 : start
    default:
      return start
  }
}

/** ` ?[^\s\p{L}\p{N}]+`, then newlines and slashes where allowed; `start` when there is none. */
const punctuation = (text: string, start: number, newlines: boolean, slashes: boolean): number => {
  const first = text.charCodeAt(start) === blank ? start + 1 : start
  let end = runOf(text, first, Mark, Other)
  if (end === first) return start
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end)
    if (!(newlines && (unit === 0x0a || unit === 0x0d)) && !(slashes && unit === slash)) break
  }
  return end
}

/** `\s*[\r\n]+` where `newlines`, then `\s+(?!\S)|\s+`. */
const whiteSpace = (text: string, start: number, newlines: boolean): number => {
  let end = start
  let afterNewline = start
  for (; end < text.length; end++) {
    const found = classOf(text.charCodeAt(end))
    if (found === Newline) afterNewline = end + 1
    else if (found !== Space) break
  }
  if (newlines && afterNewline > start) return afterNewline
  return end < text.length && end - start > 1 ? end - 1 : end
}

/** `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`, or else `[\p{Lu}\p{Lt}]+`, from `start`. */
const casedWord = (text: string, start: number, loneMark: boolean): number => {
  let end = start
  let caseless = start
  while (end < text.length) {
    const found = classAt(text, end)
    if (found === Lower) return runOf(text, end, Lower, Mark)
    if (found < Upper || found > Mark) break
    end = after(text, end)
    if (found !== Upper) caseless = end
  }
  return caseless > start || loneMark ? caseless : end
}

/** The pieces of r50k_base and p50k_base. */
export const r50k: Splitter = (text, start) => {
  const contracted = contraction(text, start, false)
  if (contracted > start) return contracted
  const first = text.charCodeAt(start) === blank ? start + 1 : start
  const letters = runOf(text, first, Upper, OtherLetter)
  if (letters > first) return letters
  const digits = runOf(text, first, Number, Number)
  if (digits > first) return digits
  const marks = punctuation(text, start, false, false)
  return marks > start ? marks : whiteSpace(text, start, false)
}

/** The pieces of cl100k_base. */
export const cl100k: Splitter = (text, start) => {
  const contracted = contraction(text, start, true)
  if (contracted > start) return contracted
  const found = classAt(text, start)
  const first = found === Space || found >= Mark ? after(text, start) : start
  const letters = runOf(text, first, Upper, OtherLetter)
  if (letters > first) return letters
  if (found === Number) return runOf(text, start, Number, Number, 3)
  const marks = punctuation(text, start, true, false)
  return marks > start ? marks : whiteSpace(text, start, true)
}

/** The pieces of o200k_base and o200k_harmony. */
export const o200k: Splitter = (text, start) => {
  const found = classAt(text, start)
  const first = found === Space || found >= Mark ? after(text, start) : start
  const word = casedWord(text, first, found === Mark)
  if (word > first || found === Mark) return contraction(text, word, true)
  if (found === Number) return runOf(text, start, Number, Number, 3)
  const marks = punctuation(text, start, true, true)
  return marks > start ? marks : whiteSpace(text, start, true)
}
