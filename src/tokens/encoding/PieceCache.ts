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
