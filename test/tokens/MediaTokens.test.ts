import { assert, describe, it } from "@effect/vitest"
import * as Base64 from "effect/encoding/Base64"
import type { AudioPart, FilePart, ImagePart } from "../../src/domain/ContentPart.ts"
import * as MediaTokens from "../../src/tokens/MediaTokens.ts"
import * as ModelRule from "../../src/tokens/ModelRule.ts"
import { wav } from "./media/files.ts"

const gpt4o = ModelRule.of("gpt-4o")
const gemini = ModelRule.of("gemini-2.5-flash")
const count = (rule: ModelRule.ModelRule, part: ImagePart | AudioPart | FilePart) =>
  MediaTokens.part(rule, part, "user")

const png = new Uint8Array(64)
png.set([0x89, 0x50, 0x4e, 0x47])
new DataView(png.buffer).setUint32(16, 2048)
new DataView(png.buffer).setUint32(20, 4096)

describe("MediaTokens.part", () => {
  it("reads the size of an image from its bytes or its data URI", () => {
    const exact = { tokens: 1105, precision: { _tag: "Exact" } } as const
    assert.deepStrictEqual(count(gpt4o, { type: "image", data: png, mediaType: "image/png" }), exact)
    assert.deepStrictEqual(count(gpt4o, { type: "image", data: `data:image/png;base64,${Base64.encode(png)}` }), exact)
    assert.strictEqual(count(gpt4o, { type: "image", data: png, detail: "low" }).tokens, 85)
  })

  it("flags an image that is a link, or cannot be read", () => {
    for (const data of [
      "https://example.com/a.png",
      { fileId: "f" },
      "data:image/png;base64,@@@",
      "data:image/svg+xml,<svg>",
      new Uint8Array(9)
    ]) {
      const { precision, tokens } = count(gpt4o, { type: "image", data })
      assert.strictEqual(tokens, 765)
      assert.deepStrictEqual(precision, { _tag: "Estimated", expectedError: 1, reasons: ["an image of unknown size"] })
    }
  })

  it("maps detail to the resolution of Gemini 3", () => {
    const rule = ModelRule.of("gemini-3-pro")
    const tokens = (detail?: string) => count(rule, { type: "image", data: png, detail }).tokens
    assert.deepStrictEqual([tokens(), tokens("low"), tokens("ultra_high"), tokens("toString")], [1120, 280, 2240, 1120])
  })

  it("counts the seconds of a recording, or guesses them from its length", () => {
    assert.strictEqual(count(gpt4o, { type: "audio", data: wav(2.5) }).tokens, 25)
    assert.strictEqual(MediaTokens.part(gpt4o, { type: "audio", data: wav(2.5) }, "assistant").tokens, 50)
    assert.strictEqual(count(gemini, { type: "audio", data: wav(2.5) }).tokens, 80)
    const mp3 = count(gemini, { type: "audio", data: new Uint8Array(160_000), mediaType: "audio/mpeg" })
    assert.strictEqual(mp3.tokens, 320)
    assert.strictEqual(count(gemini, { type: "audio", data: { fileId: "f" } }).tokens, 60 * 32)
  })

  it("counts the pages of a document, or guesses them", () => {
    const gemini3 = ModelRule.of("gemini-3-pro")
    const page = gemini3.document.perPage
    const pdf = new TextEncoder().encode("%PDF-1.7 /Type /Page /Type /Page /Type /Page")
    assert.strictEqual(count(gemini3, { type: "file", data: pdf, mediaType: "application/pdf" }).tokens, 3 * page)
    assert.strictEqual(count(gemini3, { type: "file", data: new Uint8Array(100_001) }).tokens, 3 * page)
    assert.strictEqual(count(gemini3, { type: "file", data: "https://example.com/a.pdf" }).tokens, 5 * page)
    const archive = new Uint8Array(5000)
    archive.set([0x50, 0x4b])
    const { precision, tokens } = count(gemini3, { type: "file", data: archive })
    assert.isTrue(tokens > 30 && tokens < 60)
    assert.isTrue(precision._tag === "Estimated" && precision.expectedError > 1)
  })

  it("guesses films", () => {
    const film: FilePart = { type: "file", data: new Uint8Array(500_000), mediaType: "video/mp4" }
    assert.strictEqual(count(gemini, film).tokens, 2 * 263)
    assert.strictEqual(count(gemini, film).precision._tag, "Estimated")
  })
})
