import { assert, describe, it } from "@effect/vitest"
import * as TextTokenizer from "../../src/tokens/TextTokenizer.ts"
import { nonNegativeInt } from "../domain/arbitraries.ts"
import { anyText, distinctText } from "./texts.ts"

/** A token for each UTF-8 byte: a character has one to four. */
const count = (text: string) => new TextEncoder().encode(text).length
const bytes = TextTokenizer.make({ count })

describe("TextTokenizer.make", () => {
  it.prop(
    "truncates to the longest beginning that fits, at a character",
    { text: anyText, most: nonNegativeInt(60) },
    ({ most, text }) => {
      const cut = bytes.truncate(text, most)
      assert.isTrue(text.startsWith(cut))
      assert.isAtMost(count(cut), most)
      const next = text.slice(0, cut.length + ((text.codePointAt(cut.length) ?? 0) > 0xffff ? 2 : 1))
      if (cut !== text) assert.isAbove(count(next), most)
    }
  )

  it.prop(
    "splits into parts that fit and join to the whole",
    { text: anyText, most: nonNegativeInt(30) },
    ({ most, text }) => {
      const parts = bytes.split(text, most + 4, 0)
      assert.strictEqual(parts.join(""), text)
      for (const part of parts) assert.isAtMost(count(part), most + 4)
    }
  )

  it.prop(
    "splits with overlap without leaving a gap or standing still",
    { text: distinctText, most: nonNegativeInt(20), overlap: nonNegativeInt(30) },
    ({ most, overlap, text }) => {
      let [start, end] = [-1, 0]
      for (const part of bytes.split(text, most + 4, overlap)) {
        const at = text.indexOf(part)
        assert.isAtMost(count(part), most + 4)
        assert.isTrue(at > start && at <= end && at + part.length > end)
        start = at
        end = at + part.length
      }
      assert.strictEqual(end, text.length)
    }
  )

  it("keeps a character whole that alone exceeds the limit, or drops it when truncating", () => {
    assert.deepStrictEqual(bytes.split("a😀b", 1, 0), ["a", "😀", "b"])
    assert.strictEqual(bytes.truncate("😀", 3), "")
  })

  it("cuts a long text with a few dozen counts, never of all of it", () => {
    const seen: Array<number> = []
    const watched = TextTokenizer.make({ count: (text) => (seen.push(text.length), text.length) })
    assert.strictEqual(watched.truncate("a".repeat(1_000_000), 100).length, 100)
    assert.isAtMost(seen.length, 12)
    assert.isAtMost(Math.max(...seen), 400)
  })
})

describe("TextTokenizer.estimating", () => {
  const estimate = { ratio: 1.5, fragments: 0, digits: false, error: 0.2 }
  const estimated = TextTokenizer.estimating(bytes, estimate)
  const lengths = (parts: ReadonlyArray<string>) => parts.map((part) => part.length)

  it("counts the expected tokens, and cuts for the worst case", () => {
    assert.strictEqual(estimated.count("abc"), 5)
    assert.strictEqual(estimated.truncate("a".repeat(100), 36).length, 19)
    assert.deepStrictEqual(lengths(estimated.split("a".repeat(50), 36, 18)), [19, 19, 19, 19, 10])
    assert.isUndefined(estimated.encode)
  })

  it("counts any text as one token at least, and cuts to one token where no error fits", () => {
    assert.strictEqual(estimated.count(""), 0)
    const words = TextTokenizer.estimating(TextTokenizer.make({ count: (text) => Math.ceil(text.length / 4) }), {
      ...estimate,
      ratio: 1.1
    })
    assert.strictEqual(words.count("a"), 1)
    assert.deepStrictEqual(words.split("abcdefgh", 1, 0), ["abcd", "efgh"])
    assert.strictEqual(words.truncate("abcdefgh", 1), "abcd")
    assert.strictEqual(words.truncate("abcdefgh", 0), "")
  })

  it("counts digits one by one, and fragments of words more, up to half more", () => {
    const digits = TextTokenizer.expectedTokens({ count: () => 2 }, { ...estimate, ratio: 1, digits: true })
    assert.deepStrictEqual(["a1", "12", "123", "1234", "a1234567b12"].map(digits), [2, 3, 4, 4, 7])
    const base = { count: () => 10, countPieces: (text: string) => text.length }
    const fragments = TextTokenizer.expectedTokens(base, { ...estimate, ratio: 2, fragments: 1.5 })
    assert.deepStrictEqual(["0123456789", "01234567", "0"].map(fragments), [20, 26, 30])
  })
})
