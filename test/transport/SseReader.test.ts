import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Frame } from "../../src/domain/Frame.ts"
import { SseReader } from "../../src/transport/SseReader.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

const readAll = (chunks: ReadonlyArray<Uint8Array>, maxSize?: number): ReadonlyArray<Frame> | string => {
  const reader = new SseReader(maxSize)
  const frames: Array<Frame> = []
  for (const part of [...chunks.map((chunk) => reader.read(chunk)), reader.end()]) {
    if ("_tag" in part) return part._tag
    frames.push(...part)
  }
  return frames
}

const Line = Schema.String.check(Schema.isPattern(/^[^\r\n]*$/))

describe("SseReader", () => {
  it.prop(
    "the frames do not depend on how the bytes are split, nor on the kind of line end",
    [
      Schema.Array(Line).check(Schema.isMaxLength(6)),
      Schema.Literals(["\n", "\r\n", "\r"]),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))).check(Schema.isNonEmpty())
    ],
    ([data, newline, sizes]) => {
      const lines = data.map((line) => `data: {"text":${JSON.stringify(line)}}${newline}${newline}`)
      const whole = bytes(`: a comment${newline}retry: 10${newline}${newline}${lines.join("")}`)
      const chunks: Array<Uint8Array> = []
      for (let at = 0, i = 0; at < whole.length; i++) {
        const size = sizes[i % sizes.length]!
        chunks.push(whole.subarray(at, (at += size)))
      }
      const expected = data.map((line) => ({ data: JSON.stringify({ text: line }).replace(/^\{"text":/, '{"text":') }))
      assert.deepStrictEqual(readAll(chunks), expected)
    }
  )

  it.prop(
    "any lines decode the same whether they arrive by line, by character or at once",
    [
      Schema.Array(
        Schema.Literals([
          "data: a",
          "data: b c",
          "data:d",
          "data: ",
          "data",
          "event: e",
          "id: 1",
          ": f",
          "retry: 5",
          "g",
          "",
          ""
        ])
      ),
      Schema.Literals(["\n", "\r\n"]),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))).check(Schema.isNonEmpty())
    ],
    ([lines, newline, sizes]) => {
      const whole = bytes(lines.map((line) => line + newline).join(""))
      const split = (size: (i: number) => number) => {
        const chunks: Array<Uint8Array> = []
        for (let at = 0, i = 0; at < whole.length; i++) chunks.push(whole.subarray(at, (at += size(i))))
        return readAll(chunks)
      }
      const letters = split(() => 1)
      assert.deepStrictEqual(
        split(() => whole.length),
        letters
      )
      assert.deepStrictEqual(
        split((i) => sizes[i % sizes.length]!),
        letters
      )
    },
    { arbitrary: { runs: 300 } }
  )

  it("names the event, joins data lines and drops comments and pings without data", () => {
    const text = "event: ping\n\nevent: error\ndata: a\ndata: b\n\n: hello\n\ndata: c\n\n"
    assert.deepStrictEqual(readAll([bytes(text)]), [{ event: "error", data: "a\nb" }, { data: "c" }])
  })

  it("returns the last frame without its blank line", () => {
    assert.deepStrictEqual(readAll([bytes("data: a\n\ndata: b")]), [{ data: "a" }, { data: "b" }])
  })

  it("rejects a frame over the size limit", () => {
    assert.deepStrictEqual(readAll([bytes("data: abc\n\n")], 1000), [{ data: "abc" }])
    assert.strictEqual(readAll([bytes(`data: ${"x".repeat(2000)}`)], 1000), "ResponseTooLargeError")
  })

  it("accepts frames of exactly the limit, whole or in pieces, however many", () => {
    const frame = `data: ${"x".repeat(94)}\n\n`
    const expected = [0, 1, 2].map(() => ({ data: "x".repeat(94) }))
    assert.deepStrictEqual(readAll([bytes(frame.repeat(3))], 100), expected)
    assert.deepStrictEqual(readAll([...frame.repeat(3)].map(bytes), 100), expected)
  })

  it("drops a byte order mark, and first returns the frames before one over the limit", () => {
    assert.deepStrictEqual(readAll([bytes("\uFEFFdata: a\n\n")]), [{ data: "a" }])
    const reader = new SseReader(1000)
    assert.deepStrictEqual(reader.read(bytes(`data: a\n\ndata: ${"x".repeat(2000)}`)), [{ data: "a" }])
    for (const next of [reader.read(bytes("\n\ndata: b\n\n")), reader.end()]) {
      assert.isTrue("_tag" in next && next._tag === "ResponseTooLargeError")
    }
  })

  it("puts a replacement character where the bytes end within a character", () => {
    assert.deepStrictEqual(readAll([bytes("data: é").subarray(0, -1)]), [{ data: "\uFFFD" }])
  })
})
