import { assert, describe, it } from "@effect/vitest"
import cl100kRanks from "js-tiktoken/ranks/cl100k_base"
import o200kRanks from "js-tiktoken/ranks/o200k_base"
import r50kRanks from "js-tiktoken/ranks/r50k_base"
import { cl100k, o200k, r50k, type Splitter } from "../../../src/tokens/encoding/Splitter.ts"
import { anyText } from "../texts.ts"

/** tiktoken's `\s` is Unicode's White_Space; JavaScript's has U+FEFF too, and lacks U+0085. */
const pattern = (ranks: { readonly pat_str: string }) =>
  new RegExp(
    ranks.pat_str
      .replaceAll("[^\\s", "[^\\p{White_Space}")
      .replaceAll("\\S", "\\P{White_Space}")
      .replaceAll("\\s", "\\p{White_Space}"),
    "gu"
  )

const pieces = (splitter: Splitter, text: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let start = 0; start < text.length;) {
    const end = splitter(text, start)
    found.push(text.slice(start, end))
    start = end
  }
  return found
}

describe("Splitter", () => {
  for (const [name, splitter, regex] of [
    ["r50k", r50k, pattern(r50kRanks)],
    ["cl100k", cl100k, pattern(cl100kRanks)],
    ["o200k", o200k, pattern(o200kRanks)]
  ] as const) {
    it.prop(
      `${name} cuts as the regular expression of the encoding does`,
      { text: anyText },
      ({ text }) => assert.deepStrictEqual(pieces(splitter, text), text.match(regex) ?? []),
      { arbitrary: { runs: 400 } }
    )
  }
})
