import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { SseReader } from "../../src/transport/SseReader.ts"
import { SseTextReader } from "../../src/transport/SseTextReader.ts"

const encoder = new TextEncoder()

/** What stands in streams, in any order and cut anywhere. */
const pieces = [
  "data: {}\n\n",
  "data:{}\n\n",
  "data: 1\ndata: 2\n\n",
  'event: ping\ndata: {"a":1}\n\n',
  ": a comment\n\n",
  ": a comment above\ndata: 1\ndata: 2\n\n",
  "retry: 5\n\n",
  "id: 7\nevent: message\ndata: é\n\n",
  "data: {}\r\n\r\n",
  ": a comment\r\n\r\n",
  "event: ping\r\ndata: 1\r\n\r\n",
  "data: {}\r\r",
  "data:\n\n",
  "\r",
  "\n"
]

const Marks = Schema.Literals(["", "\ufeff"])
const Streams = Schema.Array(Schema.Literals(pieces))
const Cuts = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })))

const cut = (text: string, lengths: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const bytes = encoder.encode(text)
  const chunks: Array<Uint8Array> = []
  let from = 0
  for (let i = 0; from < bytes.length; i++) {
    const length = lengths[i % Math.max(1, lengths.length)] ?? bytes.length
    chunks.push(bytes.slice(from, (from += length)))
  }
  return chunks
}

const framesOf = <F>(reader: { read: (bytes: Uint8Array) => F; end: () => F }, chunks: ReadonlyArray<Uint8Array>) => {
  const frames = [...chunks.map((chunk) => reader.read(chunk)), reader.end()]
  return frames.flatMap((some) => (Array.isArray(some) ? some : assert.fail("no stream fails here")))
}

describe("SseTextReader", () => {
  it("reads CR LF as one line end, also when split", () => {
    const reader = new SseTextReader()
    const read = (text: string) => reader.read(encoder.encode(text))
    assert.deepStrictEqual(read("data: 1\r\n\r"), [{ data: "1", text: "data: 1\r\n\r\n" }])
    assert.deepStrictEqual(read("\ndata: 2\n\n"), [{ data: "2", text: "data: 2\n\n" }])
  })

  it.prop("keeps every character, wherever the bytes are cut", [Marks, Streams, Cuts], ([mark, stream, lengths]) => {
    const text = mark + stream.join("")
    const kept = framesOf(new SseTextReader(), cut(text, lengths)).map((frame) => frame.text)
    // The last message has its end in any case, and a CR behind a CRLF is taken for half of another one.
    const ends = (one: string) => (/\r\n\r(?!\n)/.test(text) ? one.replaceAll(/\r\n?/g, "\n") : one)
    assert.isTrue(ends(kept.join("")).startsWith(ends(text)))
    assert.isTrue(ends(`${text}\n\n`).startsWith(ends(kept.join(""))))
  })

  it.prop("reads the same frames as SseReader", [Streams, Cuts], ([stream, lengths]) => {
    const chunks = cut(stream.join(""), lengths)
    const read = framesOf(new SseTextReader(), chunks)
      .filter(({ isSilent }) => isSilent !== true)
      .map(({ data, event }) => ({ data, event }))
    assert.deepStrictEqual(
      read,
      framesOf(new SseReader(), chunks).map(({ data, event }) => ({ data, event }))
    )
  })

  it("rejects a message over the limit, after those before it", () => {
    const reader = new SseTextReader(20)
    const frames = reader.read(encoder.encode(`data: 1\n\ndata: ${"x".repeat(40)}\n\n`))
    assert.isArray(frames)
    assert.strictEqual((reader.read(encoder.encode("data: 2\n\n")) as { _tag?: string })._tag, "ResponseTooLargeError")
  })
})
