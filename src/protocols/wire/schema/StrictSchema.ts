import type { Json } from "../../../domain/Json.ts"
import { acceptsNull, flat, isType, resolve } from "../../../domain/SchemaNulls.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { Issues } from "../request/Issues.ts"
import { schemasIn } from "./PlainSchema.ts"
import { array, compact, setOf, isObject, type WireObject } from "../WireObject.ts"

/** A JSON Schema of an object. */
type JsonSchema = { readonly [key: string]: Json }

/**
 * The keywords that strict mode supports, besides those rewritten below.
 * Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
const kept = setOf(
  "title description enum pattern multipleOf minimum exclusiveMinimum maximum exclusiveMaximum minItems maxItems"
)

const formats = setOf("date-time time date duration email hostname ipv4 ipv6 uuid")

/** Keywords that say what a value must be, which cannot be left out without asking for something else. */
const inexpressible = ["patternProperties", "prefixItems", "if", "dependentSchemas", "unevaluatedProperties"]

/** The schema and its strictness as they are sent: one that strict mode cannot express is sent as not strict. */
export const encodeStrictSchema = (
  schema: JsonSchema,
  strict: boolean | undefined,
  at: string,
  issues: Issues
): { readonly schema: JsonSchema; readonly strict: boolean | undefined } => {
  if (strict !== true) return { schema, strict }
  const rewritten = toStrict(schema)
  if (rewritten !== undefined) return { schema: rewritten, strict }
  const detail = "does not support the schema (open records, tuples or untyped values); it was sent as not strict"
  issues.warn("other", at, `${at}: the strict mode of this server ${detail}`)
  return { schema, strict: false }
}

/** The fields of a response format that is a JSON Schema. */
export const encodeJsonSchemaFormat = (
  { description, name = "response", schema, strict }: JsonSchemaFormat,
  strictSchemas: boolean,
  issues: Issues
): { readonly [key: string]: unknown } => {
  if (strict === true && strictSchemas && schema.type !== "object" && schema.$ref === undefined) {
    const detail = "a strict schema must describe an object: wrap the value in a property"
    issues.invalid("responseFormat.schema", detail)
  }
  return compact({
    name: name.replace(/[^\w-]/g, "_").slice(0, 64),
    description,
    ...(strictSchemas ? encodeStrictSchema(schema, strict, "responseFormat", issues) : { schema, strict })
  })
}

type JsonSchemaFormat = Extract<ChatRequest["responseFormat"], { readonly type: "json-schema" }>

/**
 * Rewrites a schema to what OpenAI's strict mode accepts: objects are closed and all their properties required, those
 * that were optional accept `null` (see `withoutNulls`); `oneOf` becomes `anyOf`, `const` an `enum`; constraints that
 * it does not know are left out. None where the schema cannot be said in strict mode: open records, tuples, untyped
 * values.
 */
export const toStrict = (given: JsonSchema): JsonSchema | undefined => {
  const { $ref: reference, ...unknownFields } = given
  // The root may not be a reference.
  const schema: WireObject = typeof reference === "string" ? { ...resolve(given, given), ...unknownFields } : given
  if (isTooLarge(schema)) return undefined
  const result = rewrite(schema)
  if (result === undefined) return undefined
  for (const key of ["$defs", "definitions"]) {
    const definitions = schema[key]
    if (!isObject(definitions)) continue
    const rewritten = record(definitions, rewrite)
    if (rewritten === undefined) return undefined
    result[key] = rewritten
  }
  return result
}

/**
 * What OpenAI's strict mode takes of one schema: 5,000 properties, 10 levels, 1,000 values of enums, 120,000 characters of
 * names and values, and 15,000 characters of one enum with more than 250 values.
 * Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
const most = { properties: 5000, values: 1000, characters: 120_000, levels: 10, largeEnum: 15_000 }

const isTooLarge = (schema: WireObject): boolean => {
  const used = { properties: 0, values: 0, characters: 0 }
  const visit = (node: WireObject, level: number): boolean => {
    const { const: constant, enum: options } = node
    const names = recordsOf(node).flatMap(Object.keys)
    const values = [...array(options), ...(constant === undefined ? [] : [constant])]
    used.properties += isObject(node.properties) ? Object.keys(node.properties).length : 0
    used.values += values.length
    const characters = lengthOf(values)
    used.characters += lengthOf(names) + characters
    return (
      level > most.levels ||
      (values.length > 250 && characters > most.largeEnum) ||
      used.properties > most.properties ||
      used.values > most.values ||
      used.characters > most.characters ||
      schemasIn(node).some((inner) => visit(inner, level + (isObject(inner.properties) ? 1 : 0)))
    )
  }
  return visit(schema, 0)
}

const lengthOf = (texts: ReadonlyArray<unknown>): number =>
  texts.reduce((sum: number, text) => sum + (typeof text === "string" ? text.length : 0), 0)

const recordsOf = (node: WireObject): ReadonlyArray<WireObject> =>
  [node.properties, node.$defs, node.definitions].filter(isObject)

const record = (
  schemas: WireObject,
  f: (schema: WireObject) => { [key: string]: Json } | undefined
): { [key: string]: Json } | undefined => {
  const entries: Array<[string, Json]> = []
  for (const [key, schema] of Object.entries(schemas)) {
    const rewritten = isObject(schema) ? f(schema) : undefined
    if (rewritten === undefined) return undefined
    entries.push([key, rewritten])
  }
  return Object.fromEntries(entries)
}

const list = (schemas: ReadonlyArray<unknown>): Array<Json> | undefined => {
  const rewritten = schemas.map((schema) => (isObject(schema) ? rewrite(schema) : undefined))
  return rewritten.includes(undefined) ? undefined : (rewritten as Array<Json>)
}

const rewrite = (original: WireObject): { [key: string]: Json } | undefined => {
  const schema = flat(original)
  if (schema === undefined || inexpressible.some((key) => schema[key] !== undefined)) return undefined
  // A reference may have no neighbours.
  if (typeof schema.$ref === "string") return { $ref: schema.$ref }
  const result: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(schema)) if (kept.has(key)) result[key] = value as Json
  if (schema.type !== undefined) result.type = schema.type as Json
  if (schema.const !== undefined) result.enum = [schema.const as Json]
  if (typeof schema.format === "string") {
    if (formats.has(schema.format)) result.format = schema.format
    else result.description = [result.description, `format: ${schema.format}`].filter(Boolean).join("; ")
  }
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    const rewritten = list(array(choices))
    if (rewritten === undefined) return undefined
    result.anyOf = rewritten
  }
  if (isObject(schema.items)) {
    const items = rewrite(schema.items)
    if (items === undefined) return undefined
    result.items = items
  } else if (isType(schema, "array")) return undefined
  if (isType(schema, "object") || schema.properties !== undefined) {
    const { additionalProperties, properties } = schema
    const own = isObject(properties) ? properties : {}
    if (isObject(additionalProperties) || additionalProperties === true) return undefined
    if (additionalProperties !== false && !isObject(properties)) return undefined
    const required = array(schema.required)
    const rewritten = record(own, rewrite)
    if (rewritten === undefined) return undefined
    for (const key of Object.keys(own)) {
      if (!required.includes(key)) rewritten[key] = nullable(rewritten[key] as { [key: string]: Json })
    }
    result.properties = rewritten
    const keys = new Set([...required, ...Object.keys(rewritten)])
    result.required = [...keys].filter((key) => typeof key === "string" && Object.hasOwn(rewritten, key)) as Array<Json>
    result.additionalProperties = false
  }
  if (result.type === undefined && Array.isArray(result.enum)) {
    const [type, ...others] = new Set(result.enum.map((value) => typeof value))
    if (type !== undefined && type !== "object" && others.length === 0) result.type = type
  }
  return result.type === undefined && result.anyOf === undefined && result.enum === undefined ? undefined : result
}

const nullable = (schema: { readonly [key: string]: Json }): Json => {
  if (acceptsNull(schema)) return schema
  const { type } = schema
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [...schema.anyOf, { type: "null" }] }
  if (typeof type !== "string" || type === "object") return { anyOf: [schema, { type: "null" }] }
  return { ...schema, type: [type, "null"], ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}) }
}
