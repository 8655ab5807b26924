import type { Vocabulary } from "./Vocabulary.ts"

const none = 0x7fff_ffff

/** Up to this many bytes, looking through all pairs for the best one beats keeping a heap of them. */
const shortest = 96

/**
 * Splits pieces into tokens: again and again the two neighbours whose union has the lowest id become one, the leftmost
 * first, until no union is in the vocabulary. Time is `n log n` in the length of the piece.
 */
export class BytePairMerge {
  readonly #vocabulary: Vocabulary
  readonly #ends = new Int32Array(shortest)
  readonly #previous = new Int32Array(shortest)
  readonly #ids = new Int32Array(shortest)
  readonly #ranks = new Int32Array(shortest)

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** Appends to `out`, where given, the tokens of the first `length` bytes, and returns how many there are. */
  merge(buffer: Uint8Array, length: number, out: Array<number> | undefined): number {
    return length <= shortest ? this.#short(buffer, length, out) : this.#long(buffer, length, out)
  }

  #short(buffer: Uint8Array, length: number, out: Array<number> | undefined): number {
    const ends = this.#ends
    const ids = this.#ids
    const previous = this.#previous
    const ranks = this.#ranks
    const vocabulary = this.#vocabulary
    // A part is stored at its first byte; `ranks` holds the rank of merging it with the next part.
    for (let i = 0; i < length; i++) {
      ends[i] = i + 1
      previous[i] = i - 1
      ids[i] = vocabulary.bytes[buffer[i] as number] as number
      const found = i + 2 > length ? -1 : vocabulary.rank(buffer, i, i + 2)
      ranks[i] = found < 0 ? none : found
    }
    let parts = length
    for (;;) {
      let best = none
      let at = 0
      for (let i = 0; i < length; i++) {
        const found = ranks[i] as number
        if (found < best) {
          best = found
          at = i
        }
      }
      if (best === none) break
      const gone = ends[at] as number
      const end = ends[gone] as number
      ids[at] = best
      ends[at] = end
      if (end < length) previous[end] = at
      ranks[gone] = none
      parts--
      const following = end === length ? -1 : vocabulary.rank(buffer, at, ends[end] as number)
      ranks[at] = following < 0 ? none : following
      if (at === 0) continue
      const before = previous[at] as number
      const joined = vocabulary.rank(buffer, before, end)
      ranks[before] = joined < 0 ? none : joined
    }
    if (out !== undefined) for (let i = 0; i < length; i = ends[i] as number) out.push(ids[i] as number)
    return parts
  }

  #long(buffer: Uint8Array, length: number, out: Array<number> | undefined): number {
    const vocabulary = this.#vocabulary
    const next = new Int32Array(length)
    const previous = new Int32Array(length)
    const ids = new Int32Array(length)
    const ranks = new Int32Array(length)
    const heap = new PairHeap(length)
    const measure = (part: number): void => {
      const second = next[part] as number
      const found = second === length ? -1 : vocabulary.rank(buffer, part, next[second] as number)
      ranks[part] = found
      if (found >= 0) heap.push(found, part)
    }
    for (let i = 0; i < length; i++) {
      next[i] = i + 1
      previous[i] = i - 1
      ids[i] = vocabulary.bytes[buffer[i] as number] as number
    }
    for (let i = 0; i < length; i++) measure(i)
    let parts = length
    for (let part = heap.pop(ranks); part >= 0; part = heap.pop(ranks)) {
      const gone = next[part] as number
      const following = next[gone] as number
      ids[part] = ranks[part] as number
      ranks[gone] = -1
      next[part] = following
      if (following < length) previous[following] = part
      parts--
      measure(part)
      if ((previous[part] as number) >= 0) measure(previous[part] as number)
    }
    if (out !== undefined) for (let i = 0; i < length; i = next[i] as number) out.push(ids[i] as number)
    return parts
  }
}

/** Pairs by rank, then by place. A pair whose rank has changed since it was pushed is skipped when it comes up. */
class PairHeap {
  #keys: Float64Array
  #size = 0

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity)
  }

  push(rank: number, place: number): void {
    if (this.#size === this.#keys.length) {
      const keys = new Float64Array(this.#size * 2)
      keys.set(this.#keys)
      this.#keys = keys
    }
    const keys = this.#keys
    const key = rank * 2 ** 32 + place
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((keys[parent] as number) <= key) break
      keys[at] = keys[parent] as number
      at = parent
    }
    keys[at] = key
  }

  /** The place of the pair with the lowest rank, or -1. */
  pop(ranks: Int32Array): number {
    while (this.#size > 0) {
      const key = this.#take()
      const place = key >>> 0
      if (ranks[place] === (key - place) / 2 ** 32) return place
    }
    return -1
  }

  #take(): number {
    const keys = this.#keys
    const top = keys[0] as number
    const last = keys[--this.#size] as number
    const size = this.#size
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && (keys[child + 1] as number) < (keys[child] as number)) child++
      if ((keys[child] as number) >= last) break
      keys[at] = keys[child] as number
      at = child
    }
    keys[at] = last
    return top
  }
}

const slots = 0x1000
const keyBytes = 32
const mostTokens = 15

/**
 * The tokens of pieces that had to be merged, so that a word that comes again costs a look-up. It holds 4,096 pieces
 * of at most 32 bytes and 15 tokens in 512 kB, whatever it is fed: a newer piece takes the place of an older one.
 */
export class PieceCache {
  /** The longest piece that it keeps, in bytes. */
  static readonly longest: number = keyBytes
  readonly #keys = new Uint8Array(slots * keyBytes)
  readonly #lengths = new Uint8Array(slots)
  readonly #counts = new Uint8Array(slots)
  readonly #ids = new Int32Array(slots * mostTokens)

  /** How many tokens the piece has, appended to `out` where given; 0 when it is not here. */
  get(buffer: Uint8Array, length: number, hash: number, out: Array<number> | undefined): number {
    const slot = slotOf(hash)
    if (this.#lengths[slot] !== length) return 0
    const key = slot * keyBytes
    for (let i = 0; i < length; i++) if (this.#keys[key + i] !== buffer[i]) return 0
    const count = this.#counts[slot] as number
    if (out !== undefined) for (let i = 0; i < count; i++) out.push(this.#ids[slot * mostTokens + i] as number)
    return count
  }

  /**
   * Keeps the piece, which is no longer than `longest`, with the tokens that `tokens` has from `first` on, unless there
   * are too many of them.
   */
  set(buffer: Uint8Array, length: number, hash: number, tokens: ReadonlyArray<number>, first: number): void {
    const count = tokens.length - first
    if (count > mostTokens) return
    const slot = slotOf(hash)
    const key = slot * keyBytes
    this.#lengths[slot] = length
    this.#counts[slot] = count
    for (let i = 0; i < length; i++) this.#keys[key + i] = buffer[i] as number
    for (let i = 0; i < count; i++) this.#ids[slot * mostTokens + i] = tokens[first + i] as number
  }
}

const slotOf = (hash: number): number => (hash ^ (hash >>> 13)) & (slots - 1)
