import { assert, describe, it } from "@effect/vitest"
import { joinBytes, Pieces } from "../../src/transport/Pieces.ts"
import * as Arb from "../domain/arbitraries.ts"

describe("pieces", () => {
  it.prop("are given in order, and far fewer than there were", [Arb.nonNegativeInt(5000)], ([count]) => {
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
