import * as Result from "effect/Result"
import { flat, resolve } from "../../../domain/SchemaNulls.ts"
import { leads, plainSchema } from "./PlainSchema.ts"
import { array, isObject, type WireObject } from "../WireObject.ts"

/**
 * The schema of a tool's parameters in the form that servers accept, or what is wrong with it. MCP servers and schema
 * generators produce what servers reject: an object without properties, a reference or a union at the root, and what
 * `plainSchema` rewrites. A union at the root becomes one object with the properties of all alternatives, whose description
 * says which belong together. A schema that needs no change is the same object.
 *
 * Sources: https://platform.openai.com/docs/guides/function-calling,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (`input_schema` does not support
 * `oneOf`, `allOf` or `anyOf` at the top level) and https://modelcontextprotocol.io/specification/2025-06-18/server/tools
 */
export const toolSchema = (schema: WireObject): Result.Result<WireObject, string> => {
  const cached = cache.get(schema)
  if (cached !== undefined) return cached
  const result = Result.map(object(schema), plainSchema)
  cache.set(schema, result)
  return result
}

/** Tools are the same objects from call to call. */
const cache = new WeakMap<WireObject, Result.Result<WireObject, string>>()

/** Keywords that servers reject at the root. */
const notAtRoot = ["$ref", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "enum", "const", "nullable"]

const object = (schema: WireObject): Result.Result<WireObject, string> => {
  const { properties, type } = schema
  if (type === "object" && isObject(properties) && notAtRoot.every((key) => schema[key] === undefined)) {
    return Result.succeed(schema)
  }
  const merged = merge(schema, schema, [])
  if (typeof merged === "string") return Result.fail(merged)
  const { description: outlines = [], ...rest } = merged
  const lines = [schema.description, ...outlines].filter((line) => typeof line === "string")
  return Result.succeed({ ...rest, ...(lines.length === 0 ? {} : { description: lines.join("\n\n") }) })
}

interface Merged extends WireObject {
  readonly type: "object"
  readonly properties: WireObject
  /** Which properties belong together. */
  readonly description?: ReadonlyArray<string>
}

/** The root merged into one object schema, or the reason why that is impossible. */
const merge = (schema: WireObject, root: WireObject, within: ReadonlyArray<string>): Merged | string => {
  const { $ref: reference, ...unknownFields } = schema
  if (typeof reference === "string") {
    if (within.includes(reference)) return "it only refers to itself"
    if (!leads(reference, root)) return `there is nothing at ${reference}`
    return merge({ ...resolve(schema, root), ...unknownFields }, root, [...within, reference])
  }
  const whole: WireObject = flatWithReferences(schema, root) ?? schema
  const { allOf: _, anyOf, oneOf, properties, required, type, ...rest } = whole
  for (const key of notAtRoot) delete (rest as Record<string, unknown>)[key]
  delete (rest as Record<string, unknown>)["description"]
  if (!isObjectType(type)) return `parameters must be an object, not ${JSON.stringify(type)}`
  const own = isObject(properties) ? properties : {}
  const choices = [...array(anyOf), ...array(oneOf)].filter((choice) => !isNull(choice))
  const base = { ...rest, type: "object" as const, properties: own, ...(required === undefined ? {} : { required }) }
  if (choices.length === 0) return base
  const alternatives: Array<Merged> = []
  for (const choice of choices) {
    const alternative = isObject(choice) ? merge(choice, root, within) : ({ type: "object", properties: {} } as const)
    // Input is always an object.
    if (typeof alternative !== "string") alternatives.push(alternative)
  }
  const [first] = alternatives
  if (first === undefined) return "none of its alternatives is an object"
  if (alternatives.length === 1) {
    return { ...base, ...first, properties: { ...own, ...first.properties }, ...requiredOf(required, [first]) }
  }
  const isClosed = alternatives.every(({ additionalProperties }) => additionalProperties === false)
  return {
    ...base,
    properties: unite(own, alternatives),
    ...requiredOf(required, alternatives),
    ...(isClosed ? { additionalProperties: false } : {}),
    description: [`{anyOf: ${JSON.stringify(alternatives.map(outline))}}`]
  }
}

/** `allOf` within the schema, whose members may be references. */
const flatWithReferences = (schema: WireObject, root: WireObject): WireObject | undefined =>
  schema.allOf === undefined
    ? schema
    : flat({ ...schema, allOf: array(schema.allOf).map((one) => (isObject(one) ? resolve(one, root) : {})) })

const isObjectType = (type: unknown): boolean =>
  [type ?? "object"].flat().some((one) => typeof one === "string" && one.toLowerCase() === "object")

const isNull = (choice: unknown): boolean => isObject(choice) && choice.type === "null"

/** What the root requires, and what all alternatives do. */
const requiredOf = (required: unknown, alternatives: ReadonlyArray<WireObject>): WireObject => {
  const [first, ...more] = alternatives.map((alternative) => array(alternative.required))
  const always = (first ?? []).filter((key) => more.every((keys) => keys.includes(key)))
  const keys = [...new Set([...array(required), ...always])]
  return keys.length === 0 ? {} : { required: keys }
}

/** The properties of all alternatives. One that they describe differently becomes a union, of constants an `enum`. */
const unite = (own: WireObject, alternatives: ReadonlyArray<Merged>): WireObject => {
  const schemasByKey = new Map<string, Array<unknown>>(Object.entries(own).map(([key, schema]) => [key, [schema]]))
  for (const { properties } of alternatives) {
    for (const [key, schema] of Object.entries(properties)) {
      const schemas = schemasByKey.get(key)
      if (schemas === undefined) schemasByKey.set(key, [schema])
      else if (schemas.every((known) => JSON.stringify(known) !== JSON.stringify(schema))) schemas.push(schema)
    }
  }
  return Object.fromEntries([...schemasByKey].map(([key, schemas]) => [key, either(schemas)]))
}

const either = (schemas: ReadonlyArray<unknown>): unknown => {
  if (schemas.length === 1) return schemas[0]
  const constants = schemas.map(constantsOf)
  if (constants.every((one) => one !== undefined)) {
    const types = new Set(schemas.map((schema) => (schema as WireObject)["type"]))
    const [type] = types
    const values = [...new Set(constants.flat())]
    return types.size === 1 && type !== undefined ? { type, enum: values } : { enum: values }
  }
  return { anyOf: schemas }
}

/** The values of a schema that has only constants. */
const constantsOf = (schema: unknown): ReadonlyArray<unknown> | undefined => {
  if (!isObject(schema)) return undefined
  const { const: constant, enum: values, type: _, ...rest } = schema
  if (Object.keys(rest).length > 0) return undefined
  return constant === undefined ? (Array.isArray(values) ? values : undefined) : [constant]
}

/** What distinguishes an alternative: its required properties and its constants. */
const outline = ({ properties, required }: Merged): WireObject => {
  const marks = Object.entries(properties).filter(([, schema]) => constantsOf(schema) !== undefined)
  return {
    ...(marks.length === 0 ? {} : { properties: Object.fromEntries(marks) }),
    required: required ?? []
  }
}
