/** A silent mono recording: 8,000 samples a second of 16 bits, with a chunk of odd length before the sound. */
export const wav = (seconds: number, declared?: number): Uint8Array => {
  const length = seconds * 16_000
  const view = new DataView(new ArrayBuffer(56 + length))
  const text = (at: number, word: string) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)))
  text(0, "RIFF")
  text(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint32(28, 16_000, true)
  text(36, "LIST")
  view.setUint32(40, 3, true)
  text(48, "data")
  view.setUint32(52, declared ?? length, true)
  return new Uint8Array(view.buffer)
}
