const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const blank = 0x20
const padding = 0x3d
/** The bits of a slot that hold a part of the hash, so that one look rejects most bytes that are no token. */
const fingerprint = -1 << 18

/** The hash of no bytes. */
export const emptyHash = 0x811c9dc5 | 0

/** The hash of some bytes and one more (FNV-1a). */
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x0100_0193)

/**
 * The tokens of an encoding: the bytes of each id, and the id of some bytes; -1 where there is none. All bytes lie end
 * to end in one array, found through an open hash table: reading a vocabulary makes a handful of arrays instead of
 * 200,000 strings.
 */
export class Vocabulary {
  /** One more than the largest id. */
  readonly size: number
  /** The length of the longest token, in bytes. */
  readonly longest: number
  /** The ids of single bytes. */
  readonly bytes: Int32Array = new Int32Array(0x100).fill(-1)
  readonly #blob: Uint8Array
  /** Where the bytes of each id begin; those of the next id begin where they end. */
  readonly #starts: Int32Array
  /** At their hash or right after: ids plus one in the low 18 bits, the top of the hash above them; 0 is free. */
  readonly #slots: Int32Array
  readonly #pairs = new Int32Array(0x1_0000).fill(-1)

  /** Reads the rank text of js-tiktoken: lines of `! <first id> <token in base64> <token in base64> ...`. */
  constructor(ranks: string) {
    const [first, second, third, fourth] = digitTables()
    const text = new TextEncoder().encode(ranks)
    // No token is shorter than "IQ== " in the text.
    const most = Math.ceil(text.length / 5) + 1
    const blob = new Uint8Array(Math.ceil(text.length * 0.75))
    const starts = new Int32Array(most + 1)
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(most)))
    const mask = slots.length - 1
    let written = 0
    let longest = 0
    let id = 0
    for (let at = 0; at < text.length;) {
      const headerEnd = ranks.indexOf(" ", at + 2)
      const base = Number(ranks.slice(at + 2, headerEnd))
      at = headerEnd
      while (id < base) starts[++id] = written
      while (text[at] === blank) {
        const start = written
        at++
        while (at < text.length && (text[at] as number) > blank) {
          const bits =
            (first[text[at] as number] as number) |
            (second[text[at + 1] as number] as number) |
            (third[text[at + 2] as number] as number) |
            (fourth[text[at + 3] as number] as number)
          blob[written++] = bits >> 16
          blob[written++] = bits >> 8
          blob[written++] = bits
          at += 4
        }
        if (text[at - 1] === padding) written -= text[at - 2] === padding ? 2 : 1
        let hash = emptyHash
        for (let i = start; i < written; i++) hash = hashByte(hash, blob[i] as number)
        let slot = (hash ^ (hash >>> 15)) & mask
        while (slots[slot] !== 0) slot = (slot + 1) & mask
        slots[slot] = (hash & fingerprint) | (id + 1)
        const length = written - start
        if (length === 1) this.bytes[blob[start] as number] = id
        else if (length === 2) this.#pairs[((blob[start] as number) << 8) | (blob[start + 1] as number)] = id
        else if (length > longest) longest = length
        starts[++id] = written
      }
      at++
    }
    this.size = id
    this.longest = longest
    this.#blob = blob.slice(0, written)
    this.#starts = starts.slice(0, id + 1)
    this.#slots = slots
  }

  /** The id of the bytes from `start` to `end`, of which the caller knows the hash. */
  find(buffer: Uint8Array, start: number, end: number, hash: number): number {
    const blob = this.#blob
    const slots = this.#slots
    const starts = this.#starts
    const length = end - start
    const mask = slots.length - 1
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot] as number
      if (found === 0) return -1
      if ((found ^ hash) & fingerprint) continue
      const id = (found & ~fingerprint) - 1
      const first = starts[id] as number
      if ((starts[id + 1] as number) - first !== length) continue
      let i = 0
      while (i < length && blob[first + i] === buffer[start + i]) i++
      if (i === length) return id
    }
  }

  /** The id of the bytes from `start` to `end`; at least two. */
  rank(buffer: Uint8Array, start: number, end: number): number {
    if (end - start === 2)
      return this.#pairs[((buffer[start] as number) << 8) | (buffer[start + 1] as number)] as number
    if (end - start > this.longest) return -1
    let hash = emptyHash
    for (let i = start; i < end; i++) hash = hashByte(hash, buffer[i] as number)
    return this.find(buffer, start, end, hash)
  }

  /** The bytes of an id; none for an id that is not in the vocabulary. */
  bytesOf(id: number): Uint8Array {
    return this.#blob.subarray(this.#starts[id] ?? 0, this.#starts[id + 1] ?? 0)
  }
}

/** What each character stands for as the first to the fourth of a base64 group of 24 bits. */
const digitTables = (): readonly [Int32Array, Int32Array, Int32Array, Int32Array] => {
  const tables = [18, 12, 6, 0].map((shift) => {
    const table = new Int32Array(0x100)
    for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i << shift
    return table
  })
  return tables as unknown as readonly [Int32Array, Int32Array, Int32Array, Int32Array]
}

/** The rank files of js-tiktoken that encodings are made from. */
export type RankFile = "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base"

export interface Ranks {
  readonly vocabulary: Vocabulary
  readonly specialTokens: { readonly [name: string]: number }
}

const files = {
  o200k_base: () => import("js-tiktoken/ranks/o200k_base"),
  cl100k_base: () => import("js-tiktoken/ranks/cl100k_base"),
  p50k_base: () => import("js-tiktoken/ranks/p50k_base"),
  r50k_base: () => import("js-tiktoken/ranks/r50k_base")
}

const loads = new Map<RankFile, Promise<Ranks>>()

/** Reads a rank file, once: callers share a read in progress. */
export const loadRanks = (file: RankFile): Promise<Ranks> => {
  const known = loads.get(file)
  if (known !== undefined) return known
  const load = files[file]().then(({ default: ranks }) => ({
    vocabulary: new Vocabulary(ranks.bpe_ranks),
    specialTokens: ranks.special_tokens
  }))
  loads.set(file, load)
  return load
}
