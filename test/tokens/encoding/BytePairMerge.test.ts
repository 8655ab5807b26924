import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import ranks from "js-tiktoken/ranks/p50k_base"
import { BytePairMerge } from "../../../src/tokens/encoding/BytePairMerge.ts"
import { Vocabulary } from "../../../src/tokens/encoding/Vocabulary.ts"
import { literal } from "../../domain/arbitraries.ts"

const vocabulary = new Vocabulary(ranks.bpe_ranks)
const merge = new BytePairMerge(vocabulary)

const ids = new Map<string, number>()
for (let id = 0; id < vocabulary.size; id++) ids.set(vocabulary.bytesOf(id).join(), id)

/** The definition, word by word. */
const byDefinition = (bytes: Uint8Array): ReadonlyArray<number> => {
  const parts = Array.from(bytes, (byte) => [byte])
  for (;;) {
    const found = parts.slice(1).map((part, i) => ids.get([...parts[i]!, ...part].join()) ?? Infinity)
    const best = Math.min(...found, Infinity)
    if (best === Infinity) return parts.map((part) => ids.get(part.join())!)
    const at = found.indexOf(best)
    parts.splice(at, 2, [...parts[at]!, ...parts[at + 1]!])
  }
}

describe("Vocabulary", () => {
  it("reads every token, the second line of the rank text too", () => {
    assert.strictEqual(vocabulary.size, 50281)
    assert.deepStrictEqual([...vocabulary.bytesOf(0)], [0x21])
    assert.strictEqual(vocabulary.bytesOf(50256).length, 0, "a gap: the special token")
    assert.strictEqual(vocabulary.bytesOf(50280).length, 25)
    assert.strictEqual(vocabulary.bytesOf(50281).length, 0)
  })
})

describe("BytePairMerge", () => {
  it.prop(
    "merges short and long pieces as the definition does",
    {
      piece: Arbitrary.map(
        Arbitrary.array(literal("a", "b", "e", " ", "th", "ing", "é", "漢", "😀", "aaaa", "zzzzzzz"), {
          minLength: 1,
          maxLength: 60
        }),
        (parts) => new TextEncoder().encode(parts.join(""))
      )
    },
    ({ piece }) => {
      const tokens: Array<number> = []
      assert.strictEqual(merge.merge(piece, piece.length, tokens), tokens.length)
      assert.deepStrictEqual(tokens, byDefinition(piece))
      assert.strictEqual(merge.merge(piece, piece.length, undefined), tokens.length)
    },
    { arbitrary: { runs: 25 } }
  )
})
