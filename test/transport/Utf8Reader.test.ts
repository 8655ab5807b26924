import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Utf8Reader } from "../../src/transport/Utf8Reader.ts"

const encoder = new TextEncoder()

/** Whole characters, bytes of them, what is no UTF-8, and nothing. */
const words = ["", "a", "é", "€", "👋", "\ufeff", "line\n"]
const bytes = [0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xef, 0xbb, 0xbf, 0xff]

const chunks = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals([...words, ...bytes])), { maxLength: 12 }),
  (pieces): ReadonlyArray<Uint8Array> =>
    pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : Uint8Array.of(piece)))
)

describe("text of bytes in chunks", () => {
  it.prop(
    "is what a decoder reads of all of them",
    { chunks },
    ({ chunks }) => {
      const reader = new Utf8Reader()
      const text = chunks.map((chunk) => reader.read(chunk)).join("") + reader.end()
      const all = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
      assert.strictEqual(text, new TextDecoder().decode(all))
      assert.strictEqual(reader.takeMark() + text, new TextDecoder("utf-8", { ignoreBOM: true }).decode(all))
    },
    { arbitrary: { runs: 500 } }
  )
})
