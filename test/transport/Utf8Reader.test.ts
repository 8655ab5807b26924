import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Utf8Reader } from "../../src/transport/Utf8Reader.ts"

const chunks = Arbitrary.array(
  Arbitrary.oneOf(
    Arbitrary.schema(Schema.Literals(["a", "é", "€", "👋", "\ufeff", "line\n"])).pipe(
      Arbitrary.map((text) => new TextEncoder().encode(text))
    ),
    Arbitrary.schema(Schema.Literals([0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xef, 0xbb, 0xbf, 0xff])).pipe(
      Arbitrary.map((byte) => Uint8Array.of(byte))
    ),
    Arbitrary.schema(Schema.Literal("")).pipe(Arbitrary.map(() => new Uint8Array()))
  ),
  { maxLength: 12 }
)

describe("text of bytes in chunks", () => {
  it.prop("is what a decoder reads of all of them", { chunks }, ({ chunks }) => {
    const reader = new Utf8Reader()
    const text = chunks.map((chunk) => reader.read(chunk)).join("") + reader.end()
    assert.strictEqual(text, new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))))
  })
})
