/**
 * Writes the code units from `start` to `end` as UTF-8 and returns how many bytes there are. A surrogate without its
 * other half becomes U+FFFD. The buffer has room for three bytes per code unit.
 */
export const writeUtf8 = (text: string, start: number, end: number, buffer: Uint8Array): number => {
  let length = 0
  for (let i = start; i < end; i++) {
    let unit = text.charCodeAt(i)
    if (unit < 0x80) {
      buffer[length++] = unit
      continue
    }
    if (unit < 0x800) {
      buffer[length++] = 0xc0 | (unit >> 6)
      buffer[length++] = 0x80 | (unit & 0x3f)
      continue
    }
    if ((unit & 0xf800) === 0xd800) {
      const low = i + 1 < end && unit < 0xdc00 ? text.charCodeAt(i + 1) : 0
      if ((low & 0xfc00) === 0xdc00) {
        const codePoint = 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff)
        buffer[length++] = 0xf0 | (codePoint >> 18)
        buffer[length++] = 0x80 | ((codePoint >> 12) & 0x3f)
        buffer[length++] = 0x80 | ((codePoint >> 6) & 0x3f)
        buffer[length++] = 0x80 | (codePoint & 0x3f)
        i++
        continue
      }
      unit = 0xfffd
    }
    buffer[length++] = 0xe0 | (unit >> 12)
    buffer[length++] = 0x80 | ((unit >> 6) & 0x3f)
    buffer[length++] = 0x80 | (unit & 0x3f)
  }
  return length
}

/**
 * Where in the text each of some byte positions of its UTF-8 form lies, in code units. A position inside a character
 * is that character's beginning. `lengths` are the distances between the positions.
 */
export const unitOffsets = (text: string, lengths: ReadonlyArray<number>): Int32Array => {
  const offsets = new Int32Array(lengths.length)
  let unit = 0
  let byte = 0
  let position = 0
  for (let i = 0; i < lengths.length; i++) {
    position += lengths[i] as number
    while (unit < text.length) {
      const codePoint = text.codePointAt(unit) as number
      const size = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4
      if (byte + size > position) break
      byte += size
      unit += codePoint < 0x1_0000 ? 1 : 2
    }
    offsets[i] = unit
  }
  return offsets
}
