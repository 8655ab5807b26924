import { assert, describe, it } from "@effect/vitest"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { codingsOf, decode } from "../../src/transport/Decompression.ts"

const text = "data: {}\n\n".repeat(100)
const compress: { readonly [coding: string]: (bytes: Uint8Array) => Uint8Array } = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync
}
const compressed = (...codings: ReadonlyArray<string>): ReadableStream<Uint8Array> => {
  const bytes = codings.reduce<Uint8Array>((bytes, coding) => compress[coding]!(bytes), Buffer.from(text))
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(Uint8Array.from(bytes))
      controller.close()
    }
  })
}
const textOf = async (bytes: ReadableStream<Uint8Array> | string) =>
  typeof bytes === "string" ? bytes : new Response(bytes as ReadableStream<Uint8Array<ArrayBuffer>>).text()

describe("the bytes of a compressed response", () => {
  for (const coding of Object.keys(compress)) {
    it(`are decoded from ${coding}`, async () => {
      assert.strictEqual(await textOf(decode(compressed(coding), [coding])), text)
    })
  }

  it("are decoded from codings on top of each other, up to three", async () => {
    const codings = ["gzip", "br", "deflate"]
    assert.strictEqual(await textOf(decode(compressed(...codings), codings.toReversed())), text)
    const four = ["gzip", "gzip", "gzip", "gzip"]
    assert.strictEqual(decode(compressed(...four), four), "the response is compressed 4 times")
  })

  it("are refused by the name of a coding that is unknown here", () => {
    assert.strictEqual(decode(compressed(), ["compress"]), "the response has an unsupported compression: compress")
  })
})

describe("the codings of a response", () => {
  const request = HttpClientRequest.get("https://a.example")
  /** Of a client that leaves the bytes as they came. */
  const raw = {} as HttpClientResponse.HttpClientResponse

  it("are read from the last to the first, without what changes nothing", () => {
    for (const [header, codings] of [
      [undefined, undefined],
      ["", undefined],
      ["identity", undefined],
      ["GZIP", ["gzip"]],
      ["gzip, identity,, br", ["br", "gzip"]]
    ] as const) {
      assert.deepStrictEqual(codingsOf(raw, { "content-encoding": header }), codings)
    }
  })

  it("are none where the client has decoded the bytes", () => {
    const web = HttpClientResponse.fromWeb(request, new Response(""))
    assert.isUndefined(codingsOf(web, { "content-encoding": "gzip" }))
  })
})
