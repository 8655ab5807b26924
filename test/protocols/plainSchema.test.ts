/** Schemas as MCP servers, Zod, Pydantic, OpenAPI and older drafts write them, in the words that all providers know. */
import { assert, describe, it } from "@effect/vitest"
import { plainSchema } from "../../src/protocols/wire/schema/PlainSchema.ts"
import { beyondLimits } from "../../src/protocols/wire/Claude.ts"
import { outsideSubset } from "../../src/protocols/wire/schema/JsonSchemaSubset.ts"
import { toStrict } from "../../src/protocols/wire/schema/StrictSchema.ts"
import type { Wire } from "./halves.ts"

const properties = (given: Wire, more: Wire = {}): Wire =>
  plainSchema({ type: "object", properties: given, ...more }).properties

describe("a schema", () => {
  it("that is plain is unchanged, and the result of the rewriting is plain", () => {
    const plain = {
      type: "object",
      properties: { a: { $ref: "#/$defs/A" }, b: { const: null }, c: { type: ["string", "null"], default: null } },
      required: ["a"],
      $defs: { A: { type: "array", items: { $ref: "#/$defs/A" } } }
    }
    assert.strictEqual(plainSchema(plain), plain)
    const made = plainSchema({ type: "OBJECT", properties: { "<": { $ref: "#/properties/a%20b" }, "a b": true } })
    assert.strictEqual(plainSchema(made), made)
  })

  it("has no keyword that is null, no type in capitals, and no bound that is a boolean", () => {
    assert.deepStrictEqual(
      properties({
        a: { type: "STRING", description: null, required: true },
        b: { type: ["INTEGER", "Null"], minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
        c: { type: "object", properties: null, required: null },
        d: { type: "array", items: null }
      }),
      {
        a: { type: "string" },
        b: { type: ["integer", "null"], exclusiveMinimum: 0, maximum: 9 },
        c: { type: "object" },
        d: { type: "array", items: {} }
      }
    )
  })

  it("refers to definitions of the root alone, by names that need no escapes", () => {
    const made = plainSchema({
      type: "object",
      properties: {
        box: { $ref: "#/$defs/Box%3CItem%3E" },
        same: { $ref: "#/properties/inner/$defs/Deep" },
        inner: { type: "object", $defs: { Deep: { type: "string" } }, properties: {} },
        bad: { $ref: "#/$defs/100%" },
        gone: { $ref: "#/$defs/toString" }
      },
      $defs: {
        "Box<Item>": { type: "object", properties: { next: { $ref: "#/$defs/Box%3CItem%3E" } } },
        Deep: { type: "number" },
        "100%": { type: "integer" }
      }
    })
    assert.deepStrictEqual<unknown>(made.$defs, {
      Deep: { type: "number" },
      Box_Item_: { type: "object", properties: { next: { $ref: "#/$defs/Box_Item_" } } },
      Deep_2: { type: "string" },
      "100_": { type: "integer" }
    })
    const { bad, box, gone, same } = made.properties as Wire
    assert.deepStrictEqual(
      [box, same, bad, gone],
      [{ $ref: "#/$defs/Box_Item_" }, { $ref: "#/$defs/Deep_2" }, { $ref: "#/$defs/100_" }, {}]
    )
  })

  it("has its allOf merged, unless that would go round", () => {
    const $defs = {
      Base: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
      Loop: { allOf: [{ $ref: "#/$defs/Base" }, { properties: { next: { allOf: [{ $ref: "#/$defs/Loop" }] } } }] }
    }
    const made = plainSchema({
      type: "object",
      properties: {
        one: { allOf: [{ $ref: "#/$defs/Base" }], description: "d" },
        two: { allOf: [{ $ref: "#/$defs/Base" }, { properties: { n: { type: "number" } } }] },
        loop: { allOf: [{ $ref: "#/$defs/Loop" }, { description: "l" }] },
        split: { allOf: [{ type: "string" }, { type: "number" }] }
      },
      $defs
    }).properties as Wire
    assert.deepStrictEqual(made.one, { $ref: "#/$defs/Base", description: "d" })
    assert.deepStrictEqual(made.two, {
      type: "object",
      properties: { id: { type: "string" }, n: { type: "number" } },
      required: ["id"]
    })
    assert.deepStrictEqual(made.loop.properties.next, { $ref: "#/$defs/Loop" })
    assert.deepStrictEqual(made.split, { allOf: [{ type: "string" }, { type: "number" }] })
  })

  it("has no duplicate alternatives", () => {
    const nullish = [{ type: "string" }, { type: "null" }, { type: "null" }]
    assert.deepStrictEqual(properties({ a: { anyOf: nullish } }), {
      a: { anyOf: [{ type: "string" }, { type: "null" }] }
    })
  })
})

describe("a schema that is to be enforced", () => {
  const enumOf = (count: number, length = 1) => ({
    type: "object",
    properties: {
      e: { type: "string", enum: Array.from({ length: count }, (_, at) => String(at).padEnd(length, "x")) }
    },
    required: ["e"],
    additionalProperties: false
  })

  it("is not strict for OpenAI if it is larger than strict mode accepts", () => {
    assert.isDefined(toStrict(enumOf(1000)))
    assert.isUndefined(toStrict(enumOf(1001)))
    assert.isUndefined(toStrict(enumOf(300, 60)))
    const nested = (levels: number): Wire =>
      levels === 0 ? { type: "string" } : { type: "object", properties: { a: nested(levels - 1) }, required: ["a"] }
    assert.isDefined(toStrict(nested(10)))
    assert.isUndefined(toStrict(nested(12)))
  })

  it("may be a reference to a definition, which is inlined at the root for OpenAI", () => {
    const $defs = { In: { type: "object", properties: { a: { type: "string" } }, required: ["a"] } }
    assert.deepStrictEqual<unknown>(toStrict({ $ref: "#/$defs/In", $defs }), {
      ...$defs.In,
      additionalProperties: false,
      $defs: { In: { ...$defs.In, additionalProperties: false } }
    })
  })

  it("is limited for Anthropic in optional properties, unions and free keys", () => {
    const many = (count: number, schema: Wire) => ({
      type: "object",
      properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, schema]))
    })
    assert.isUndefined(beyondLimits(many(24, { type: "string" })))
    assert.match(beyondLimits(many(25, { type: "string" })) ?? "", /25 optional/)
    assert.match(beyondLimits({ ...many(17, { type: ["string", "null"] }), required: [] }) ?? "", /17 unions/)
    const open = { type: "object", additionalProperties: { type: "string" } }
    assert.match(outsideSubset({ type: "object", properties: { default: open } }) ?? "", /arbitrary keys/)
  })
})
