import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { createServer, get } from "node:http"
import type { AddressInfo } from "node:net"
import type { Frame } from "../../src/domain/Frame.ts"
import { EventStreamReader, EventStreamWriter } from "../../src/transport/EventStream.ts"
import { codec } from "./eventStreamCodec.ts"

const writer = new EventStreamWriter(codec)

const concat = (messages: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(messages))

const write = (frames: ReadonlyArray<Frame>): Uint8Array => concat(frames.map((frame) => writer.write(frame)))

const readAll = (chunks: ReadonlyArray<Uint8Array>, maxSize?: number): ReadonlyArray<Frame> | string => {
  const reader = new EventStreamReader(codec, maxSize)
  const frames: Array<Frame> = []
  for (const part of [...chunks.map((chunk) => reader.read(chunk)), reader.end()]) {
    if ("_tag" in part) return part.message
    frames.push(...part)
  }
  return frames
}

const frames: ReadonlyArray<Frame> = [
  { event: "messageStart", data: '{"role":"assistant"}' },
  { event: "contentBlockDelta", data: '{"delta":{"text":"漢😀"},"contentBlockIndex":0}' },
  { event: "messageStop", data: "{}" },
  { event: "exception:throttlingException", data: '{"message":"Too many requests"}' }
]

/** The message without headers and payload that AWS's own codecs are tested with. */
const empty = "000000100000000005c248eb7d98c8ff"

describe("EventStreamReader", () => {
  it("reads frames however the bytes are split: at every byte", () => {
    const bytes = write(frames)
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepStrictEqual(readAll([bytes.subarray(0, at), bytes.subarray(at)]), frames)
    }
    assert.deepStrictEqual(readAll([...bytes].map((byte) => Uint8Array.of(byte))), frames)
  })

  it.prop(
    "reads any frames in pieces of any size",
    [
      Schema.Array(Schema.Struct({ event: Schema.NonEmptyString, data: Schema.String })).check(Schema.isMaxLength(6)),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 }))).check(Schema.isNonEmpty())
    ],
    ([frames, sizes]) => {
      const bytes = write(frames)
      const chunks: Array<Uint8Array> = []
      for (let at = 0, i = 0; at < bytes.length; i++) chunks.push(bytes.subarray(at, (at += sizes[i % sizes.length]!)))
      const wellFormed = frames.map(({ data, event }) => ({ event: event.toWellFormed(), data: data.toWellFormed() }))
      assert.deepStrictEqual(readAll(chunks), wellFormed)
    },
    { arbitrary: { runs: 60 } }
  )

  it("reads the smallest message of the specification", () => {
    assert.deepStrictEqual(readAll([Buffer.from(empty, "hex")]), [{ data: "" }])
  })

  it("distinguishes exceptions, and errors in headers only, from events", async () => {
    const { EventStreamCodec } = await import("@smithy/eventstream-codec")
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes as Uint8Array).toString(),
      (text) => Buffer.from(text)
    )
    const string = (value: string) => ({ type: "string" as const, value })
    const message = codec.encode({
      headers: {
        ":message-type": string("error"),
        ":error-code": string("InternalError"),
        ":error-message": string("gone")
      },
      body: new Uint8Array()
    })
    assert.deepStrictEqual(readAll([message]), [{ event: "exception:InternalError", data: '{"message":"gone"}' }])
  })

  it("ignores headers of other types", async () => {
    const { EventStreamCodec, Int64 } = await import("@smithy/eventstream-codec")
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes as Uint8Array).toString(),
      (text) => Buffer.from(text)
    )
    const message = codec.encode({
      headers: {
        flag: { type: "boolean", value: true },
        at: { type: "timestamp", value: new Date(0) },
        count: { type: "long", value: Int64.fromNumber(7) },
        ":event-type": { type: "string", value: "chunk" }
      },
      body: Buffer.from("{}")
    })
    const untyped = codec.encode({
      headers: { ":event-type": { type: "boolean", value: true } },
      body: new Uint8Array()
    })
    assert.deepStrictEqual(readAll([message, untyped]), [{ event: "chunk", data: "{}" }, { data: "" }])
  })

  it("rejects a message that is corrupt anywhere, after returning the frames before it", () => {
    const first = writer.write(frames[0]!)
    const second = writer.write(frames[1]!)
    for (let at = 4; at < second.length; at++) {
      const damaged = Uint8Array.from(second)
      damaged[at]! ^= 1
      const reader = new EventStreamReader(codec)
      assert.deepStrictEqual(reader.read(concat([first, damaged])), [frames[0]!])
      for (const next of [reader.read(first), reader.end()]) {
        assert.deepInclude(next, { _tag: "ResponseParseError", detail: "a message of the event stream is damaged" })
      }
    }
  })

  it("rejects other bytes, and a message over the size limit, before it has arrived", () => {
    assert.match(String(readAll([Buffer.from("<html>not found</html>")])), /message of \d+ bytes/)
    assert.match(String(readAll([write(frames).subarray(0, 20)], 50)), /larger than 50 bytes/)
    assert.match(String(readAll([Buffer.alloc(40)])), /message of 0 bytes/)
  })

  it("accepts a message of exactly the limit, and no longer one", () => {
    const size = writer.write(frames[0]!).length
    const shorter = { ...frames[0]!, data: frames[0]!.data.slice(1) }
    const longer = { ...frames[0]!, data: `${frames[0]!.data} ` }
    assert.deepStrictEqual(readAll([write([frames[0]!, shorter])], size), [frames[0]!, shorter])
    const reader = new EventStreamReader(codec, size)
    assert.deepStrictEqual(reader.read(write([shorter, longer])), [shorter])
    const failure = reader.read(new Uint8Array())
    assert.deepInclude(failure, { _tag: "ResponseTooLargeError", limit: "frameBytes", bytes: size })
    assert.strictEqual(reader.read(write([longer])), failure)
    assert.strictEqual(reader.end(), failure)
    assert.deepInclude(new EventStreamReader(codec, size).read(write([longer])), { _tag: "ResponseTooLargeError" })
  })

  it("distinguishes a message over the limit from bytes that are not an event stream", () => {
    const head = (length: number) => {
      const bytes = new Uint8Array(12)
      new DataView(bytes.buffer).setUint32(0, length)
      return readAll([bytes], 100)
    }
    assert.deepStrictEqual(head(100), [])
    assert.match(String(head(101)), /larger than 100 bytes/)
    assert.match(String(head(32 * 1024 * 1024)), /larger than 100 bytes/)
    assert.match(String(head(32 * 1024 * 1024 + 1)), /a message of 33554433 bytes/)
    assert.match(String(head(15)), /a message of 15 bytes/)
    assert.deepStrictEqual(head(16), [])
  })

  it("calls an exception or error without a name `unknown`, and keeps the payload of an error", () => {
    const string = (value: string) => ({ type: "string" as const, value })
    const message = (type: string, body: string) =>
      codec.encode({ headers: { ":message-type": string(type) }, body: new TextEncoder().encode(body) })
    assert.deepStrictEqual(readAll([message("exception", "{}"), message("error", '{"a":1}'), message("event", "b")]), [
      { event: "exception:unknown", data: "{}" },
      { event: "exception:unknown", data: '{"a":1}' },
      { data: "b" }
    ])
  })

  it("writes a frame without an event as a chunk of JSON", () => {
    const { headers } = codec.decode(writer.write({ data: "{}" }))
    const values = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]))
    assert.deepStrictEqual(values, {
      ":event-type": "chunk",
      ":content-type": "application/json",
      ":message-type": "event"
    })
  })

  it("writes an exception as one, and an event that only ends in the word as an event", () => {
    for (const [event, header, type] of [
      ["exception:throttlingException", ":exception-type", "exception"],
      ["no exception:", ":event-type", "event"]
    ] as const) {
      const { headers } = codec.decode(writer.write({ event, data: "{}" }))
      assert.strictEqual(headers[header]?.value, event.replace(/^exception:/, ""))
      assert.strictEqual(headers[":message-type"]?.value, type)
    }
  })

  it("returns no frame of a truncated message", () => {
    const bytes = write(frames)
    assert.deepStrictEqual(readAll([bytes.subarray(0, bytes.length - 1)]), frames.slice(0, -1))
  })

  it.live("reads frames off a real socket, written byte by byte", () =>
    Effect.promise(async () => {
      const bytes = write(frames)
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
      const reader = new EventStreamReader(codec)
      const found: Array<Frame> = []
      let reads = 0
      await new Promise<void>((resolve, reject) => {
        get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }, (response) => {
          response.on("data", (chunk: Uint8Array) => {
            reads++
            const read = reader.read(chunk)
            if ("_tag" in read) reject(read)
            else found.push(...read)
          })
          response.on("end", () => resolve())
        }).on("error", reject)
      })
      server.close()
      assert.deepStrictEqual(found, frames)
      assert.isAbove(reads, 10)
    })
  )
})
