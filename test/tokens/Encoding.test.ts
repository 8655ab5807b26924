import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Encoding, type EncodingName } from "../../src/tokens/Encoding.ts"
import { nonNegativeInt } from "../domain/arbitraries.ts"
import { anyText, distinctText, wellFormed } from "./texts.ts"

const load = (name: EncodingName) => Effect.runPromise(Encoding.load(name))
const o200k = await load("o200k_base")

describe("Encoding", () => {
  it.effect("is loaded once for concurrent uses", () =>
    Effect.gen(function* () {
      const many = yield* Effect.all(
        Array.from({ length: 5 }, () => Encoding.load("r50k_base")),
        { concurrency: "unbounded" }
      )
      for (const encoding of many) assert.strictEqual(encoding, many[0])
      assert.strictEqual(yield* Encoding.load("r50k_base"), many[0])
    })
  )

  it.prop(
    "decodes what it encoded, but for broken surrogates, and counts what it encodes",
    { text: anyText },
    ({ text }) => {
      const ids = o200k.encode(text)
      assert.strictEqual(o200k.decode(ids), wellFormed(text))
      assert.strictEqual(o200k.count(text), ids.length)
    }
  )

  it.prop("decodes tokens one by one, never emitting half a character", { text: anyText }, ({ text }) => {
    const decoder = o200k.decoder()
    let shown = ""
    for (const id of o200k.encode(text)) {
      shown += decoder.decode([id])
      assert.isTrue(wellFormed(text).startsWith(shown))
    }
    assert.strictEqual(shown + decoder.end(), wellFormed(text))
  })

  it("decodes what is no text to U+FFFD", () => {
    assert.strictEqual(o200k.decode([o200k.encode("😀")[0]!, 250_000, -1, 13225]).replaceAll("\ufffd", ""), "😀Hello")
    const [half] = o200k.encode("𐐀")
    assert.strictEqual(o200k.decode([half!]), "\ufffd")
  })

  it("treats special tokens in a text as text, unless they are allowed", () => {
    const text = "a<|endoftext|>b<|endofprompt|>"
    assert.strictEqual(o200k.decode(o200k.encode(text)), text)
    assert.notInclude(o200k.encode(text), 199_999)
    assert.deepStrictEqual(o200k.encode(text, { allowedSpecial: "all" }), [64, 199_999, 65, 200_018])
    assert.strictEqual(o200k.count(text, { allowedSpecial: "all" }), 4)
    const some = o200k.encode(text, { allowedSpecial: ["<|endofprompt|>", "<|no such|>"] })
    assert.include(some, 200_018)
    assert.notInclude(some, 199_999)
    assert.strictEqual(o200k.decode([64, 199_999]), "a<|endoftext|>")
  })

  it("knows the special tokens of o200k_harmony", async () => {
    const harmony = await load("o200k_harmony")
    const text = "<|start|>assistant<|channel|>final<|message|>hi<|return|><|reserved_200013|><|endofprompt|>"
    const ids = harmony.encode(text, { allowedSpecial: "all" })
    assert.deepStrictEqual(ids, [200_006, 173_781, 200_005, 17_196, 200_008, 3686, 200_002, 200_013, 200_018])
    assert.strictEqual(harmony.decode(ids), text)
    assert.deepStrictEqual(harmony.encode("plain text"), o200k.encode("plain text"))
  })

  it.prop(
    "truncates to a beginning with at most so many tokens",
    { text: anyText, most: nonNegativeInt(40) },
    ({ most, text }) => {
      const cut = o200k.truncate(text, most)
      assert.isTrue(text.startsWith(cut))
      assert.isAtMost(o200k.count(cut), most)
      assert.isFalse(
        /[\ud800-\udbff]$/.test(cut) && /^[\udc00-\udfff]/.test(text.slice(cut.length)),
        "no character is cut"
      )
      assert.isAtMost(cut.length, o200k.truncate(text, most + 1).length, "more tokens never give less text")
      if (o200k.count(text) <= most) assert.strictEqual(cut, text)
    }
  )

  it("truncates long text without reading all of it, close to the limit", () => {
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(20_000)
    assert.strictEqual(o200k.count(o200k.truncate(text, 1000)), 1000)
    assert.strictEqual(o200k.truncate(text, Infinity), text)
    assert.strictEqual(o200k.truncate(text, 0), "")
    assert.strictEqual(o200k.truncate("😀😀", 1), "😀")
    assert.strictEqual(o200k.truncate("𐐀", 1), "")
  })

  it.prop(
    "splits into parts of at most the given tokens, which join to the whole",
    { text: anyText, most: nonNegativeInt(30) },
    ({ most, text }) => {
      const parts = o200k.split(text, most + 4)
      assert.strictEqual(parts.join(""), text)
      for (const part of parts) {
        assert.notStrictEqual(part, "")
        assert.isAtMost(o200k.count(part), most + 4)
      }
    }
  )

  it("makes a longer part only of a character that is longer", () => {
    assert.deepStrictEqual(o200k.split("a𐐀b", 1), ["a", "𐐀", "b"])
    assert.deepStrictEqual(o200k.split("", 5), [])
    assert.deepStrictEqual(o200k.split("ab", 0), ["ab"])
  })

  it.prop(
    "splits with overlap: each part begins within the one before and ends after it",
    { text: distinctText, most: nonNegativeInt(20), overlap: nonNegativeInt(30) },
    ({ most, overlap, text }) => {
      let [start, end] = [-1, 0]
      for (const part of o200k.split(text, most + 4, overlap)) {
        assert.isAtMost(o200k.count(part), most + 4)
        const at = text.indexOf(part)
        assert.isTrue(at > start && at <= end && at + part.length > end)
        start = at
        end = at + part.length
      }
      assert.strictEqual(end, text.length)
    }
  )

  it("repeats about so many tokens when parts overlap", () => {
    const words = Array.from({ length: 300 }, (_, i) => `word${i}`).join(" ")
    const parts = o200k.split(words, 100, 20)
    for (let i = 1; i < parts.length; i++) {
      const shared = [...Array(parts[i]!.length + 1).keys()].findLast((n) =>
        parts[i - 1]!.endsWith(parts[i]!.slice(0, n))
      )!
      assert.approximately(o200k.count(parts[i]!.slice(0, shared)), 20, 2)
    }
  })
})

describe("Encoding, on texts that make other encoders slow", () => {
  const random = (units: ReadonlyArray<string>) => {
    let seed = 7
    return Array.from({ length: 100_000 }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return units[Math.floor((seed / 2 ** 32) * units.length)]!
    }).join("")
  }
  const inputs = {
    "one letter": "a".repeat(100_000),
    "mixed white space": random([" ", "\n", "\t", "\r\n", "\u3000", "\u00a0"]),
    "random letters": random([..."abcdefghijklmnopqrstuvwxyz"]),
    emoji: "😀".repeat(100_000)
  }
  /** Time of the thread alone, so that others do not count, and the best of three, so that the collector hardly does. One that is `enough` ends it. */
  const millis = (run: () => void, enough: number): number => {
    const once = () => {
      const before = process.threadCpuUsage()
      run()
      return process.threadCpuUsage(before).user / 1000
    }
    const first = once()
    return first < enough ? first : Math.min(first, once(), once())
  }

  /** Under a coverage tool everything is ten times slower: then it is enough that ten times the text is not 30 times. */
  const isQuick = (limit: number, text: string, run: (text: string) => void): boolean => {
    const whole = millis(() => run(text), limit)
    return whole < limit || whole < 30 * millis(() => run(text.slice(0, text.length / 10)), 0)
  }

  for (const [name, text] of Object.entries(inputs)) {
    it(`takes less than half a second for 100,000: ${name}`, () =>
      assert.isTrue(isQuick(500, text, (text) => o200k.count(text))))
  }

  it("splits one endless word in less than a second", () =>
    assert.isTrue(isQuick(1000, inputs["one letter"], (text) => o200k.split(text, 100, 10))))
})
