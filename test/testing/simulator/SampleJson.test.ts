import { assert, describe, it } from "@effect/vitest"
import { JsonSchema as EffectJsonSchema, Schema, SchemaRepresentation } from "effect"
import { existsSync, readFileSync } from "node:fs"
import type { JsonSchemaObject } from "../../../src/domain/JsonSchema.ts"
import * as JsonSchema from "../../../src/domain/JsonSchema.ts"
import { sampleJson } from "../../../src/testing/simulator/SampleJson.ts"

/** Whether Effect's own reading of a JSON Schema takes the value. */
const conforms = (schema: JsonSchemaObject, value: unknown): boolean => {
  const document = EffectJsonSchema.fromSchemaDraft2020_12(schema as EffectJsonSchema.JsonSchema)
  const read = SchemaRepresentation.fromJsonSchemaDocument(document, { patterns: "apply" })
  return Schema.is(read as Schema.Schema<unknown>)(value)
}

interface Tree {
  readonly value: string
  readonly left: Tree | null
  readonly children: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  value: Schema.String,
  left: Schema.NullOr(Schema.suspend((): Schema.Codec<Tree> => Tree)),
  children: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
}).annotate({ identifier: "Tree" })

const schemas: { readonly [name: string]: Schema.Codec<unknown, unknown> } = {
  strings: Schema.Struct({
    a: Schema.String.check(Schema.isMinLength(20)),
    b: Schema.String.check(Schema.isMaxLength(2))
  }),
  patterns: Schema.Struct({
    plate: Schema.String.check(Schema.isPattern(/^[A-Z]{3}-[0-9]{4}$/u)),
    digits: Schema.String.check(Schema.isPattern(/^[0-9]{4}$/u)),
    slug: Schema.String.check(Schema.isPattern(/^[a-z0-9-]+$/u)),
    id: Schema.String.check(Schema.isUUID())
  }),
  numbers: Schema.Struct({
    a: Schema.Int.check(Schema.isBetween({ minimum: 5, maximum: 5 })),
    b: Schema.Finite.check(
      Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
    ),
    c: Schema.Int.check(Schema.isMultipleOf(7), Schema.isGreaterThan(20)),
    d: Schema.Finite.check(Schema.isLessThan(-10)),
    e: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(-3), Schema.isLessThanOrEqualTo(-1))
  }),
  choices: Schema.Struct({
    kind: Schema.Literals(["b", "a"]),
    one: Schema.Literal(1),
    either: Schema.Union([Schema.Int, Schema.String]),
    maybe: Schema.NullOr(Schema.Struct({ deep: Schema.Boolean })),
    nothing: Schema.Null
  }),
  tagged: Schema.Union([
    Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Finite }),
    Schema.Struct({ type: Schema.Literal("square"), side: Schema.Finite })
  ]),
  lists: Schema.Struct({
    some: Schema.NonEmptyArray(Schema.String),
    many: Schema.Array(Schema.Int).check(Schema.isMinLength(3), Schema.isUnique()),
    pair: Schema.Tuple([Schema.String, Schema.Int]),
    few: Schema.Array(Schema.Boolean).check(Schema.isMaxLength(0))
  }),
  records: Schema.Record(Schema.String, Schema.Int),
  optional: Schema.Struct({ a: Schema.optionalKey(Schema.String), b: Schema.optional(Schema.Int) }),
  empty: Schema.Struct({}),
  Tree
}

describe("sampleJson", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    it(`conforms: ${name}`, () => {
      const wire = JsonSchema.of(schema)
      for (const variant of [0, 1, 2, 7]) {
        const value = sampleJson(wire, variant)
        const result = Schema.decodeUnknownResult(Schema.toCodecJson(schema))(value)
        assert.strictEqual(result._tag, "Success", JSON.stringify(value))
      }
    })
  }

  it("is deterministic, and differs between variants", () => {
    const wire = JsonSchema.of(schemas.patterns!)
    assert.deepStrictEqual(sampleJson(wire), sampleJson(wire))
    const cities = [0, 1].map((variant) => sampleJson(JsonSchema.of(Schema.Struct({ city: Schema.String })), variant))
    assert.deepStrictEqual(cities, [{ city: "Paris" }, { city: "Lima" }])
  })

  it("puts the query where one is expected, and uses defaults and examples", () => {
    const schema = {
      type: "object",
      properties: {
        query: { type: "string" },
        top: { type: "integer", default: 10 },
        site: { type: "string", examples: ["docs"] }
      }
    }
    assert.deepStrictEqual(sampleJson(schema, 0, "sky"), { query: "sky", top: 10, site: "docs" })
  })

  it("writes strings in the required format", () => {
    const formats = [
      "date-time",
      "date",
      "time",
      "duration",
      "email",
      "hostname",
      "ipv4",
      "ipv6",
      "uri",
      "uuid",
      "other"
    ]
    const properties = Object.fromEntries(formats.map((format) => [format, { type: "string", format }]))
    assert.deepStrictEqual(sampleJson({ type: "object", properties }, 1), {
      "date-time": "2026-01-01T12:01:00Z",
      date: "2026-01-02",
      time: "12:01:00Z",
      duration: "PT2M",
      email: "user2@example.com",
      hostname: "host2.example.com",
      ipv4: "192.0.2.2",
      ipv6: "2001:db8::2",
      uri: "https://example.com/2",
      uuid: "00000000-0000-4000-8000-000000000002",
      other: "example 2"
    })
  })

  it("follows references and allOf, and fills in properties that are only required", () => {
    const schema = {
      $defs: { base: { type: "object", properties: { id: { type: "integer" } }, required: ["id", "more"] } },
      allOf: [{ $ref: "#/$defs/base" }, { type: "object", properties: { name: { const: "n" } }, required: ["name"] }]
    }
    assert.deepStrictEqual(sampleJson(schema), { id: 1, more: "example", name: "n" })
  })

  it("terminates for a recursive schema", () => {
    const endless = {
      $ref: "#/$defs/a",
      $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a" } }, required: ["a"] } }
    }
    assert.isObject(sampleJson(endless))
    assert.isString(sampleJson({ $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } }))
  })

  const recordings = `${import.meta.dirname}/../../../../shared/recordings`
  it.skipIf(!existsSync(recordings))(
    "conforms to the schemas of recorded requests (skipped without the recordings)",
    () => {
      const index = JSON.parse(readFileSync(`${recordings}/index.json`, "utf8")) as ReadonlyArray<{
        readonly file: string
        readonly protocol: string
      }>
      const found = new Map<string, JsonSchemaObject>()
      for (const { file, protocol } of index) {
        if (protocol !== "openai-chat" && protocol !== "anthropic-messages") continue
        const { request } = JSON.parse(readFileSync(`${recordings}/${file}`, "utf8")) as {
          readonly request?: { readonly body?: Body | string | null }
        }
        const body = request?.body
        if (typeof body !== "object" || body === null) continue
        for (const tool of body.tools ?? []) {
          const schema = tool.input_schema ?? tool.function?.parameters
          if (schema !== undefined) found.set(JSON.stringify(schema), schema)
        }
        const format = body.response_format?.json_schema?.schema ?? body.output_config?.format?.schema
        if (format !== undefined) found.set(JSON.stringify(format), format)
      }
      assert.isAbove(found.size, 20)
      const unread: Array<string> = []
      const wrong: Array<string> = []
      for (const [text, schema] of found) {
        const value = sampleJson(schema)
        try {
          if (!conforms(schema, value)) wrong.push(`${text} => ${JSON.stringify(value)}`)
        } catch (error) {
          unread.push(`${text}: ${String(error)}`)
        }
      }
      assert.deepStrictEqual(wrong, [])
      // Effect reads no JSON Schema of older drafts, nor some keywords.
      assert.isBelow(unread.length, found.size / 10, unread.join("\n"))
    }
  )
})

interface Body {
  readonly tools?: ReadonlyArray<{
    readonly input_schema?: JsonSchemaObject
    readonly function?: { readonly parameters?: JsonSchemaObject }
  }>
  readonly response_format?: { readonly json_schema?: { readonly schema?: JsonSchemaObject } }
  readonly output_config?: { readonly format?: { readonly schema?: JsonSchemaObject } }
}
