import { assert, describe, it, vi } from "@effect/vitest"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as zlib from "node:zlib"
import { codingsOf, decode } from "../../src/transport/Decompression.ts"

const text = "data: {}\n\n".repeat(100)
const compress: { readonly [coding: string]: (bytes: Uint8Array) => Uint8Array } = {
  gzip: zlib.gzipSync,
  "x-gzip": zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync
}
const flush: { readonly [coding: string]: () => zlib.Gzip | zlib.BrotliCompress | zlib.ZstdCompress } = {
  gzip: () => zlib.createGzip(),
  deflate: () => zlib.createDeflate(),
  br: () => zlib.createBrotliCompress(),
  zstd: () => zlib.createZstdCompress()
}
/** What `decode` gives where `process` is another one. */
const decodedWhere = (process: object | undefined, coding: string) => {
  vi.stubGlobal("process", process)
  try {
    return decode(compressed(coding), [coding])
  } finally {
    vi.unstubAllGlobals()
  }
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

  const bare = (bytes: Uint8Array) =>
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      }
    })

  it("are decoded from the bare format that some servers call deflate, by Node and by the platform", async () => {
    for (const known of [process, undefined]) {
      vi.stubGlobal("process", known)
      try {
        for (const level of [0, 1, 9]) {
          const bytes = zlib.deflateRawSync(text, { level })
          assert.strictEqual(await textOf(decode(bare(bytes), ["deflate"])), text)
          const cut = textOf(decode(bare(bytes.subarray(0, -3)), ["deflate"]))
          assert.isTrue(
            await cut.then(
              () => false,
              () => true
            ),
            "cut short"
          )
        }
      } finally {
        vi.unstubAllGlobals()
      }
    }
  })

  it("break where what is sent before or within them breaks", async () => {
    for (const sent of [[], [0x78], [0x78, 0x9c, 0xff, 0xff], [0xff, 0xff]]) {
      const bytes = new ReadableStream<Uint8Array>({
        start: (controller) => {
          if (sent.length > 0) controller.enqueue(Uint8Array.from(sent))
          controller.error(new Error("reset"))
        }
      })
      assert.isTrue(
        await textOf(decode(bytes, ["deflate"])).then(
          () => false,
          () => true
        )
      )
    }
  })

  it("are decoded from up to three nested codings", async () => {
    const codings = ["gzip", "br", "deflate"]
    assert.strictEqual(await textOf(decode(compressed(...codings), codings.toReversed())), text)
    const four = ["gzip", "gzip", "gzip", "gzip"]
    assert.strictEqual(decode(compressed(...four), four), "the response is compressed 4 times")
  })

  for (const [coding, compressor] of Object.entries(flush)) {
    it(`are decoded from ${coding} as they arrive`, async () => {
      const pieces = compressor()
      pieces.write(text)
      await new Promise<void>((resolve) => pieces.flush(() => resolve()))
      const first = Uint8Array.from(pieces.read() as Uint8Array)
      const bytes = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(first) })
      const decoded = decode(bytes, [coding])
      if (typeof decoded === "string") return assert.fail(decoded)
      const reader = decoded.pipeThrough(new TextDecoderStream() as never as ReadableWritablePair<string>).getReader()
      let arrived = ""
      while (arrived.length < text.length) arrived += (await reader.read()).value ?? assert.fail("ended early")
      assert.strictEqual(arrived, text)
      await reader.cancel()
    })
  }

  it("are decoded by the platform without Node, if it knows the coding", async () => {
    for (const process of [undefined, {}]) {
      for (const coding of ["gzip", "x-gzip", "deflate"]) {
        assert.strictEqual(await textOf(decodedWhere(process, coding)), text)
      }
      assert.strictEqual(decodedWhere(process, "br"), "the response has an unsupported compression: br")
    }
  })

  it("are rejected from Zstandard if this Node lacks it", () => {
    const { getBuiltinModule } = process
    const older = {
      getBuiltinModule: (name: string) => ({ ...getBuiltinModule(name), createZstdDecompress: undefined })
    }
    assert.strictEqual(decodedWhere(older, "zstd"), "the response has an unsupported compression: zstd")
  })

  it("are rejected with the name of an unknown coding", () => {
    assert.strictEqual(decode(compressed(), ["compress"]), "the response has an unsupported compression: compress")
  })
})

describe("the codings of a response", () => {
  const request = HttpClientRequest.get("https://a.example")
  /** Of a client that leaves the bytes as they came. */
  const raw = {} as HttpClientResponse.HttpClientResponse

  it("are read from the last to the first, without identity", () => {
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

  it("are none if the client has decoded the bytes", () => {
    const web = HttpClientResponse.fromWeb(request, new Response(""))
    assert.isUndefined(codingsOf(web, { "content-encoding": "gzip" }))
  })
})
