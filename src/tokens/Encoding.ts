import * as Effect from "effect/Effect"
import { BytePairMerge, PieceCache } from "./encoding/BytePairMerge.ts"

import { loadRanks, type RankFile, emptyHash, hashByte, type Vocabulary } from "./encoding/Vocabulary.ts"
import { harmony, SpecialTokens } from "./encoding/SpecialTokens.ts"
import { cl100k, o200k, r50k, type Splitter } from "./encoding/Splitter.ts"
import { TokenDecoder, unitOffsets, writeUtf8 } from "./encoding/Utf8.ts"

/**
 * The encodings that OpenAI has published.
 *
 * @since 0.1.0
 * @category models
 */
export type EncodingName = "o200k_base" | "o200k_harmony" | "cl100k_base" | "p50k_base" | "r50k_base"

/**
 * How special tokens in a text are encoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeOptions {
  /**
   * The special tokens (`<|endoftext|>` and the like) that are read as tokens rather than as text.
   * None by default: what a user writes is text.
   */
  readonly allowedSpecial?: "all" | ReadonlyArray<string> | undefined
}

const keptScratch = 0x1_0000

/**
 * Encodes text into tokens and back, with tiktoken's results, in at most `n log n` time for any text.
 *
 * @since 0.1.0
 * @category models
 */
export class Encoding {
  /**
   * The encoding of this name. Its vocabulary (1 to 2 MB of js-tiktoken) is read on first use, once per process.
   */
  static load(name: EncodingName): Effect.Effect<Encoding> {
    return Effect.suspend(() => {
      const ready = loaded.get(name)
      return ready === undefined ? Effect.promise(() => load(name)) : Effect.succeed(ready)
    })
  }

  readonly name: EncodingName
  readonly #splitter: Splitter
  readonly #vocabulary: Vocabulary
  readonly #special: SpecialTokens
  readonly #merge: BytePairMerge
  readonly #cache = new PieceCache()
  #scratch = new Uint8Array(0x400)

  constructor(name: EncodingName, splitter: Splitter, vocabulary: Vocabulary, special: SpecialTokens) {
    this.name = name
    this.#splitter = splitter
    this.#vocabulary = vocabulary
    this.#special = special
    this.#merge = new BytePairMerge(vocabulary)
  }

  /** The tokens of the text. A surrogate without its other half counts as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): Array<number> {
    const ids: Array<number> = []
    this.#walk(text, options, ids)
    return ids
  }

  /** How many tokens the text has, without building the result of `encode`. */
  count(text: string, options: EncodeOptions = {}): number {
    return this.#walk(text, options, undefined)
  }

  /** How many pieces (words, runs of digits, of punctuation, of white space) the text falls into before it is encoded. */
  countPieces(text: string): number {
    const splitter = this.#splitter
    let count = 0
    for (let start = 0; start < text.length; count++) start = splitter(text, start)
    return count
  }

  /** The text of the tokens. Bytes that are not UTF-8, and ids that stand for nothing, become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const decoder = this.decoder()
    return decoder.decode(ids) + decoder.end()
  }

  /** Decodes tokens as they arrive. */
  decoder(): TokenDecoder {
    return new TokenDecoder((id) => this.#bytesOf(id))
  }

  /**
   * The longest beginning of the text that ends with a whole token and a whole character and has at most so many
   * tokens.
   */
  truncate(text: string, tokens: number): string {
    const most = Math.max(0, Math.floor(tokens))
    // No code unit has more than three bytes, and no token less than one.
    if (text.length * 3 <= most) return text
    // No token is longer than the longest one, so text further on cannot matter.
    const reach = most * this.#vocabulary.longest + 2
    const window = text.length > reach ? text.slice(0, reach) : text
    const ids: Array<number> = []
    if (this.#pieces(window, ids, most) <= most) return text
    return window.slice(0, this.#cut(window, 0, this.#offsets(window, ids), most))
  }

  /**
   * Cuts the text into parts of at most so many tokens, between tokens and between characters. The parts joined are
   * the text again, unless they are to overlap: then each begins about `overlap` tokens before the end of the last.
   * Only a character that alone has more tokens than that (four at most) makes a longer part.
   */
  split(text: string, tokens: number, overlap = 0): Array<string> {
    const most = Math.max(1, Math.floor(tokens))
    const back = Math.min(Math.max(0, Math.floor(overlap)), most - 1)
    const offsets = this.#offsets(text, this.encode(text))
    const parts: Array<string> = []
    let token = 0
    let end = 0
    while (end < text.length) {
      let start = back === 0 || end === 0 ? end : (offsets[token - back - 1] ?? 0)
      let next = this.#cut(text, start, offsets.subarray(Math.max(0, token - back)), most)
      if (next <= end) {
        start = end
        next = Math.max(this.#cut(text, start, offsets.subarray(token), most), afterCharacter(text, start))
      }
      parts.push(text.slice(start, next))
      end = next
      while (token < offsets.length && (offsets[token] as number) <= end) token++
    }
    return parts
  }

  #walk(text: string, options: EncodeOptions, out: Array<number> | undefined): number {
    const { allowedSpecial } = options
    if (allowedSpecial === undefined) return this.#pieces(text, out, Infinity)
    let count = 0
    for (const part of this.#special.split(text, allowedSpecial)) {
      if (typeof part === "string") count += this.#pieces(part, out, Infinity)
      else {
        count++
        out?.push(part)
      }
    }
    return count
  }

  /** Counts the tokens, and appends them to `out`, piece by piece until there are more than `most`. */
  #pieces(text: string, out: Array<number> | undefined, most: number): number {
    const splitter = this.#splitter
    let count = 0
    for (let start = 0; start < text.length && count <= most;) {
      const end = splitter(text, start)
      count += this.#piece(text, start, end, out)
      start = end
    }
    return count
  }

  #piece(text: string, start: number, end: number, out: Array<number> | undefined): number {
    const cache = this.#cache
    const merge = this.#merge
    const vocabulary = this.#vocabulary
    const buffer = this.#room((end - start) * 3)
    const length = writeUtf8(text, start, end, buffer)
    let hash = emptyHash
    for (let i = 0; i < length; i++) hash = hashByte(hash, buffer[i] as number)
    const id = vocabulary.find(buffer, 0, length, hash)
    if (id >= 0) {
      out?.push(id)
      return 1
    }
    if (length > PieceCache.longest) return merge.merge(buffer, length, out)
    const known = cache.get(buffer, length, hash, out)
    if (known > 0) return known
    const tokens = out ?? []
    const before = tokens.length
    const count = merge.merge(buffer, length, tokens)
    cache.set(buffer, length, hash, tokens, before)
    return count
  }

  #room(bytes: number): Uint8Array {
    if (bytes <= this.#scratch.length) return this.#scratch
    const buffer = new Uint8Array(bytes * 2)
    if (buffer.length <= keptScratch) this.#scratch = buffer
    return buffer
  }

  #bytesOf(id: number): Uint8Array {
    return this.#special.bytesOf(id) ?? this.#vocabulary.bytesOf(id)
  }

  /** Where each token ends in the text. */
  #offsets(text: string, ids: ReadonlyArray<number>): Int32Array {
    return unitOffsets(
      text,
      ids.map((id) => this.#vocabulary.bytesOf(id).length)
    )
  }

  /**
   * The furthest of the ends up to which the text from `start` has at most so many tokens; `start` if there is none.
   * A text that is cut can have more tokens than it had as a part of the whole, so each cut is counted.
   */
  #cut(text: string, start: number, ends: Int32Array, most: number): number {
    for (let i = Math.min(most, ends.length) - 1; i >= 0; i--) {
      const end = ends[i] as number
      if (end <= start) break
      if (this.#pieces(text.slice(start, end), undefined, most) <= most) return end
    }
    return start
  }
}

const afterCharacter = (text: string, index: number): number =>
  index + ((text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1)

const parts: { readonly [Name in EncodingName]: readonly [RankFile, Splitter] } = {
  o200k_base: ["o200k_base", o200k],
  o200k_harmony: ["o200k_base", o200k],
  cl100k_base: ["cl100k_base", cl100k],
  p50k_base: ["p50k_base", r50k],
  r50k_base: ["r50k_base", r50k]
}

const loaded = new Map<EncodingName, Encoding>()

const load = (name: EncodingName): Promise<Encoding> => {
  const [file, splitter] = parts[name]
  return loadRanks(file).then(({ specialTokens, vocabulary }) => {
    const special = new SpecialTokens(name === "o200k_harmony" ? harmony(specialTokens) : specialTokens)
    const encoding = loaded.get(name) ?? new Encoding(name, splitter, vocabulary, special)
    loaded.set(name, encoding)
    return encoding
  })
}
