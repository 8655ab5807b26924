import type { ImageSize } from "./ImageRule.ts"

/** The size of a PNG, JPEG, GIF or WebP, read from its first bytes; `undefined` when it cannot be told. */
export const imageSize = (bytes: Uint8Array): ImageSize | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = (magic: string, at = 0) => ascii(bytes, at, magic.length) === magic
  if (starts("\x89PNG") && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) }
  if (starts("GIF8") && bytes.length >= 10) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (starts("RIFF") && starts("WEBP", 8) && bytes.length >= 30) return webp(view, ascii(bytes, 12, 4))
  return starts("\xff\xd8") ? jpeg(view) : undefined
}

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length))

const webp = (view: DataView, chunk: string): ImageSize | undefined => {
  switch (chunk) {
    case "VP8 ":
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    case "VP8L": {
      const bits = view.getUint32(21, true)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
    case "VP8X":
      return {
        width: (view.getUint16(24, true) | (view.getUint8(26) << 16)) + 1,
        height: (view.getUint16(27, true) | (view.getUint8(29) << 16)) + 1
      }
    default:
      return undefined
  }
}

/** The size is in the frame header: the first segment SOF0 to SOF15 that is no table (C4, C8, CC). */
const jpeg = (view: DataView): ImageSize | undefined => {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1)
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return undefined
}
