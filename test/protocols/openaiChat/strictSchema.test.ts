import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { withoutNulls } from "../../../src/domain/SchemaNulls.ts"
import * as Tool from "../../../src/domain/Tool.ts"
import { toStrict } from "../../../src/protocols/wire/schema/StrictSchema.ts"

const object = (properties: object, required: ReadonlyArray<string> = Object.keys(properties)) =>
  ({ type: "object", properties, required, additionalProperties: false }) as never

describe("toStrict", () => {
  it("keeps what strict mode accepts", () => {
    const schema = object({
      a: { type: "string", description: "d", pattern: "^a", enum: ["a", "ab"] },
      b: { type: "array", items: { type: "integer", minimum: 1, maximum: 2 }, minItems: 1 },
      c: { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] }
    })
    assert.deepStrictEqual(toStrict(schema), schema)
  })

  it("closes objects and requires all properties, in nested objects and definitions too", () => {
    const open = (properties: object) => ({ type: "object", properties })
    const strict = toStrict({
      ...open({ a: open({ b: { type: "string" } }), list: { type: "array", items: open({}) } }),
      required: ["a", "list"],
      $defs: { d: open({ e: { $ref: "#/$defs/d" } }) }
    } as never)
    assert.deepStrictEqual<unknown>(strict, {
      ...(object({
        a: object({ b: { type: ["string", "null"] } }),
        list: { type: "array", items: object({}) }
      }) as object),
      $defs: { d: object({ e: { anyOf: [{ $ref: "#/$defs/d" }, { type: "null" }] } }) }
    })
  })

  it("makes optional properties nullable, in the form that fits", () => {
    const strict = toStrict(
      object(
        {
          s: { type: "string" },
          e: { type: "string", enum: ["a"] },
          o: object({}),
          u: { anyOf: [{ type: "string" }] },
          n: { type: ["string", "null"] }
        },
        []
      )
    )
    assert.deepStrictEqual<unknown>(strict?.properties, {
      s: { type: ["string", "null"] },
      e: { type: ["string", "null"], enum: ["a", null] },
      o: { anyOf: [object({}), { type: "null" }] },
      u: { anyOf: [{ type: "string" }, { type: "null" }] },
      n: { type: ["string", "null"] }
    })
  })

  it("leaves out unknown keywords, and describes unknown formats", () => {
    const strict = toStrict(
      object({
        a: { type: "string", minLength: 1, default: "x", examples: ["y"], format: "uri" },
        b: { type: "array", items: { type: "number" }, uniqueItems: true }
      })
    )
    assert.deepStrictEqual<unknown>(strict?.properties, {
      a: { type: "string", description: "format: uri" },
      b: { type: "array", items: { type: "number" } }
    })
  })

  it("rewrites const, oneOf, allOf and neighbours of a reference", () => {
    const strict = toStrict(
      object({
        c: { const: "x" },
        o: { oneOf: [{ type: "string" }, { type: "number" }] },
        a: { allOf: [{ type: "integer" }, { minimum: 1, description: "d" }] },
        r: { $ref: "#/$defs/d", description: "lost" }
      })
    )
    assert.deepStrictEqual<unknown>(strict?.properties, {
      c: { type: "string", enum: ["x"] },
      o: { anyOf: [{ type: "string" }, { type: "number" }] },
      a: { type: "integer", minimum: 1, description: "d" },
      r: { $ref: "#/$defs/d" }
    })
  })

  it("rejects records, tuples, untyped values and contradictions", () => {
    for (const property of [
      { type: "object", additionalProperties: { type: "string" } },
      { type: "object" },
      { type: "object", patternProperties: {}, properties: {} },
      { type: "array", prefixItems: [{ type: "string" }] },
      { type: "array" },
      {},
      { allOf: [{ type: "string" }, { type: "number" }] },
      { anyOf: [{ type: "string" }, {}] }
    ]) {
      assert.isUndefined(toStrict(object({ property })), JSON.stringify(property))
    }
  })
})

describe("withoutNulls", () => {
  const schema = {
    ...(object(
      {
        a: { type: "string" },
        n: { type: ["string", "null"] },
        list: { type: "array", items: { $ref: "#/$defs/item" } },
        either: { anyOf: [{ $ref: "#/$defs/item" }, { type: "string" }] }
      },
      ["n"]
    ) as object),
    $defs: { item: object({ x: { type: "number" } }, []) }
  } as never

  it("drops only the nulls of absent properties", () => {
    const value = { a: null, n: null, list: [{ x: null }, { x: 1 }], either: { x: null } }
    assert.deepStrictEqual<unknown>(withoutNulls(schema, value), { n: null, list: [{}, { x: 1 }], either: {} })
  })

  it("keeps values that do not fit", () => {
    for (const value of ["a", 1, null, [null], { other: null }])
      assert.deepStrictEqual<unknown>(withoutNulls(schema, value), value)
  })

  it("distinguishes the objects of a union by their constants", () => {
    const choice = (kind: string, required: ReadonlyArray<string>) =>
      object({ kind: { type: "string", enum: [kind] }, v: { type: "number" } }, required)
    const union = object({ u: { anyOf: [choice("a", ["kind", "v"]), choice("b", ["kind"])] } })
    assert.deepStrictEqual<unknown>(withoutNulls(union, { u: { kind: "b", v: null } }), { u: { kind: "b" } })
    assert.deepStrictEqual<unknown>(withoutNulls(union, { u: { kind: "a", v: null } }), { u: { kind: "a", v: null } })
  })

  it.effect("lets a strict tool have optional properties", () =>
    Effect.gen(function* () {
      const tool = Tool.make("f", {
        parameters: Schema.Struct({ a: Schema.String, b: Schema.optionalKey(Schema.Int) }),
        strict: true
      })
      assert.isDefined(toStrict(tool.inputSchema))
      const [call] = yield* Tool.decodeCalls(
        [{ type: "tool-call", id: "1", name: "f", input: { a: "x", b: null } }],
        [tool]
      )
      assert.deepStrictEqual(call?.input, { a: "x" })
    })
  )
})
