import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Settings } from "./schema/Settings.ts"

type Json = Schema.Json

/** A JSON Schema of settings files (draft 2020-12), with which editors complete, describe and check what is typed. */
export const jsonSchema = (): { readonly [key: string]: Json } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(Schema.toEncoded(Settings), { onExcessProperty: "error" })
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...schema,
    patternProperties: { "^x-": { description: "What YAML anchors are for: not read" } },
    $defs: definitions
  }
  return withReferences(JSON.parse(JSON.stringify(document))) as { readonly [key: string]: Json }
}

const scalars = new Set<unknown>(["number", "integer", "boolean"])

const reference = { type: "string", pattern: "\\$\\{" }

/** A variable may stand for any value, so text with `${` is valid everywhere. */
const withReferences = (node: Json): Json => {
  if (Array.isArray(node)) return node.map((item: Json) => withReferences(item))
  if (!Predicate.isObject(node)) return node
  const { allOf, ...rest } = node as { readonly [key: string]: Json }
  const described = { ...rest, ...(Array.isArray(allOf) ? Object.assign({}, ...allOf) : {}) } as {
    readonly [key: string]: Json
  }
  const inner = Object.fromEntries(Object.entries(described).map(([key, item]) => [key, withReferences(item)]))
  const { description, pattern, type } = described
  const isConstrained = scalars.has(type ?? "") || (type === "string" && (pattern !== undefined || "enum" in described))
  if (!isConstrained || pattern === reference.pattern) return inner
  return { ...(description === undefined ? {} : { description }), anyOf: [inner, reference] }
}
