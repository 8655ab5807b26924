import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as BarChart from "../../src/cli/terminal/BarChart.ts"
import { plain } from "../../src/cli/terminal/Text.ts"
import * as Quantity from "../../src/cli/terminal/Quantity.ts"
import * as Table from "../../src/cli/terminal/Table.ts"
import { splitText } from "../../src/cli/tokens/CountTokens.ts"
import { Encoding } from "../../src/tokens/Encoding.ts"

const same = (text: string) => text
const style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same }

describe("quantities", () => {
  it("are read as people write them", () => {
    const read = ["3000", "3_000", "3,000", "3k", "1.5M", "0", "0.0015k"].map(Quantity.parse)
    assert.deepStrictEqual(read, [3000, 3000, 3000, 3000, 1_500_000, 0, undefined])
    for (const text of ["", "-1", "k", "1e9", "3 k", "0x10", "9".repeat(20)]) assert.isUndefined(Quantity.parse(text))
  })

  it("are written in threes, or short", () => {
    assert.strictEqual(Quantity.format(1_048_576), "1,048,576")
    assert.deepStrictEqual([999, 200_000, 999_499, 999_500, 1_048_576].map(Quantity.short), [
      "999",
      "200k",
      "999k",
      "1M",
      "1.05M"
    ])
  })
})

describe("a table", () => {
  const columns: ReadonlyArray<Table.Column<readonly [string, string, string]>> = [
    { title: "name", value: ([name]) => name },
    { title: "size", value: ([, size]) => size, align: "right" },
    { title: "more", value: ([, , more]) => more, drop: 1 }
  ]
  const rows = [["模型/wide", "1", "first"] as const, ["b", "22", "second"] as const]

  it("aligns by columns on screen, not characters", () => {
    assert.deepStrictEqual(Table.lines(rows, columns, { width: 80, style }), [
      "name       size  more",
      "模型/wide     1  first",
      "b            22  second"
    ])
  })

  it("drops optional columns in a narrow terminal, then stacks the rest, uncut", () => {
    assert.deepStrictEqual(Table.lines(rows, columns, { width: 16, style }), [
      "name       size",
      "模型/wide     1",
      "b            22"
    ])
    assert.deepStrictEqual(Table.lines(rows, columns, { width: 12, style }), [
      "name",
      "  size",
      "模型/wide",
      "     1",
      "b",
      "    22"
    ])
  })

  it("breaks its last column between words where that may be broken", () => {
    const wrapping = [columns[0]!, { title: "", value: () => "set ONE_KEY or ANOTHER_KEY_THAT_IS_LONG", wrap: true }]
    const some = rows.slice(1)
    assert.deepStrictEqual(Table.lines(some, wrapping, { width: 34, style }), [
      "name",
      "b     set ONE_KEY or",
      "      ANOTHER_KEY_THAT_IS_LONG"
    ])
    assert.deepStrictEqual(Table.lines(some, wrapping, { width: 20, style }), [
      "name",
      "b",
      "  set ONE_KEY or",
      "  ANOTHER_KEY_THAT_IS_LONG"
    ])
  })
})

describe("a chart", () => {
  it("draws small values, and nothing for zero or unknown ones", () => {
    const bars = [
      { label: "a", size: 100, amount: "$100" },
      { label: "bb", size: 0.001, amount: "$0" },
      { label: "c", size: 0, amount: "free" },
      { label: "d", size: undefined, amount: "no price" }
    ]
    assert.deepStrictEqual(BarChart.lines(bars, { width: 20, style }), [
      "a   $100  ██████████",
      "bb    $0  ▏",
      "c   free",
      "d   no price"
    ])
  })
})

describe("untrusted text", () => {
  it("cannot control the terminal", () => {
    assert.strictEqual(plain("a\u001b[31mb\u009b2Jc\r\n\td\u0007"), "a[31mb2Jc\n\td")
  })
})

describe("parts of a text", () => {
  const lines = Arbitrary.schema(
    Schema.Array(Schema.Literals(["word", " x", ";", "\n", "\n\n", "/", "1", "\r\n", "  "]))
  )

  const filler = "seven little words stand in this line;\n"

  it.effect.prop(
    "are the text, and have its tokens",
    [lines],
    ([pieces]) =>
      Effect.gen(function* () {
        // It ends just before the place from which on a text is cut.
        const text = `${filler.repeat(10)}${`${pieces.join("")} between;\n`.repeat(40)}and a last line`
        const parts = splitText(text, 400)
        assert.isAbove(parts.length, 1)
        assert.strictEqual(parts.join(""), text)
        for (const name of ["o200k_base", "r50k_base"] as const) {
          const encoding = yield* Encoding.load(name)
          const total = parts.reduce((sum, part) => sum + encoding.count(part), 0)
          assert.strictEqual(total, encoding.count(text))
        }
      }),
    { arbitrary: { runs: 30 } }
  )

  it("have about a quarter of a million characters", () => {
    const text = filler.repeat(20_000)
    const parts = splitText(text)
    assert.strictEqual(parts.join(""), text)
    for (const { length } of parts.slice(0, -1)) assert.approximately(length, 2 ** 18, filler.length)
    assert.isAtMost(parts.at(-1)!.length, 2 ** 18)
    assert.lengthOf(parts, 3)
  })
})
