/** Chunks in one piece, cut at `most` bytes. */
export const joinBytes = (chunks: ReadonlyArray<Uint8Array>, most: number = Infinity): Uint8Array => {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only.length > most ? only.subarray(0, most) : only
  const size = chunks.reduce((size, { length }) => size + length, 0)
  const whole = new Uint8Array(Math.min(size, most))
  let at = 0
  for (const chunk of chunks) {
    const rest = whole.length - at
    whole.set(chunk.length > rest ? chunk.subarray(0, rest) : chunk, at)
    at += Math.min(chunk.length, rest)
  }
  return whole
}
