import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as JsonSchema from "../../src/domain/JsonSchema.ts"

describe("JsonSchema.of", () => {
  it("is that of the JSON which the schema decodes", () => {
    assert.deepStrictEqual(JsonSchema.of(Schema.Struct({ at: Schema.Date, note: Schema.optionalKey(Schema.String) })), {
      type: "object",
      properties: { at: { type: "string" }, note: { type: "string" } },
      required: ["at"],
      additionalProperties: false
    })
  })

  it("inlines a named schema at the root, whatever its name, once", () => {
    class Named extends Schema.Class<Named>("a/b c~d")({ a: Schema.String }) {}
    assert.deepStrictEqual(JsonSchema.of(Named), {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false
    })
  })

  it("keeps the definitions that are referred to", () => {
    interface Tree {
      readonly branches: ReadonlyArray<Tree>
    }
    const Tree = Schema.Struct({
      branches: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
    }).annotate({ identifier: "Tree" })
    const { $defs, ...root } = JsonSchema.of(Tree)
    assert.deepInclude(root, { type: "object", required: ["branches"] })
    const defined = Object.keys($defs as object)
    for (const [, name] of JSON.stringify([root, $defs]).matchAll(/"#\/\$defs\/([^"]+)"/g))
      assert.include(defined, name)
  })

  it("an object without properties is an object", () => {
    assert.deepStrictEqual(JsonSchema.of(Schema.Struct({})), {
      type: "object",
      properties: {},
      additionalProperties: false
    })
  })

  it("describes checks only if requested", () => {
    const schema = Schema.Struct({ a: Schema.String.check(Schema.isMinLength(3)) })
    assert.notInclude(JSON.stringify(JsonSchema.of(schema)), "description")
    assert.include(JSON.stringify(JsonSchema.of(schema, { describeChecks: true })), "description")
  })

  it("writes numbers as numbers, so that they count as no choices", () => {
    const schema = Schema.Struct({
      any: Schema.Number,
      list: Schema.Array(Schema.Number),
      none: Schema.NullOr(Schema.Number),
      words: Schema.Literals(["Infinity", "-Infinity", "NaN"])
    })
    assert.deepStrictEqual(JsonSchema.of(schema).properties, {
      any: { type: "number" },
      list: { type: "array", items: { type: "number" } },
      none: { anyOf: [{ type: "number" }, { type: "null" }] },
      words: { type: "string", enum: ["Infinity", "-Infinity", "NaN"] }
    })
  })
})
