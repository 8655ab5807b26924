import * as Schema from "effect/Schema"
import type { Json } from "./Json.ts"

/**
 * A JSON Schema (draft 2020-12). References point into its own `$defs`.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonSchemaObject = { readonly [key: string]: Json }

/**
 * The JSON Schema of what a `Schema` decodes, with the root inlined, as every provider requires. Objects are closed.
 * `describeChecks` repeats checks in descriptions, for models whose provider drops what it cannot enforce.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (
  schema: Schema.Constraint,
  options: { readonly describeChecks?: boolean | undefined } = {}
): JsonSchemaObject => {
  const document = plainNumbers(
    Schema.toJsonSchemaDocument(schema, {
      generateDescriptions: options.describeChecks === true,
      onExcessProperty: "error"
    })
  ) as {
    readonly schema: JsonSchemaObject
    readonly definitions: { readonly [key: string]: JsonSchemaObject }
  }
  const reference = document.schema.$ref
  const key = typeof reference === "string" ? keyOf(reference) : ""
  const { [key]: named, ...others } = document.definitions
  const root = atRoot(named ?? document.schema)
  const recurs = JSON.stringify([root, others]).includes(JSON.stringify(reference))
  const $defs = reference === undefined || recurs ? document.definitions : others
  return Object.keys($defs).length === 0 ? root : { ...root, $defs }
}

/** The schema of numbers that JSON does not have. */
const notFinite = JSON.stringify({ type: "string", enum: ["Infinity", "-Infinity", "NaN"] })

/**
 * Drops the choice of infinite numbers and NaN, which no model needs to write, since providers limit how many choices a schema
 * has.
 */
const plainNumbers = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(plainNumbers)
  if (typeof node !== "object" || node === null) return node
  const plain = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, plainNumbers(value)]))
  const { anyOf, ...rest } = plain
  if (!Array.isArray(anyOf) || !anyOf.some((choice) => JSON.stringify(choice) === notFinite)) return plain
  const choices = anyOf.filter((choice) => JSON.stringify(choice) !== notFinite) as ReadonlyArray<object>
  return choices.length === 1 ? { ...choices[0], ...rest } : { ...rest, anyOf: choices }
}

/** An empty struct admits anything but null; for providers it is an object without properties. */
const atRoot = (root: JsonSchemaObject): JsonSchemaObject =>
  JSON.stringify(root) === '{"not":{"type":"null"}}'
    ? { type: "object", properties: {}, additionalProperties: false }
    : root

/** The name in `#/$defs/name`, which is a JSON pointer within a URI fragment. */
const keyOf = (reference: string): string =>
  decodeURIComponent(reference.slice("#/$defs/".length)).replaceAll("~1", "/").replaceAll("~0", "~")
