import type { Issues } from "../wire/Issues.ts"
import { array, isObject, type WireObject } from "./wire/Wire.ts"

const said = new Set(
  "$id $anchor type format title description minItems maxItems minimum maximum required propertyOrdering".split(" ")
)

const dropped = new Set(["$schema", "$comment", "examples", "definitions", "description"])

/**
 * A JSON Schema within the subset that Gemini reads: `const` becomes `enum`, `allOf` one schema, and what the subset
 * lacks (patterns, lengths, exclusive bounds, defaults) is told to the model in the description. A schema that is within the
 * subset comes back equal.
 * Source: https://ai.google.dev/api/generate-content#GenerationConfig (`responseJsonSchema`)
 */
export const toSubset = (schema: WireObject): WireObject => {
  const defs = { ...record(schema.definitions), ...record(schema.$defs) }
  const result: Record<string, unknown> = {}
  if (Object.keys(defs).length > 0) result.$defs = mapValues(defs, subset)
  if (typeof schema.$ref === "string") {
    return { ...result, $ref: schema.$ref.replace(/^#\/definitions\//, "#/$defs/") }
  }
  const whole = mergeAll(schema)
  const told: Array<string> = []
  for (const [key, value] of Object.entries(whole)) {
    if (dropped.has(key) || key === "$defs") continue
    const translated = key === "required" ? requiredOf(whole) : said.has(key) ? value : translate(key, value)
    if (translated === undefined) told.push(`${key}: ${JSON.stringify(value)}`)
    else result[key === "const" ? "enum" : key] = translated
  }
  const description = [whole.description, told.length === 0 ? undefined : `{${told.join(", ")}}`]
    .filter((part) => typeof part === "string")
    .join("\n\n")
  return description === "" ? result : { ...result, description }
}

const translate = (key: string, value: unknown): unknown => {
  switch (key) {
    case "const":
      return isWord(value) ? [value] : undefined
    case "enum":
      return array(value).every((one) => isWord(one) || one === null) ? value : undefined
    case "anyOf":
    case "oneOf":
    case "prefixItems":
      return array(value).map(subset)
    case "properties":
      return isObject(value) ? mapValues(value, subset) : undefined
    case "items":
    case "additionalProperties":
      return subset(value)
    default:
      return undefined
  }
}

const isWord = (u: unknown): boolean => typeof u === "string" || typeof u === "number"

const subset = (u: unknown): unknown => (isObject(u) ? toSubset(u) : u)

const record = (u: unknown): WireObject => (isObject(u) ? u : {})

const mapValues = (record: WireObject, f: (u: unknown) => unknown): WireObject =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))

/** `allOf` of plain schemas as one; it stays where one of them is a reference. */
const mergeAll = (schema: WireObject): WireObject => {
  const { allOf, ...rest } = schema
  const all = array(allOf)
  if (all.length === 0 || !all.every((one) => isObject(one) && one.$ref === undefined)) return schema
  const merged: Record<string, unknown> = {}
  const properties: Record<string, unknown> = {}
  const required = new Set<unknown>()
  for (const one of [...(all as ReadonlyArray<WireObject>).map(mergeAll), rest]) {
    Object.assign(merged, one)
    Object.assign(properties, one.properties)
    for (const key of array(one.required)) required.add(key)
  }
  if (Object.keys(properties).length > 0) merged.properties = properties
  if (required.size > 0) merged.required = [...required]
  return merged
}

/** Gemini refuses to require what the schema has no property for. */
const requiredOf = ({ properties, required }: WireObject): ReadonlyArray<unknown> =>
  array(required).filter((key) => !isObject(properties) || Object.hasOwn(properties, String(key)))

const openApiKeys = new Set(
  "format title description minItems maxItems minimum maximum minLength maxLength pattern required propertyOrdering".split(
    " "
  )
)

/**
 * A JSON Schema in the subset of OpenAPI 3.0 that `responseSchema` and `parameters` take: references are written out, and
 * a schema that refers to itself is an objection.
 * Source: https://ai.google.dev/api/caching#Schema
 */
export const toOpenApi = (schema: WireObject, parameter: string, issues: Issues): WireObject => {
  const defs = { ...record(schema.definitions), ...record(schema.$defs) }
  const convert = (node: unknown, within: ReadonlyArray<string>): WireObject => {
    if (!isObject(node)) return {}
    const { $ref, ...siblings } = node
    if (typeof $ref === "string") {
      if (within.includes($ref)) {
        issues.unsupported(parameter, "a schema that refers to itself cannot be said to this server")
        return {}
      }
      return convert({ ...record(defs[$ref.slice($ref.lastIndexOf("/") + 1)]), ...siblings }, [...within, $ref])
    }
    return object(mergeAll(node), within)
  }
  const object = (node: WireObject, within: ReadonlyArray<string>): WireObject => {
    const result: Record<string, unknown> = {}
    const types = array(node.type === undefined ? [] : [node.type].flat()).map(String)
    const named = types.filter((type) => type !== "null")
    const options = array(node.anyOf ?? node.oneOf).filter(isObject)
    const real = options.filter(({ type }) => type !== "null")
    if (types.length > named.length || options.length > real.length) result.nullable = true
    if (named.length === 1) result.type = named[0]?.toUpperCase()
    else if (named.length > 1) result.anyOf = named.map((type) => ({ type: type.toUpperCase() }))
    if (real.length === 1) Object.assign(result, convert(real[0], within))
    else if (real.length > 1) result.anyOf = real.map((one) => convert(one, within))
    for (const [key, value] of Object.entries(node)) if (openApiKeys.has(key)) result[key] = value
    if (node.required !== undefined) result.required = requiredOf(node)
    const words = array(node.const === undefined ? node.enum : [node.const])
    if (words.length > 0 && words.every((word) => typeof word === "string")) {
      Object.assign(result, { type: "STRING", enum: words })
    }
    if (isObject(node.properties)) {
      result.properties = mapValues(node.properties, (inner) => convert(inner, within))
    }
    if (isObject(node.items)) result.items = convert(node.items, within)
    return result
  }
  return convert(schema, [])
}
