/**
 * What counts and cuts texts: an encoding, or what stands in for one. `encode` and `decode` are absent where only the
 * number of tokens is known.
 *
 * @since 0.1.0
 * @category models
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

/**
 * A tokenizer of one's own: it says how many tokens a text has and, if it can, which.
 *
 * @since 0.1.0
 * @category models
 */
export type CustomTokenizer = Pick<TextTokenizer, "count" | "encode" | "decode">

/**
 * Makes a tokenizer that can cut from one that counts. A cut takes some twenty counts of texts about as long as the
 * part.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ count, decode, encode }: CustomTokenizer): TextTokenizer => {
  /** Where the longest part that begins at `start` ends. */
  const endOf = (text: string, start: number, tokens: number): number => {
    const end = (units: number) => boundary(text, start + units)
    return end(largest(text.length - start, tokens, (units) => count(text.slice(start, end(units))) <= tokens))
  }
  /** Where the longest part that ends at `end` begins. */
  const startOf = (text: string, end: number, tokens: number): number => {
    const start = (units: number) => boundary(text, end - units)
    return start(largest(end, tokens, (units) => count(text.slice(start(units), end)) <= tokens))
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
 * Stands in for the tokenizer of a model that has `ratio` times as many tokens, give or take the share `error`. It
 * counts what is to be expected, and cuts so that even with that error a part is not too long.
 *
 * @since 0.1.0
 * @category constructors
 */
export const scaled = (self: TextTokenizer, ratio: number, error: number): TextTokenizer => {
  const within = (tokens: number) => Math.floor(tokens / (ratio * (1 + error)))
  return {
    count: (text) => Math.ceil(self.count(text) * ratio),
    truncate: (text, tokens) => self.truncate(text, within(tokens)),
    split: (text, tokens, overlap) => self.split(text, within(tokens), within(overlap))
  }
}

const boundary = (text: string, index: number): number =>
  index > 0 && (text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800
    ? index - 1
    : index

/** The largest number up to `length` that fits, when whatever is smaller than one that fits does too. */
const largest = (length: number, tokens: number, fits: (units: number) => boolean): number => {
  if (length <= 0 || tokens <= 0) return 0
  let low = 0
  let high = Math.min(length, Math.ceil(tokens * 4))
  while (fits(high)) {
    if (high === length) return length
    low = high
    high = Math.min(length, high * 2)
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}
