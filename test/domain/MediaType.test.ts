import { assert, describe, it } from "@effect/vitest"
import * as MediaType from "../../src/domain/MediaType.ts"

describe("the name of a media type", () => {
  it("is in lower case, without parameters, and the usual one", () => {
    for (const [given, expected] of [
      ["audio/webm;codecs=opus", "audio/webm"],
      [" Image/JPG ; a=b\n;c=d", "image/jpeg"],
      ["audio/x-m4a", "audio/mp4"],
      ["application/pdf", "application/pdf"],
      ["toString", "tostring"],
      ["", ""]
    ] as const) {
      assert.strictEqual(MediaType.canonical(given), expected)
    }
  })

  it("distinguishes text from other files", () => {
    for (const type of [
      "text/csv",
      "TEXT/plain",
      "application/json",
      "application/ld+json;charset=utf-8",
      "application/toml"
    ]) {
      assert.isTrue(MediaType.isText(type), type)
    }
    for (const type of [
      undefined,
      "",
      "application/pdf",
      "application/jsonish",
      "application/+json",
      "x-text/plain",
      "image/svg+xml"
    ]) {
      assert.isFalse(MediaType.isText(type), type)
    }
    assert.isFalse(MediaType.isText(`application/${"a".repeat(81)}+json`))
  })

  it("may be generic", () => {
    for (const type of ["application/octet-stream", "binary/octet-stream;a=b", "image/*", "*/*"]) {
      assert.isTrue(MediaType.isGeneric(type), type)
    }
    for (const type of ["image/png", "text/octet-stream", "image/*x", "1/*", "/*"]) {
      assert.isFalse(MediaType.isGeneric(type), type)
    }
  })
})

describe("the media type of bytes", () => {
  const files: ReadonlyArray<readonly [hex: string, type: string | undefined]> = [
    ["89504e470d0a1a0a", "image/png"],
    ["ffd8ffe0", "image/jpeg"],
    ["474946383961", "image/gif"],
    ["524946460a0b0c0d57454250", "image/webp"],
    ["000000186674797068656963", "image/heic"],
    ["00000018667479706d696631", "image/heic"],
    ["000000186674797061766966", "image/avif"],
    ["255044462d312e37", "application/pdf"],
    ["49443304", "audio/mpeg"],
    ["fffb90", "audio/mpeg"],
    ["524946460a0b0c0d57415645", "audio/wav"],
    ["664c6143", "audio/flac"],
    ["4f676753", "audio/ogg"],
    ["1a45dfa3", "audio/webm"],
    ["0000001866747970", "audio/mp4"],
    ["0089504e47", undefined],
    ["fffc", undefined],
    ["52494646", undefined],
    ["", undefined]
  ]

  it("is detected from the first of them, in Base64 as well", () => {
    for (const [hex, type] of files) {
      const bytes = Buffer.from(hex, "hex")
      for (const more of [bytes, Buffer.concat([bytes, new Uint8Array(20)])]) {
        if (type === undefined && more !== bytes) continue
        assert.strictEqual(MediaType.sniff(more), type, hex)
        assert.strictEqual(MediaType.sniffBase64(more.toString("base64")), type, hex)
      }
    }
    assert.isUndefined(MediaType.sniffBase64("no base64!"))
  })
})
