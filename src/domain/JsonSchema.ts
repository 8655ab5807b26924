import * as Schema from "effect/Schema"
import type { Json } from "./Json.ts"

/**
 * A JSON Schema (draft 2020-12). References lead into its own `$defs`.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonSchemaObject = { readonly [key: string]: Json }

/**
 * The JSON Schema of the JSON that a schema decodes, spelled out at the root, as every provider wants it. Properties that
 * the schema does not name are excluded. `describeChecks` says in words what is checked, for models whose provider
 * leaves out what it cannot enforce.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (
  schema: Schema.Constraint,
  options: { readonly describeChecks?: boolean | undefined } = {}
): JsonSchemaObject => {
  const document = Schema.toJsonSchemaDocument(schema, {
    generateDescriptions: options.describeChecks === true,
    onExcessProperty: "error"
  }) as unknown as {
    readonly schema: JsonSchemaObject
    readonly definitions: { readonly [key: string]: JsonSchemaObject }
  }
  const reference = document.schema["$ref"]
  const key = typeof reference === "string" ? keyOf(reference) : undefined
  const { [key ?? ""]: named, ...others } = document.definitions
  const root = atRoot(named ?? document.schema)
  const recurs = JSON.stringify([root, others]).includes(JSON.stringify(reference))
  const $defs = key === undefined || recurs ? document.definitions : others
  return Object.keys($defs).length === 0 ? root : { ...root, $defs }
}

/** What has no properties admits anything but null; to providers it is an object that has none. */
const atRoot = (root: JsonSchemaObject): JsonSchemaObject =>
  JSON.stringify(root) === '{"not":{"type":"null"}}'
    ? { type: "object", properties: {}, additionalProperties: false }
    : root

/** The name in `#/$defs/name`, which is a JSON pointer within a URI fragment. */
const keyOf = (reference: string): string =>
  decodeURIComponent(reference.slice("#/$defs/".length)).replaceAll("~1", "/").replaceAll("~0", "~")
