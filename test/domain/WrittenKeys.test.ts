import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as WrittenKeys from "../../src/domain/WrittenKeys.ts"
import * as WrittenNumbers from "../../src/domain/WrittenNumbers.ts"

// Not a backslash: V8 13.6 takes any key with an escape for one, where it has read one there before.
const key = Schema.Literals(
  '0,9,1,10,01,-1,1.0,4294967294,4294967295,99999999999,\ufdd0,\ufdd09,b,a,, 1,\u00e9,a",__proto__,constructor'.split(
    ","
  )
)

/** JSON of objects in objects, whose keys stand in any order. */
const written = Schema.Array(
  Schema.Tuple([key, Schema.Array(Schema.Tuple([key, Schema.Union([Schema.String, Schema.Int])]))])
)

const objectOf = (entries: ReadonlyArray<readonly [string, string]>): string =>
  `{${[...new Map(entries)].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`

describe("keys as they are written", () => {
  it.prop("keep their order, whatever they look like", [written], ([entries]) => {
    const text = objectOf(
      entries.map(([name, inner]) => [name, objectOf(inner.map(([name, value]) => [name, JSON.stringify(value)]))])
    )
    assert.strictEqual(JSON.stringify(WrittenKeys.parse(text, (value) => value)), text)
    const read: unknown = JSON.parse(text)
    WrittenNumbers.remember(read, text)
    assert.strictEqual(JSON.stringify(WrittenNumbers.asWritten(read as Record<string, unknown>)), text)
  })

  it("are those of objects, not of texts and lists", () => {
    const text = `[["9","1"],"{\\"9\\":1,\\"1\\":2}",{"b" :"\\\\","9"\n:"\\"1\\":","1":{"b":1,"0":1.0}}]`
    const parsed = WrittenKeys.parse(text, (value) => value) as ReadonlyArray<string>
    assert.deepStrictEqual(Object.keys(parsed[2] ?? {}), ["b", "9", "1"])
    assert.deepStrictEqual(parsed.slice(0, 2), [["9", "1"], '{"9":1,"1":2}'])
  })

  it("are whole, however they are written", () => {
    for (const text of [
      '{"\ufdd0 is a key longer than any index":1,"1":2}',
      '{"\\ufdd0":1,"1":2}',
      '{"\\uFDD0a":1,"1":2}'
    ])
      assert.deepStrictEqual(
        { ...(WrittenKeys.parse(text, (value) => value) as object) },
        JSON.parse(text) as object,
        text
      )
  })

  it("are the last of two with the same name, as they are for JavaScript", () => {
    assert.strictEqual(JSON.stringify(WrittenKeys.parse('{"9":1,"1":2,"9":3}', (value) => value)), '{"9":3,"1":2}')
  })
})
