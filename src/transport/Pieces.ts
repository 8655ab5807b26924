/** As many pieces are joined at once. */
const joinedAtOnce = 1024

/**
 * Pieces that are kept until all are there. They are joined on the way, so that a server that sends a byte at a time does
 * not take more memory than its bytes do.
 */
export class Pieces<A> {
  readonly #join: (pieces: ReadonlyArray<A>) => A
  #joined: Array<A> = []
  #recent: Array<A> = []

  constructor(join: (pieces: ReadonlyArray<A>) => A) {
    this.#join = join
  }

  get isEmpty(): boolean {
    return this.#recent.length === 0 && this.#joined.length === 0
  }

  add(piece: A): void {
    this.#recent.push(piece)
    if (this.#recent.length < joinedAtOnce) return
    this.#joined.push(this.#join(this.#recent))
    this.#recent = []
  }

  /** What was added, in order and in few pieces; nothing of it is kept. */
  take(): ReadonlyArray<A> {
    const all = this.#joined.length === 0 ? this.#recent : [...this.#joined, ...this.#recent]
    this.#joined = []
    this.#recent = []
    return all
  }
}

/** Chunks in one piece, cut at `most` bytes. */
export const joinBytes = (chunks: ReadonlyArray<Uint8Array>, most: number = Infinity): Uint8Array => {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only.length > most ? only.subarray(0, most) : only
  const size = chunks.reduce((size, { length }) => size + length, 0)
  const whole = new Uint8Array(Math.min(size, most))
  let at = 0
  for (const chunk of chunks) {
    const piece = chunk.subarray(0, whole.length - at)
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
