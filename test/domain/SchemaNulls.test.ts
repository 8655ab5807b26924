import { assert, describe, it } from "@effect/vitest"
import type { Json } from "../../src/domain/Json.ts"
import { acceptsNull, flat, isType, keyOf, resolve, withoutNulls } from "../../src/domain/SchemaNulls.ts"

type JsonObject = { readonly [key: string]: Json }

const string = { type: "string" } as const
const nullable = { type: ["string", "null"] } as const

describe("SchemaNulls.acceptsNull", () => {
  it("is true by the type, a constant, an enumeration or a choice, however deep", () => {
    const accepting: ReadonlyArray<JsonObject> = [
      { type: "null" },
      nullable,
      { const: null },
      { enum: ["a", null] },
      { anyOf: [string, { type: "null" }] },
      { oneOf: [string, { anyOf: [{ const: null }] }] }
    ]
    for (const schema of accepting) assert.isTrue(acceptsNull(schema), JSON.stringify(schema))
  })

  it("is false where no part of the schema is null itself", () => {
    const rejecting: ReadonlyArray<JsonObject> = [
      {},
      string,
      { type: ["string", "number"] },
      { const: "null" },
      { enum: ["null"] },
      { enum: "null" },
      { anyOf: [string, "null", null] },
      { oneOf: [] }
    ]
    for (const schema of rejecting) assert.isFalse(acceptsNull(schema), JSON.stringify(schema))
  })

  it("tells a type alone from one in a list", () => {
    assert.deepStrictEqual(
      [isType(string, "string"), isType(nullable, "string"), isType(nullable, "number"), isType({}, "string")],
      [true, true, false, false]
    )
  })
})

describe("SchemaNulls.flat", () => {
  it("merges properties and required keys, and keeps the first of two annotations", () => {
    const schema = {
      title: "outer",
      properties: { a: string },
      required: ["a"],
      allOf: [
        { title: "inner", type: "object", properties: { b: string }, required: ["b", "a"] },
        { allOf: [{ properties: { c: nullable } }] }
      ]
    }
    assert.deepStrictEqual(flat(schema), {
      title: "outer",
      type: "object",
      properties: { a: string, b: string, c: nullable },
      required: ["a", "b"]
    })
  })

  it("returns a schema without allOf as it is", () => {
    assert.strictEqual(flat(string), string)
  })

  it("is undefined where members contradict each other, or one is no schema", () => {
    for (const key of ["$ref", "type", "items", "anyOf", "oneOf", "enum", "const", "additionalProperties"]) {
      assert.isUndefined(flat({ [key]: "a", allOf: [{ [key]: "b" }] }), key)
      assert.deepStrictEqual(flat({ [key]: ["a"], allOf: [{ [key]: ["a"] }] }), { [key]: ["a"] }, key)
    }
    // Only properties are merged: two schemas of items, or of other properties, are one only where they are equal.
    const number = { type: "number" }
    for (const key of ["items", "additionalProperties"]) {
      assert.isUndefined(flat({ [key]: string, allOf: [{ [key]: number }] }), key)
      assert.deepStrictEqual(flat({ allOf: [{ [key]: string }, { [key]: string }] }), { [key]: string }, key)
    }
    assert.deepStrictEqual(flat({ $defs: { a: string }, allOf: [{ $defs: { b: number } }] }), { $defs: { a: string } })
    assert.isUndefined(flat({ allOf: [true] }))
    assert.isUndefined(flat({ allOf: [{ allOf: [string, { type: "number" }] }] }))
  })
})

describe("SchemaNulls.resolve", () => {
  const root = { $defs: { "a/b~c d": string, list: [string], text: "text" } }

  it("follows a reference with escaped characters", () => {
    assert.strictEqual(resolve({ $ref: "#/$defs/a~1b~0c%20d" }, root), string)
    assert.strictEqual(resolve({ $ref: "#" }, root), root)
    assert.strictEqual(resolve(string, root), string)
  })

  it("is a schema of anything where the reference leads nowhere", () => {
    for (const $ref of ["#/$defs/none", "#/$defs/none/more", "#/$defs/text", "#/$defs/list/0", "#/toString", "#/$defs"])
      assert.deepStrictEqual(resolve({ $ref }, root), $ref === "#/$defs" ? root.$defs : {}, $ref)
  })

  it("reads a step that is not percent-encoded as it is", () => {
    assert.strictEqual(keyOf("100%"), "100%")
    assert.strictEqual(keyOf("~01~1~0~1"), "~1/~/")
  })
})

describe("SchemaNulls.withoutNulls", () => {
  const object = (properties: JsonObject, required: ReadonlyArray<string> = []): JsonObject => ({
    type: "object",
    properties,
    required
  })

  it("keeps the null of a required property and of one that accepts it, also behind a reference", () => {
    const schema = {
      ...object({ needed: string, maybe: nullable, optional: string, referred: { $ref: "#/$defs/maybe" } }, ["needed"]),
      $defs: { maybe: nullable }
    }
    const value = { needed: null, maybe: null, optional: null, referred: null }
    assert.deepStrictEqual(withoutNulls(schema, value), { needed: null, maybe: null, referred: null })
  })

  it("goes into objects, lists, choices and merged members", () => {
    const inner = object({ x: string })
    const schema = object({
      one: inner,
      list: { type: "array", items: inner },
      either: { oneOf: [string, { type: "array", items: inner }] },
      merged: { allOf: [object({ x: string }), object({ y: string }, ["y"])] }
    })
    const value = { one: { x: null }, list: [{ x: null }], either: [{ x: null }], merged: { x: null, y: null } }
    assert.deepStrictEqual(withoutNulls(schema, value), { one: {}, list: [{}], either: [{}], merged: { y: null } })
  })

  it("leaves an object as it is that no choice describes", () => {
    const schema = {
      anyOf: [object({ kind: { const: "a" }, x: string }), object({ kind: { enum: ["b", "c"] }, x: string })]
    }
    assert.deepStrictEqual(withoutNulls(schema, { kind: "a", x: null }), { kind: "a" })
    assert.deepStrictEqual(withoutNulls(schema, { kind: "c", x: null }), { kind: "c" })
    for (const value of [
      { kind: "d", x: null },
      { kind: "a", x: null, more: 1 }
    ]) {
      assert.deepStrictEqual(withoutNulls(schema, value), value)
    }
    assert.deepStrictEqual(withoutNulls(schema, { kind: "a", x: null, more: null }), { kind: "a", more: null })
    assert.deepStrictEqual(withoutNulls(schema, { x: null }), {})
  })

  it("leaves properties that the schema says nothing about", () => {
    assert.deepStrictEqual(withoutNulls(object({ any: true }), { any: null }), { any: null })
    assert.deepStrictEqual(withoutNulls(string, { x: null }), { x: null })
    for (const value of [1, "text", true, null]) assert.strictEqual(withoutNulls(object({ x: string }), value), value)
    assert.deepStrictEqual(withoutNulls({ type: "array" }, [null]), [null])
    assert.deepStrictEqual(withoutNulls(object({ x: string }), { toString: null }), { toString: null })
  })
})
