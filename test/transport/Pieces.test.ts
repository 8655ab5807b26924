import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { joinBytes, Pieces } from "../../src/transport/Pieces.ts"
import * as Arb from "../domain/arbitraries.ts"

describe("pieces", () => {
  it("are kept as they arrived while they are few", () => {
    const joins: Array<number> = []
    const pieces = new Pieces<string>((some) => {
      joins.push(some.length)
      return some.join("")
    })
    for (let piece = 0; piece < 1023; piece++) pieces.add("a")
    assert.deepStrictEqual(joins, [])
    pieces.add("a")
    assert.isFalse(pieces.isEmpty)
    pieces.add("b")
    assert.deepStrictEqual(joins, [1024])
    assert.deepStrictEqual(pieces.take(), ["a".repeat(1024), "b"])
  })

  it.prop("are returned in order, and far fewer than arrived", [Arb.nonNegativeInt(5000)], ([count]) => {
    const bytes = new Pieces<Uint8Array>(joinBytes)
    assert.isTrue(bytes.isEmpty)
    for (let piece = 0; piece < count; piece++) bytes.add(Uint8Array.of(piece % 251))
    assert.strictEqual(bytes.isEmpty, count === 0)
    const all = bytes.take()
    assert.isAtMost(all.length, 1024 + count / 1024)
    assert.deepStrictEqual(
      joinBytes(all),
      Uint8Array.from({ length: count }, (_, piece) => piece % 251)
    )
    assert.isTrue(bytes.isEmpty)
  })
})

describe("joined bytes", () => {
  it("of one chunk are that chunk, and a view of it if it is cut", () => {
    const chunk = Uint8Array.of(1, 2, 3)
    for (const most of [undefined, 4, 3]) assert.strictEqual(joinBytes([chunk], most), chunk)
    const cut = joinBytes([chunk], 2)
    assert.deepStrictEqual([...cut], [1, 2])
    assert.strictEqual(cut.buffer, chunk.buffer)
  })

  it.prop(
    "are the chunks in order, up to the most, wherever that cuts",
    [Schema.Array(Schema.Uint8Array.check(Schema.isMaxLength(5))).check(Schema.isMaxLength(5)), Arb.nonNegativeInt(30)],
    ([chunks, most]) => {
      const all = chunks.flatMap((chunk) => [...chunk])
      assert.deepStrictEqual([...joinBytes(chunks)], all)
      assert.deepStrictEqual([...joinBytes(chunks, most)], all.slice(0, most))
    }
  )
})
