import { assert, describe, it } from "@effect/vitest"
import { imageSize } from "../../../src/tokens/media/ImageRule.ts"
import { pdfPages, wavSeconds } from "../../../src/tokens/media/MediaBytes.ts"

import { wav } from "./files.ts"

const bytes = (...parts: ReadonlyArray<string | ReadonlyArray<number>>): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? Array.from(part, (c) => c.charCodeAt(0)) : part)))
const zeros = (count: number) => Array<number>(count).fill(0)

describe("imageSize", () => {
  const files = {
    PNG: bytes("\x89PNG\r\n\x1a\n", zeros(4), "IHDR", [0, 0, 4, 0], [0, 0, 3, 0]),
    GIF: bytes("GIF89a", [0, 4], [0, 3]),
    "WebP, lossy": bytes("RIFF", zeros(4), "WEBPVP8 ", zeros(10), [0, 4], [0, 3]),
    "WebP, lossless": bytes("RIFF", zeros(4), "WEBPVP8L", zeros(4), [0x2f, 0xff, 0xc3, 0xbf, 0], zeros(8)),
    "WebP, extended": bytes("RIFF", zeros(4), "WEBPVP8X", zeros(8), [0xff, 3, 0], [0xff, 2, 0]),
    "JPEG with metadata, tables and a filler before the frame": bytes(
      [0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4, 0xff, 0xc4, 0, 3, 0, 0xff, 0xff, 0xc2, 0, 17, 8, 3, 0, 4, 0],
      zeros(4)
    )
  }
  for (const [name, file] of Object.entries(files)) {
    it(`reads ${name}`, () => {
      const padded = new Uint8Array([...zeros(3), ...file]).subarray(3)
      assert.deepStrictEqual(imageSize(padded), { width: 1024, height: 768 })
    })
  }

  it("returns no size for a truncated image or other bytes", () => {
    for (const file of Object.values(files)) assert.isUndefined(imageSize(file.subarray(0, 9)))
    for (const text of ["", "hello", "RIFF????WAVEfmt                  ", "\xff\xd8 no segment"]) {
      assert.isUndefined(imageSize(bytes(text)))
    }
    assert.isUndefined(imageSize(bytes("RIFF", zeros(4), "WEBPVP8?", zeros(20))))
  })
})

describe("wavSeconds", () => {
  it("reads the duration, even without one in the header", () => {
    assert.strictEqual(wavSeconds(wav(2.5)), 2.5)
    assert.strictEqual(wavSeconds(wav(2.5, 0xffff_ffff)), 2.5)
    assert.isUndefined(wavSeconds(wav(2.5).subarray(0, 30)))
    assert.isUndefined(wavSeconds(bytes("ID3 not a WAV at all")))
  })
})

describe("pdfPages", () => {
  it("counts pages, not lists of pages", () => {
    assert.strictEqual(pdfPages(bytes("%PDF-1.7 /Type /Pages /Type /Page >> /Type/Page /Type /PageLabel")), 2)
    assert.strictEqual(pdfPages(bytes("/Type /Page")), 0)
  })
})
