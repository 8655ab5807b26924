import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { make } from "../../../src/domain/ChatRequest.ts"
import { UnsupportedParameterError } from "../../../src/domain/CallErrors.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import type { Wire } from "./wire.ts"

const encode = (schema: Wire, onUnsupported?: "drop") =>
  AnthropicMessages.encodeRequest(
    make({ messages: "Hi", responseFormat: { type: "json-schema", name: "n", schema }, onUnsupported }),
    { provider: "anthropic", model: "claude", stream: false }
  )

const format = (schema: Wire): Wire =>
  (Result.getOrThrow(encode(schema)).body.output_config as { readonly format: Wire }).format

const within = (schema: Wire): Wire => format(schema).schema

describe("the schema of a response", () => {
  it("is the output format, without a beta", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false
    }
    assert.deepStrictEqual(format(schema), { type: "json_schema", schema })
    assert.isUndefined(Result.getOrThrow(encode(schema)).headers)
  })

  it("is closed everywhere, and describes unsupported keywords in the description", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      title: "T",
      description: "An order",
      properties: {
        id: { type: "string", format: "uuid" },
        link: { type: "string", format: "iri", minLength: 3, pattern: "^a" },
        count: { type: ["integer", "null"], minimum: 1, default: 2 },
        kind: { enum: ["a", "b"] },
        odd: { enum: [{ a: 1 }] },
        one: { oneOf: [{ type: "string" }, { $ref: "#/$defs/Item" }] },
        items: { type: "array", items: { $ref: "#/$defs/Item", description: "gone" }, minItems: 1, maxItems: 9 },
        pair: { type: "array", items: { allOf: [{ type: "string" }] }, minItems: 2 }
      },
      required: ["id"],
      $defs: { Item: { type: "object", properties: { n: { const: 1 } } } }
    }
    assert.deepStrictEqual(within(schema), {
      type: "object",
      title: "T",
      description: "An order",
      properties: {
        id: { type: "string", format: "uuid" },
        link: { type: "string", description: '{format: "iri", minLength: 3, pattern: "^a"}' },
        count: { type: ["integer", "null"], default: 2, description: "{minimum: 1}" },
        kind: { enum: ["a", "b"] },
        odd: { description: '{enum: [{"a":1}]}' },
        one: { anyOf: [{ type: "string" }, { $ref: "#/$defs/Item" }] },
        items: { type: "array", items: { $ref: "#/$defs/Item" }, minItems: 1, description: "{maxItems: 9}" },
        pair: { type: "array", items: { type: "string" }, description: "{minItems: 2}" }
      },
      required: ["id"],
      additionalProperties: false,
      $defs: { Item: { type: "object", properties: { n: { const: 1 } }, additionalProperties: false } }
    })
  })

  it("within the subset is not changed by a second rewrite", () => {
    const schema = { type: "object", properties: { a: { type: "string", minLength: 1 } } }
    assert.deepStrictEqual(within(within(schema)), within(schema))
  })

  const tree = { type: "object", properties: { next: { $ref: "#/$defs/Tree" } }, additionalProperties: false }
  for (const [what, schema] of [
    ["refers to itself", { $ref: "#/$defs/Tree", $defs: { Tree: tree } }],
    ["refers to itself by the root", { type: "object", properties: { next: { $ref: "#" } } }],
    ["has free keys", { type: "object", additionalProperties: { type: "number" } }],
    ["has free keys within", { type: "object", properties: { a: { type: "object" } } }],
    ["has patterns of keys", { type: "object", properties: {}, patternProperties: { "^a": {} } }]
  ] as const) {
    it(`that ${what} is rejected, or dropped with a warning`, () => {
      const error = Result.getOrThrow(Result.flip(encode(schema)))
      assert.instanceOf(error, UnsupportedParameterError)
      assert.strictEqual(error.parameter, "responseFormat")
      const dropped = Result.getOrThrow(encode(schema, "drop"))
      assert.isUndefined(dropped.body.output_config)
      assert.lengthOf(dropped.warnings, 1)
    })
  }

  it("may use one definition twice", () => {
    const Item = { type: "object", properties: { n: { type: "number" } } }
    const ref = { $ref: "#/$defs/Item" }
    const schema = { type: "object", properties: { a: ref, b: ref }, $defs: { Item } }
    assert.deepStrictEqual(within(schema).properties, { a: ref, b: ref })
  })
})
