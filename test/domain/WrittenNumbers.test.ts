import { assert, describe, it } from "@effect/vitest"
import * as WrittenNumbers from "../../src/domain/WrittenNumbers.ts"
import { encodeInput } from "../../src/protocols/wire/Tools.ts"

const long = "1234567890123456789"

describe("numbers as they are written", () => {
  it("are those of the text where JavaScript may round one", () => {
    const text = `{"id":${long},"rate":1.0}`
    assert.strictEqual(JSON.stringify(WrittenNumbers.unrounded(text)), text)
    assert.isUndefined(WrittenNumbers.unrounded(`{"id":1}`))
  })

  const unreadable = [`{"id":${long}`, `{"id":${long}}}`, `{"id":${long}e}`, "[".repeat(100_000) + long]
  for (const rawInput of unreadable) {
    it(`are not looked for in what is not JSON, as arguments that broke off: ${rawInput.slice(0, 40)}`, () => {
      assert.isUndefined(WrittenNumbers.unrounded(rawInput))
      assert.deepStrictEqual(encodeInput({ rawInput }), { INVALID_JSON: rawInput })
    })
  }
})
