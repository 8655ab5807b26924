import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { createServer, get } from "node:http"
import type { AddressInfo } from "node:net"
import type { Frame } from "../../src/domain/Frame.ts"
import { NdjsonReader } from "../../src/transport/NdjsonReader.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)

const readAll = (chunks: ReadonlyArray<Uint8Array>, maxSize?: number): ReadonlyArray<Frame> | string => {
  const reader = new NdjsonReader(maxSize)
  const frames: Array<Frame> = []
  for (const part of [...chunks.map((chunk) => reader.read(chunk)), reader.end()]) {
    if ("_tag" in part) return part.message
    frames.push(...part.map(({ data }) => ({ data })))
  }
  return frames
}

const lines = ['{"message":{"content":"漢😀"},"done":false}', '{"a":"line\\nbreak\u2028 is text"}', '{"done":true}']
const frames = lines.map((data) => ({ data }))

describe("NdjsonReader", () => {
  it("reads lines however the bytes are split: at every byte, also within a character", () => {
    for (const end of ["\n", "\r\n", "\n\n", "\r\n \r\n"]) {
      const bytes = bytesOf(lines.map((line) => line + end).join(""))
      for (let at = 0; at <= bytes.length; at++) {
        assert.deepStrictEqual(readAll([bytes.subarray(0, at), bytes.subarray(at)]), frames)
      }
      assert.deepStrictEqual(readAll([...bytes].map((byte) => Uint8Array.of(byte))), frames)
    }
  })

  it("keeps the text of each line unchanged, with its blanks and a byte order mark", () => {
    const text = '\ufeff{"a":1}\r\n {"b":2}\n{"c":3}\n'
    for (let at = 0; at <= bytesOf(text).length; at++) {
      const reader = new NdjsonReader()
      const read = [bytesOf(text).subarray(0, at), bytesOf(text).subarray(at)].flatMap((bytes) => {
        const frames = reader.read(bytes)
        return "_tag" in frames ? assert.fail(frames.message) : frames
      })
      assert.strictEqual(read.map(({ data, text }) => text ?? `${data}\n`).join(""), text)
    }
  })

  it("keeps a byte order mark in the text of a line, but not in its data", () => {
    assert.deepStrictEqual(new NdjsonReader().read(bytesOf('\ufeff{"a":1}\n{"b":2}\n')), [
      { data: '{"a":1}', text: '\ufeff{"a":1}\n' },
      { data: '{"b":2}' }
    ])
  })

  it("reads a line that arrives in thousands of pieces", () => {
    const line = JSON.stringify({ text: "a b".repeat(1000) })
    assert.deepStrictEqual(readAll([...`${line}\n${line}`].map(bytesOf)), [{ data: line }, { data: line }])
  })

  it.prop(
    "reads any values in pieces of any size",
    [
      Schema.Array(Schema.Struct({ text: Schema.String })).check(Schema.isMaxLength(6)),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 }))).check(Schema.isNonEmpty())
    ],
    ([values, sizes]) => {
      const bytes = bytesOf(values.map((value) => `${JSON.stringify(value)}\n`).join(""))
      const chunks: Array<Uint8Array> = []
      for (let at = 0, i = 0; at < bytes.length; i++) chunks.push(bytes.subarray(at, (at += sizes[i % sizes.length]!)))
      assert.deepStrictEqual(
        readAll(chunks),
        values.map((value) => ({ data: JSON.stringify(value) }))
      )
    },
    { arbitrary: { runs: 60 } }
  )

  it("returns the last line without a line end, and nothing for no bytes", () => {
    assert.deepStrictEqual(readAll([bytesOf('{"a":1}\n{"b":2}')]), [{ data: '{"a":1}' }, { data: '{"b":2}' }])
    assert.deepStrictEqual(readAll([]), [])
    assert.deepStrictEqual(readAll([bytesOf("\uFEFF{}")]), [{ data: "{}" }])
  })

  it("accepts a line of exactly the limit, whole or in pieces, and counts each line separately", () => {
    const line = "1234567890"
    const three = [line, line, line].map((data) => ({ data }))
    assert.deepStrictEqual(readAll([bytesOf(`${line}\n${line}\n${line}`)], 10), three)
    assert.deepStrictEqual(readAll([..."1234567890\n1234567890\n1234567890\n"].map(bytesOf), 10), three)
    assert.match(String(readAll([..."12345678901"].map(bytesOf), 10)), /larger than 10 bytes/)
  })

  it("fails at once on a line over the limit without frames before it", () => {
    for (const text of ["12345678901\n{}\n", "12345678901"]) {
      const failure = new NdjsonReader(10).read(bytesOf(text))
      assert.strictEqual("_tag" in failure && failure._tag, "ResponseTooLargeError", text)
    }
  })

  it("rejects a line over the size limit, after the lines before it, and everything later", () => {
    const reader = new NdjsonReader(10)
    assert.deepStrictEqual(reader.read(bytesOf('{"a":1}\n{"b":"')), [{ data: '{"a":1}' }])
    const failure = reader.read(bytesOf("too long"))
    assert.strictEqual("_tag" in failure && failure._tag, "ResponseTooLargeError")
    assert.strictEqual(reader.read(bytesOf("\n{}\n")), failure)
    assert.strictEqual(reader.end(), failure)
    assert.deepStrictEqual(new NdjsonReader(10).read(bytesOf("{}\n12345678901\n{}\n")), [{ data: "{}" }])
    assert.match(String(readAll([bytesOf("12345678901")], 10)), /larger than 10 bytes/)
    assert.deepStrictEqual(readAll([bytesOf("1234567890\n")], 10), [{ data: "1234567890" }])
  })

  it.live("reads lines off a real socket, written byte by byte", () =>
    Effect.promise(async () => {
      const bytes = bytesOf(lines.join("\r\n"))
      const server = createServer((_, response) => {
        response.socket!.setNoDelay(true)
        let at = 0
        const next = (): void => {
          if (at >= bytes.length) return void response.end()
          response.write(bytes.subarray(at, ++at), () => setImmediate(next))
        }
        next()
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const reader = new NdjsonReader()
      const found: Array<Frame> = []
      let reads = 0
      const add = (read: ReturnType<NdjsonReader["read"]>) =>
        found.push(...("_tag" in read ? [] : read.map(({ data }) => ({ data }))))
      await new Promise<void>((resolve, reject) => {
        get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }, (response) => {
          response.on("data", (chunk: Uint8Array) => {
            reads++
            add(reader.read(chunk))
          })
          response.on("end", () => resolve(void add(reader.end())))
        }).on("error", reject)
      })
      server.close()
      assert.deepStrictEqual(found, frames)
      assert.isAbove(reads, 10)
    })
  )
})
