import * as Result from "effect/Result"
import { flat, resolve } from "../../domain/SchemaNulls.ts"
import { leads, plainSchema } from "./PlainSchema.ts"
import { array, isObject, type WireObject } from "./WireObject.ts"

/**
 * The schema of a tool's parameters as providers take it, or what is wrong with it. MCP servers and unions of schemas give
 * what providers refuse: an object without properties, a reference or a choice at the root, and what `plainSchema` rewrites.
 * A choice at the root becomes one object with the properties of all alternatives; which go together is told in its
 * description. A schema that needs no change comes back as it is.
 *
 * Sources: https://platform.openai.com/docs/guides/function-calling,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (`input_schema` does not support
 * `oneOf`, `allOf` or `anyOf` at the top level) and https://modelcontextprotocol.io/specification/2025-06-18/server/tools
 */
export const toolSchema = (schema: WireObject): Result.Result<WireObject, string> => {
  const before = known.get(schema)
  if (before !== undefined) return before
  const made = Result.map(object(schema), plainSchema)
  known.set(schema, made)
  return made
}

/** Tools are the same objects from call to call. */
const known = new WeakMap<WireObject, Result.Result<WireObject, string>>()

/** Says at the root what else there may be only below it. */
const atRoot = ["$ref", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "enum", "const", "nullable"]

const object = (schema: WireObject): Result.Result<WireObject, string> => {
  const { properties, type } = schema
  if (type === "object" && isObject(properties) && atRoot.every((key) => schema[key] === undefined)) {
    return Result.succeed(schema)
  }
  const merged = merge(schema, schema, [])
  if (typeof merged === "string") return Result.fail(merged)
  const { description: told = [], ...rest } = merged
  const said = [schema.description, ...(told as ReadonlyArray<unknown>)].filter((line) => typeof line === "string")
  return Result.succeed({ ...rest, ...(said.length === 0 ? {} : { description: said.join("\n\n") }) })
}

interface Merged extends WireObject {
  readonly type: "object"
  readonly properties: WireObject
  /** What is told besides the description of the root. */
  readonly description?: ReadonlyArray<string>
}

/** One object schema of all that a schema at the root says; a text says why there is none. */
const merge = (schema: WireObject, root: WireObject, within: ReadonlyArray<string>): Merged | string => {
  const { $ref: reference, ...unknownFields } = schema
  if (typeof reference === "string") {
    if (within.includes(reference)) return "it refers to itself and says nothing else"
    if (!leads(reference, root)) return `there is nothing at ${reference}`
    return merge({ ...resolve(schema, root), ...unknownFields }, root, [...within, reference])
  }
  const whole: WireObject = flatWithReferences(schema, root) ?? schema
  const { allOf: _, anyOf, oneOf, properties, required, type, ...rest } = whole
  for (const key of atRoot) delete (rest as Record<string, unknown>)[key]
  delete (rest as Record<string, unknown>)["description"]
  if (!isObjectType(type)) return `parameters are an object, not ${JSON.stringify(type)}`
  const own = isObject(properties) ? properties : {}
  const choices = [...array(anyOf), ...array(oneOf)].filter((choice) => !isNull(choice))
  const base = { ...rest, type: "object" as const, properties: own, ...(required === undefined ? {} : { required }) }
  if (choices.length === 0) return base
  const alternatives: Array<Merged> = []
  for (const choice of choices) {
    const alternative = isObject(choice) ? merge(choice, root, within) : ({ type: "object", properties: {} } as const)
    // An alternative that is no object can't be an input.
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

/** What all alternatives require, besides what the whole does. */
const requiredOf = (required: unknown, alternatives: ReadonlyArray<WireObject>): WireObject => {
  const [first, ...more] = alternatives.map((alternative) => array(alternative.required))
  const always = (first ?? []).filter((key) => more.every((others) => others.includes(key)))
  const keys = [...new Set([...array(required), ...always])]
  return keys.length === 0 ? {} : { required: keys }
}

/** The properties of all alternatives: one that they describe otherwise is a choice of its own, of constants an `enum`. */
const unite = (own: WireObject, alternatives: ReadonlyArray<Merged>): WireObject => {
  const found = new Map<string, Array<unknown>>(Object.entries(own).map(([key, schema]) => [key, [schema]]))
  for (const { properties } of alternatives) {
    for (const [key, schema] of Object.entries(properties)) {
      const before = found.get(key)
      if (before === undefined) found.set(key, [schema])
      else if (before.every((one) => JSON.stringify(one) !== JSON.stringify(schema))) before.push(schema)
    }
  }
  return Object.fromEntries([...found].map(([key, schemas]) => [key, either(schemas)]))
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

/** The values of a schema that says nothing else. */
const constantsOf = (schema: unknown): ReadonlyArray<unknown> | undefined => {
  if (!isObject(schema)) return undefined
  const { const: constant, enum: values, type: _, ...rest } = schema
  if (Object.keys(rest).length > 0) return undefined
  return constant === undefined ? (Array.isArray(values) ? values : undefined) : [constant]
}

/** What tells an alternative from others: what it requires, and its constants. */
const outline = ({ properties, required }: Merged): WireObject => {
  const marks = Object.entries(properties).filter(([, schema]) => constantsOf(schema) !== undefined)
  return {
    ...(marks.length === 0 ? {} : { properties: Object.fromEntries(marks) }),
    required: required ?? []
  }
}
