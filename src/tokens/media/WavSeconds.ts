/** How long a WAV recording is, in seconds; `undefined` when it is no WAV. */
export const wavSeconds = (bytes: Uint8Array): number | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunk = (at: number) => (at + 8 <= bytes.length ? view.getUint32(at) : 0)
  if (chunk(0) !== riff) return undefined
  let rate = 0
  for (let at = 12; at + 8 <= bytes.length; at += 8 + 2 * Math.ceil(view.getUint32(at + 4, true) / 2)) {
    if (chunk(at) === format && at + 20 <= bytes.length) rate = view.getUint32(at + 16, true)
    // The length in the header is wrong in recordings that were written as a stream.
    if (chunk(at) === data && rate > 0) return Math.min(view.getUint32(at + 4, true), bytes.length - at - 8) / rate
  }
  return undefined
}

const riff = 0x5249_4646
const format = 0x666d_7420
const data = 0x6461_7461
