/** The canonical Huffman code of RFC 1951: how many codes there are of each length, and their symbols in order. */
interface Code {
  readonly counts: Uint16Array
  readonly symbols: ReadonlyArray<number>
}

const codeOf = (lengths: ArrayLike<number>): Code => {
  const all = Array.from(lengths, (length, symbol) => ({ length, symbol })).filter(({ length }) => length > 0)
  const counts = new Uint16Array(16)
  for (const { length } of all) counts[length] = (counts[length] ?? 0) + 1
  return { counts, symbols: all.sort((a, b) => a.length - b.length).map(({ symbol }) => symbol) }
}

const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/**
 * Inflates bytes (RFC 1951) that are known to be whole, into `size` bytes. The streams of the platform take a program
 * that starts ten times as long, for what they load, and cannot be waited for everywhere where a module is loaded.
 */
export const inflate = (input: Uint8Array, size: number): Uint8Array => {
  const output = new Uint8Array(size)
  let at = 0
  let position = 0
  const bit = (): number => ((input[position >> 3] ?? 0) >> (position++ & 7)) & 1
  const bits = (count: number): number => {
    let value = 0
    for (let index = 0; index < count; index++) value |= bit() << index
    return value
  }
  const next = ({ counts, symbols }: Code): number => {
    let code = 0
    let first = 0
    let index = 0
    for (let length = 1; ; length++) {
      code |= bit()
      const count = counts[length] ?? 0
      if (code - first < count) return symbols[index + code - first] ?? 0
      index += count
      first = (first + count) << 1
      code <<= 1
    }
  }
  const codes = (): readonly [literals: Code, distances: Code] => {
    const literals = bits(5) + 257
    const all = literals + bits(5) + 1
    const lengths = new Uint8Array(19)
    const known = bits(4) + 4
    for (const symbol of order.slice(0, known)) lengths[symbol] = bits(3)
    const code = codeOf(lengths)
    const found: Array<number> = []
    while (found.length < all) {
      const symbol = next(code)
      if (symbol < 16) found.push(symbol)
      else {
        const value = symbol === 16 ? (found.at(-1) ?? 0) : 0
        const count = symbol === 16 ? bits(2) + 3 : symbol === 17 ? bits(3) + 3 : bits(7) + 11
        for (let index = 0; index < count; index++) found.push(value)
      }
    }
    return [codeOf(found.slice(0, literals)), codeOf(found.slice(literals))]
  }
  /** A number of which `symbol` says the size, and further bits the rest. */
  const scaled = (symbol: number, steps: number): number => {
    const extra = Math.max(0, (symbol >> steps) - 1)
    return extra === 0 ? symbol : (((1 << steps) + (symbol & ((1 << steps) - 1))) << extra) + bits(extra)
  }
  for (let isLast = 0; isLast === 0;) {
    isLast = bits(1)
    const isFixed = bits(2) === 1
    const [literals, distances] = isFixed
      ? [
          codeOf(Array.from({ length: 288 }, (_, symbol) => (symbol < 144 || symbol > 279 ? 8 : symbol < 256 ? 9 : 7))),
          codeOf(Array.from({ length: 30 }, () => 5))
        ]
      : codes()
    for (let symbol = next(literals); symbol !== 256; symbol = next(literals)) {
      if (symbol < 256) output[at++] = symbol
      else {
        const length = symbol === 285 ? 258 : scaled(symbol - 257, 2) + 3
        const from = at - scaled(next(distances), 1) - 1
        for (let index = 0; index < length; index++) output[at++] = output[from + index] ?? 0
      }
    }
  }
  return output
}
