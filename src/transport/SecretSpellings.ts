import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"

type Range = readonly [from: number, to: number]

/**
 * Where secrets stand in a text, in order: as they are, in upper or lower case, percent-encoded, escaped for JSON or HTML
 * (mixed and several times over), broken over lines, in hexadecimal digits, and in Base64 of either alphabet, wherever they
 * stand in what was encoded.
 */
export const rangesIn = (text: string, secrets: Iterable<string>): ReadonlyArray<Range> => {
  const { needles, shortest, some } = needlesOf(secrets)
  // Most of what is looked at is shorter than any secret, and no escape makes it longer, or it has neither a secret nor an escape.
  if (text.length < shortest || (some?.test(text) === false && !escapeStart.test(text))) return []
  const ranges: Array<Range> = []
  const levels: Array<Level> = [{ text, places: undefined }]
  const seen = new Set([text])
  const most = text.length > longText ? mostLevelsOfLongText : mostLevels
  // Each kind of escape by itself: what is an escape to one is part of the secret to another.
  for (const level of levels) {
    const lower = inLowerCase(level.text)
    for (const needle of needles) find(level, needle.isExact ? level.text : lower, needle, ranges)
    if (!escapeStart.test(level.text)) continue
    for (const escapes of kinds) {
      const next = levels.length < most ? unescaped(level, escapes) : undefined
      if (next === undefined || seen.has(next.text)) continue
      seen.add(next.text)
      levels.push(next)
    }
  }
  return ranges.sort(([a], [b]) => a - b)
}

/** What a secret is looked for as. */
interface Needle {
  readonly text: string
  /** Whether case matters; otherwise it is in lower case. */
  readonly isExact: boolean
  /** Whether it is the middle of something in Base64, whose edges hold further bits of the secret. */
  readonly isBase64: boolean
}

/** Of ASCII only: elsewhere a letter may change its length. */
const inLowerCase = (text: string): string =>
  ascii.test(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

const ascii = /^[\s!-~]*$/

const find = ({ places }: Level, text: string, { isBase64, text: needle }: Needle, ranges: Array<Range>): void => {
  for (let from = text.indexOf(needle); from >= 0; from = text.indexOf(needle, from + 1)) {
    let [first, last] = [from, from + needle.length]
    if (isBase64) {
      // What blanks were between is another word.
      const touches = (index: number) => places === undefined || places.ends[index - 1] === places.starts[index]
      if (isBase64Digit(text[first - 1]) && touches(first)) first--
      if (isBase64Digit(text[last]) && touches(last)) last++
      while (text[last] === "=" && touches(last)) last++
    }
    ranges.push(places === undefined ? [first, last] : [places.starts[first] ?? 0, places.ends[last - 1] ?? 0])
  }
}

const isBase64Digit = (char: string | undefined): boolean => char !== undefined && /[\w+/-]/.test(char)

/** What secrets are looked for as. */
interface Needles {
  readonly secrets: Set<string>
  readonly needles: Array<Needle>
  /** The length of the shortest. */
  shortest: number
  /** Finds whether a text has any of them, or of more than them; absent where they are too many for that. */
  some: RegExp | undefined
}

/** Lists of secrets that are asked for again; a list may have grown since. */
const known = new WeakMap<Iterable<string>, Needles>()

const mostKnown = 10_000

const needlesOf = (given: Iterable<string>): Needles => {
  let found = known.get(given)
  // Of a list that forgets, what it has forgotten is kept for a while.
  if (found === undefined || found.secrets.size > mostKnown) {
    known.set(given, (found = { secrets: new Set(), needles: [], shortest: Infinity, some: undefined }))
  }
  for (const secret of given) {
    if (secret === "" || found.secrets.has(secret)) continue
    found.secrets.add(secret)
    for (const needle of spellings(secret)) {
      found.needles.push(needle)
      found.shortest = Math.min(found.shortest, needle.text.length)
    }
    found.some = someOf(found.needles)
  }
  return found
}

/** An expression tries all of its alternatives at each place of a text. */
const mostAlternatives = 100

const someOf = (needles: ReadonlyArray<Needle>): RegExp | undefined =>
  needles.length > mostAlternatives
    ? undefined
    : new RegExp(needles.map(({ text }) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "i")

/** Shorter pieces of Base64 stand in many a text. */
const shortestBase64 = 6

/** What is shorter may be a word, and words begin with capital letters. */
const shortestOfAnyCase = 8

const spellings = (secret: string): ReadonlyArray<Needle> => {
  // Where blanks were taken out the secret has none either; a form writes them as plus signs.
  const joined = secret.replaceAll(blanks, "")
  const plain = [...new Set([secret, joined, secret.replaceAll(" ", "+")])].filter((text) => text !== "")
  const bytes = new TextEncoder().encode(secret)
  const encoded = [0, 1, 2].flatMap((before) => {
    const shifted = new Uint8Array(before + bytes.length)
    shifted.set(bytes, before)
    const standard = Base64.encode(shifted)
    // Only digits all of whose bits are the secret's are always the same.
    const middle = standard.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return middle.length < shortestBase64 ? [] : [middle, middle.replaceAll("+", "-").replaceAll("/", "_")]
  })
  return [
    ...plain.map((text) =>
      text.length < shortestOfAnyCase
        ? { text, isExact: true, isBase64: false }
        : { text: inLowerCase(text), isExact: false, isBase64: false }
    ),
    { text: Hex.encode(bytes), isExact: false, isBase64: false },
    ...[...new Set(encoded)].map((text) => ({ text, isExact: true, isBase64: true }))
  ]
}

/** A text with escapes of one kind resolved, and where each of its characters begins and ends in the original. */
interface Level {
  readonly text: string
  readonly places: { readonly starts: ReadonlyArray<number>; readonly ends: ReadonlyArray<number> } | undefined
}

/** What is escaped several times over, in several ways, has many levels; a stranger's text must not have any number. */
const mostLevels = 32

/** Fewer of a long text, in UTF-16 code units: each level reads the whole of it. */
const longText = 64 * 1024
const mostLevelsOfLongText = 8

const blanks = /\s+/g

/** What the escapes of every kind begin with. */
const escapeStart = /[%\\&\s]/

const kinds: ReadonlyArray<RegExp> = [
  /%(?:[0-7][\da-f]|[cd][\da-f]%[89ab][\da-f]|e[\da-f](?:%[89ab][\da-f]){2}|f[0-7](?:%[89ab][\da-f]){3})/gi,
  /\\u[\da-f]{4}|\\x[\da-f]{2}|\\[^ux\s]/gi,
  /&#x[\da-f]{1,6};?|&#\d{1,7};?|&[a-z]{2,12};/gi,
  blanks
]

const unescaped = ({ places, text }: Level, escapes: RegExp): Level | undefined => {
  const starts: Array<number> = []
  const ends: Array<number> = []
  let plain = ""
  let end = 0
  /** Adds text that stands for the part between two positions of this level. */
  const add = (part: string, from: number, to: number) => {
    plain += part
    for (let unit = 0; unit < part.length; unit++) {
      const [first, last] = part.length === to - from ? [from + unit, from + unit] : [from, to - 1]
      starts.push(places === undefined ? first : (places.starts[first] ?? 0))
      ends.push(places === undefined ? last + 1 : (places.ends[last] ?? 0))
    }
  }
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    const char = charOf(escape)
    if (char === undefined) continue
    add(text.slice(end, index), end, index)
    end = index + escape.length
    add(char, index, end)
  }
  if (end === 0) return undefined
  add(text.slice(end), end, text.length)
  return { text: plain, places: { starts, ends } }
}

const charOf = (escape: string): string | undefined => {
  switch (escape[0]) {
    case "%":
      return Result.getOrUndefined(Result.try(() => decodeURIComponent(escape)))
    case "\\":
      if (escape.length > 2) return codePoint(Number.parseInt(escape.slice(2), 16))
      return control[escape[1] ?? ""] ?? escape[1]
    case "&": {
      const [, hex, digits, name] = /^&(?:#x([\da-f]+)|#(\d+)|([a-z]+));?$/i.exec(escape) ?? []
      if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name] : undefined
      return codePoint(hex === undefined ? Number(digits) : Number.parseInt(hex, 16))
    }
    default:
      return ""
  }
}

const codePoint = (code: number): string | undefined => (code > 0x10ffff ? undefined : String.fromCodePoint(code))

const control: { readonly [letter: string]: string } = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

/**
 * HTML's names of the ASCII characters that are neither letters nor digits.
 * Source: https://html.spec.whatwg.org/multipage/named-characters.html
 */
const entities: { readonly [name: string]: string } = {
  amp: "&",
  AMP: "&",
  apos: "'",
  ast: "*",
  bsol: "\\",
  colon: ":",
  comma: ",",
  commat: "@",
  dollar: "$",
  equals: "=",
  excl: "!",
  grave: "`",
  gt: ">",
  GT: ">",
  Hat: "^",
  lbrace: "{",
  lbrack: "[",
  lcub: "{",
  lowbar: "_",
  lpar: "(",
  lsqb: "[",
  lt: "<",
  LT: "<",
  midast: "*",
  NewLine: "\n",
  num: "#",
  percnt: "%",
  period: ".",
  plus: "+",
  quest: "?",
  quot: '"',
  QUOT: '"',
  rbrace: "}",
  rbrack: "]",
  rcub: "}",
  rpar: ")",
  rsqb: "]",
  semi: ";",
  sol: "/",
  Tab: "\t",
  verbar: "|",
  vert: "|",
  VerticalLine: "|",
  UnderBar: "_"
}
