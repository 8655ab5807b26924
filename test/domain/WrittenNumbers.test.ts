import { assert, describe, it } from "@effect/vitest"
import * as WrittenNumbers from "../../src/domain/WrittenNumbers.ts"
import { encodeInput } from "../../src/protocols/wire/request/Tools.ts"

const long = "1234567890123456789"

describe("numbers as they are written", () => {
  it("are those of the text if JavaScript may round one", () => {
    const text = `{"id":${long},"rate":1.0}`
    assert.strictEqual(JSON.stringify(WrittenNumbers.unrounded(text)), text)
    assert.isUndefined(WrittenNumbers.unrounded(`{"id":1}`))
  })

  it("are known of the value that was parsed, of its fields, and of a copy with them", () => {
    const text = `{"rate":1.0,"plain":{"a":1},"deep":[{"id":${long}},{"b":"x"}],"none":null}`
    const value = JSON.parse(text)
    WrittenNumbers.remember(value, text)
    assert.strictEqual(JSON.stringify(WrittenNumbers.asWritten(value)), text)
    assert.strictEqual(JSON.stringify(WrittenNumbers.asWritten(value.deep[0])), `{"id":${long}}`)
    const { deep, plain } = value
    assert.strictEqual(
      JSON.stringify(WrittenNumbers.asWritten({ a: null, b: "c", deep, plain })),
      `{"a":null,"b":"c","deep":[{"id":${long}},{"b":"x"}],"plain":{"a":1}}`
    )
    for (const other of [plain, deep[1], { plain }, {}]) assert.strictEqual(WrittenNumbers.asWritten(other), other)
  })

  it("are remembered where an integer may have been rounded, if only then", () => {
    for (const [text, isKept] of [
      [`{"id":${long}}`, true],
      [`{"list":[1,-${long}]}`, true],
      [`{"id":123456789012345}`, false],
      [`{"rate":1.0}`, false],
      [`{"id":"${long}"}`, false]
    ] as const) {
      const value = JSON.parse(text)
      WrittenNumbers.rememberRounded(value, text)
      assert.strictEqual(WrittenNumbers.asWritten(value) !== value, isKept, text)
    }
    const value = {}
    WrittenNumbers.remember(value, "{")
    assert.strictEqual(WrittenNumbers.asWritten(value), value)
  })

  it("differ from JavaScript's numbers", () => {
    for (const number of ["1.0", "1e3", long, "-0", "0.10"]) assert.isTrue(WrittenNumbers.isRewritten(number), number)
    for (const number of ["1", "0.1", "-5", "1e+21"]) assert.isFalse(WrittenNumbers.isRewritten(number), number)
  })

  const unreadable = [`{"id":${long}`, `{"id":${long}}}`, `{"id":${long}e}`, "[".repeat(100_000) + long]
  for (const rawInput of unreadable) {
    it(`are not looked for in what is not JSON, as arguments that broke off: ${rawInput.slice(0, 40)}`, () => {
      assert.isUndefined(WrittenNumbers.unrounded(rawInput))
      assert.deepStrictEqual(encodeInput({ rawInput }), { INVALID_JSON: rawInput })
    })
  }
})
