/** What a run of characters is made of. */
const none = 0
const word = 1
const capitals = 2
const digits = 3
const spaces = 4
const newlines = 5
const symbols = 6
const script = 7

const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 0x61 && code <= 0x7a) return word
  if (code >= 0x41 && code <= 0x5a) return capitals
  if (code >= 0x30 && code <= 0x39) return digits
  if (code === 0x20 || code === 0x09) return spaces
  return code === 0x0a || code === 0x0d ? newlines : symbols
})

/** Letters that are one token at the beginning of a word, and up to where its further letters are cheap. */
const shortWord = 5
const longWord = 11

/** Up to `end`, which is not in it: what a run of the script costs more at its start, and what each unit costs. */
const scripts: ReadonlyArray<readonly [end: number, start: number, each: number]> = [
  [0x0400, 0.67, 0.27], // Greek
  [0x0530, 0.67, 0.16], // Cyrillic
  [0x0900, 0.66, 0.22], // Armenian, Hebrew, Arabic
  [0x0e00, 0, 0.45], // Indic
  [0x1000, 0, 0.4], // Thai, Lao, Tibetan
  [0x2000, 0, 1],
  [0x2e80, 0, 1.1], // Punctuation and symbols
  [0x3040, 0, 0.75],
  [0x3100, 0, 0.84], // Kana
  [0xa000, 0, 0.72], // Han
  [0xac00, 0, 1],
  [0xd7b0, 0, 0.72], // Hangul
  [0xe000, 0, 0.9], // Surrogates: two for an emoji
  [0x10000, 0, 1]
]

const isLatin = (code: number): boolean => (code >= 0xc0 && code < 0x250) || (code >= 0x1e00 && code < 0x1f00)

/** Shorter texts are counted about as fast as they are found. */
const shortest = 256

/** The characters of texts that are remembered; at most twice as many. */
const capacity = 1_000_000

let recent = new Map<string, number>()
let before = new Map<string, number>()
let characters = 0

/**
 * About how many tokens of OpenAI's o200k a text has, not rounded: a sum over its runs of letters, digits, spaces and signs.
 * Every character adds something or nothing, never less, so that a longer text never has fewer.
 *
 * Long texts are counted once: limits, budgets and routing ask for the same one, and a conversation sends it again each time.
 */
export const textTokens = (text: string): number => {
  if (text.length < shortest || text.length > capacity) return counted(text)
  const known = recent.get(text)
  if (known !== undefined) return known
  const tokens = before.get(text) ?? counted(text)
  recent.set(text, tokens)
  characters += text.length
  if (characters <= capacity) return tokens
  before = recent
  recent = new Map()
  characters = 0
  return tokens
}

const counted = (text: string): number => {
  let sum = 0
  let last = none
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const isForeign = code >= 128 && isLatin(code)
    const kind = code < 128 ? (kinds[code] as number) : isForeign ? word : script + rowOf(code)
    length = kind === last || (kind === word && last === capitals) ? length + 1 : 1
    switch (kind) {
      case word:
        // Of other languages than English, the letters beyond Latin-1 are rare in the vocabulary.
        if (isForeign && code >= 0x100 && code < 0x250) sum += 1.2
        sum += length === 1 ? 1 : length <= shortWord ? 0 : length <= longWord ? 0.17 : 0.26
        break
      case capitals:
        sum += length === 1 ? 1.2 : length > 2 ? 0.15 : 0
        break
      case digits:
        sum += length % 3 === 1 ? 1 : 0
        break
      case spaces:
        sum += length === 2 ? 0.8 : 0
        break
      case newlines:
        sum += length === 1 ? 0.3 : 0
        break
      case symbols:
        sum += length === 1 ? 0.8 : 0.2
        break
      default:
        sum += scriptTokens(kind - script, length === 1)
    }
    last = kind
  }
  return sum
}

const rowOf = (code: number): number => {
  let row = 0
  while (code >= (scripts[row] as (typeof scripts)[number])[0]) row++
  return row
}

const scriptTokens = (row: number, isStart: boolean): number => {
  const [, start, each] = scripts[row] as (typeof scripts)[number]
  return isStart ? start + each : each
}
