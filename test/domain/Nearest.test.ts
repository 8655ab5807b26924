import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { UnknownModelError, UnknownProviderError } from "../../src/domain/ModelId.ts"
import * as Nearest from "../../src/domain/Nearest.ts"

describe("the names most like a word", () => {
  it("differ in up to two letters or a third of them, or begin alike", () => {
    assert.deepStrictEqual(Nearest.find("wieght", ["weight", "order"]), ["weight"])
    assert.deepStrictEqual(Nearest.find("ab", ["abcd", "abcde"]), ["abcd"])
    assert.deepStrictEqual(Nearest.find("abc", ["abcdefghijkl", "bcdefghijkl"]), ["abcdefghijkl"])
    assert.deepStrictEqual(Nearest.find("abcdefghijkl", ["abc", "ab"]), ["abc"])
    assert.deepStrictEqual(Nearest.find("abcdefxyz", ["abcdefghi", "abcdwwwww"]), ["abcdefghi"])
    assert.deepStrictEqual(Nearest.find("xyz", []), [])
  })

  it("are the best few first, each once, whatever their case", () => {
    const names = ["abXX", "ABC", "abcd", "ABC", "abc-1", "abd"]
    assert.deepStrictEqual(Nearest.find("aBc", names), ["ABC", "abcd", "abd"])
    assert.deepStrictEqual(Nearest.find("abc", names, 1), ["ABC"])
  })

  it("are none for a word that is too long to compare", () => {
    assert.deepStrictEqual(Nearest.find("a".repeat(200), ["a".repeat(200)]), ["a".repeat(200)])
    assert.deepStrictEqual(Nearest.find("a".repeat(201), ["a".repeat(201)]), [])
  })

  it.prop(
    "have a word itself first, however it is written",
    [Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(50))],
    ([word]) => {
      assert.deepStrictEqual(Nearest.find(word, ["something else", word]).slice(0, 1), [word])
    }
  )

  it("are suggested where a model or provider is unknown", () => {
    assert.include(
      new UnknownModelError({ requested: "a/b", suggestions: [] }).message,
      "no model `a/b` is configured. Write it as provider/model and set the key of that provider."
    )
    assert.include(new UnknownModelError({ requested: "a", suggestions: ["b", "c"] }).message, "Did you mean b, c?")
    assert.include(
      new UnknownProviderError({ requested: "a", suggestions: [] }).message,
      "no provider `a` is configured. Set its key."
    )
    assert.include(new UnknownProviderError({ requested: "a", suggestions: ["b", "c"] }).message, "Did you mean b, c?")
  })
})
