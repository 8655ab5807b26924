/**
 * Counts and cuts texts: an encoding, or an estimate in its place. `encode` and `decode` are absent where only the
 * number of tokens is known.
 */
export interface TextTokenizer {
  readonly count: (text: string) => number
  readonly encode?: ((text: string) => ReadonlyArray<number>) | undefined
  readonly decode?: ((ids: Iterable<number>) => string) | undefined
  /** A beginning of the text with at most so many tokens. */
  readonly truncate: (text: string, tokens: number) => string
  /** Parts of at most so many tokens. */
  readonly split: (text: string, tokens: number, overlap: number) => ReadonlyArray<string>
}

/** A custom tokenizer: it says how many tokens a text has and, if it can, which. */
export type CustomTokenizer = Pick<TextTokenizer, "count" | "encode" | "decode">

/**
 * Makes a tokenizer that can cut from one that counts. A cut takes some twenty counts of texts about as long as the
 * part.
 */
export const make = ({ count, decode, encode }: CustomTokenizer): TextTokenizer => {
  /** Where the longest part that begins at `start` ends. */
  const endOf = (text: string, start: number, tokens: number): number => {
    const end = (units: number) => boundary(text, start + units)
    return end(largest(text.length - start, tokens, (units) => count(text.slice(start, end(units)))))
  }
  /** Where the longest part that ends at `end` begins. */
  const startOf = (text: string, end: number, tokens: number): number => {
    const start = (units: number) => boundary(text, end - units)
    return start(largest(end, tokens, (units) => count(text.slice(start(units), end))))
  }
  return {
    count,
    decode,
    encode,
    truncate: (text, tokens) => text.slice(0, endOf(text, 0, tokens)),
    split: (text, tokens, overlap) => {
      const most = Math.max(1, Math.floor(tokens))
      const back = Math.min(Math.max(0, Math.floor(overlap)), most - 1)
      const parts: Array<string> = []
      let end = 0
      while (end < text.length) {
        let start = back === 0 || end === 0 ? end : startOf(text, end, back)
        let next = endOf(text, start, most)
        if (next <= end) {
          start = end
          next = Math.max(endOf(text, end, most), end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1))
        }
        parts.push(text.slice(start, next))
        end = next
      }
      return parts
    }
  }
}

/**
 * How the tokens of a model follow from those of an encoding: `ratio` times as many; `fragments` more for each token
 * that only continues a word, since a smaller vocabulary cuts the words that are rare and has the others whole; where
 * `digits`, one more for each digit that the encoding has in a group. Nine of ten counts lie within the share `error`.
 */
export interface Estimate {
  readonly ratio: number
  readonly fragments: number
  readonly digits: boolean
  readonly error: number
}

/** The counts that an estimate starts from. */
export interface EstimateBase {
  readonly count: (text: string) => number
  /** How many words and runs of other characters the text has; without it no token counts as a fragment. */
  readonly countPieces?: ((text: string) => number) | undefined
}

/** Fragments make a text at most so many times as long: scripts without spaces are one piece from end to end. */
const mostFragments = 1.5

/** How many tokens are to be expected, not rounded. */
export const expectedTokens =
  (base: EstimateBase, { digits, fragments, ratio }: Estimate) =>
  (text: string): number => {
    const count = base.count(text)
    const more = fragments === 0 ? 0 : fragments * (count - (base.countPieces?.(text) ?? count))
    return Math.min(count + more, count * mostFragments) * ratio + (digits ? extraDigitTokens(text) : 0)
  }

/**
 * A tokenizer for models whose tokens are estimated. It counts the expected number, at least one for any text, and cuts so that
 * a part fits even with the largest error. If not even one token would fit so, the error is ignored.
 */
export const estimating = (self: TextTokenizer & EstimateBase, estimate: Estimate): TextTokenizer => {
  const { digits, error, fragments, ratio } = estimate
  const expected = expectedTokens(self, estimate)
  const count = (text: string) => (text === "" ? 0 : Math.max(1, Math.round(expected(text))))
  const plain = make({ count })
  const safe = make({ count: (text) => Math.ceil(count(text) * (1 + error) - epsilon) })
  const cutter = (tokens: number) => (tokens >= Math.ceil(1 + error - epsilon) ? safe : plain)
  /** How many tokens of the encoding are not too many, rounded up and with the error. */
  const within = (tokens: number) => Math.floor((Math.floor(tokens) / (1 + error) - 0.5) / ratio)
  const isDirect = (text: string, tokens: number) =>
    fragments === 0 && within(tokens) >= 1 && !(digits && extraDigitTokens(text) > 0)
  return {
    count,
    truncate: (text, tokens) =>
      isDirect(text, tokens) ? self.truncate(text, within(tokens)) : cutter(tokens).truncate(text, tokens),
    split: (text, tokens, overlap) =>
      isDirect(text, tokens)
        ? self.split(text, within(tokens), Math.max(0, within(overlap)))
        : cutter(tokens).split(text, tokens, overlap)
  }
}

const epsilon = 1e-6

const boundary = (text: string, index: number): number =>
  index > 0 && (text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800
    ? index - 1
    : index

/**
 * The largest number of units, up to `length`, that has at most so many tokens, if more units never have fewer. Guessed
 * from the tokens that others have, and by halves where guesses are poor.
 */
const largest = (length: number, tokens: number, measure: (units: number) => number): number => {
  if (length <= 0 || tokens <= 0) return 0
  let low = 0
  let high = length + 1
  let units = Math.min(length, Math.ceil(tokens * 4))
  for (let step = 0; high - low > 1; step++) {
    const found = measure(units)
    if (found <= tokens) low = units
    else high = units
    const guess = (units * tokens) / Math.max(1, found)
    const most = high <= length ? high - 1 : Math.min(length, low * 2)
    const next = step % 3 === 2 && high <= length ? (low + high) >> 1 : found <= tokens ? guess + 1 : guess - 1
    units = Math.max(low + 1, Math.min(most, Math.floor(next)))
  }
  return low
}

/**
 * How many tokens more the digits of a text have where each is a token of its own, than in groups of three.
 *
 * @since 0.1.0
 * @category counting
 */
const extraDigitTokens = (text: string): number => {
  let extra = 0
  let run = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x30 || unit > 0x39) run = 0
    else if (run++ % 3 !== 0) extra++
  }
  return extra
}
