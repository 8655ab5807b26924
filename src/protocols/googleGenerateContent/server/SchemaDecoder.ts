import type { Json } from "../../../domain/Json.ts"
import { array, isObject, type WireObject } from "../wire/Wire.ts"

const types = ["", "string", "number", "integer", "boolean", "array", "object", "null"]

/**
 * A schema of the subset of OpenAPI as JSON Schema: types in lower case or by their number, `nullable` as a type.
 * Source: https://ai.google.dev/api/caching#Schema
 */
export const fromOpenApi = (schema: WireObject): { readonly [key: string]: Json } => {
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === "nullable" || value === null) continue
    if (key === "type" && typeof value === "string") result.type = value.toLowerCase()
    else if (key === "type" && typeof value === "number") result.type = types[value]
    else if (key === "properties" && isObject(value)) result.properties = mapValues(value)
    else if (isObject(value) && key === "items") result[key] = fromOpenApi(value)
    else if (key === "anyOf") result[key] = array(value).map((one) => (isObject(one) ? fromOpenApi(one) : one))
    else result[key] = value
  }
  if (schema.nullable === true) {
    if (typeof result.type === "string") result.type = [result.type, "null"]
    else if (Array.isArray(result.anyOf)) result.anyOf = [...result.anyOf, { type: "null" }]
  }
  return result as { readonly [key: string]: Json }
}

const mapValues = (record: WireObject): WireObject =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, isObject(value) ? fromOpenApi(value) : value]))
