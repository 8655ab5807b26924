import * as Result from "effect/Result"
import type { Json } from "./Json.ts"

interface Node {
  readonly [key: string]: unknown
}

const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null && !Array.isArray(u)

const array = (u: unknown): ReadonlyArray<unknown> => (Array.isArray(u) ? u : [])

/** Whether values of the schema may be of the type. */
export const isType = ({ type }: Node, name: string): boolean => type === name || array(type).includes(name)

/** Whether `null` is a value of the schema. */
export const acceptsNull = (schema: Node): boolean =>
  isType(schema, "null") ||
  schema.const === null ||
  array(schema.enum).includes(null) ||
  [...array(schema.anyOf), ...array(schema.oneOf)].some((choice) => isNode(choice) && acceptsNull(choice))

/** Merges `allOf` into its schema; `undefined` if they contradict each other. */
export const flat = (schema: Node): Node | undefined => {
  if (schema.allOf === undefined) return schema
  const { allOf, ...rest } = schema
  const merged: Record<string, unknown> = { ...rest }
  for (const member of array(allOf)) {
    const inner = isNode(member) ? flat(member) : undefined
    if (inner === undefined) return undefined
    for (const [key, value] of Object.entries(inner)) {
      const before = merged[key]
      if (before === undefined) merged[key] = value
      else if (key === "properties" && isNode(before) && isNode(value)) merged[key] = { ...before, ...value }
      else if (key === "required") merged[key] = [...new Set([...array(before), ...array(value)])]
      else if (structural.has(key) && JSON.stringify(before) !== JSON.stringify(value)) return undefined
    }
  }
  return merged
}

const structural = new Set(["$ref", "type", "items", "anyOf", "oneOf", "enum", "const", "additionalProperties"])

/** The schema that a `$ref` within the same document points to; a schema without one is returned as it is. */
export const resolve = (schema: Node, root: Node): Node => {
  if (typeof schema.$ref !== "string") return schema
  let target: unknown = root
  for (const step of schema.$ref.split("/").slice(1)) {
    const key = keyOf(step)
    target = isNode(target) && Object.hasOwn(target, key) ? target[key] : undefined
  }
  return isNode(target) ? target : {}
}

/** The key that a step of a reference names. */
export const keyOf = (step: string): string =>
  Result.getOrElse(
    Result.try(() => decodeURIComponent(step)),
    () => step
  )
    .replace(/~1/g, "/")
    .replace(/~0/g, "~")

/**
 * A value without the `null`s that stand for absent optional properties of its schema: in strict mode OpenAI has models
 * fill in every property. A `null` that the schema accepts stays.
 */
export const withoutNulls = (schema: { readonly [key: string]: Json }, value: Json): Json =>
  strip(schema, value, schema)

const strip = (schema: Node, value: Json, root: Node): Json => {
  const target = flat(resolve(schema, root)) ?? schema
  const choices = [target, ...[...array(target.anyOf), ...array(target.oneOf)].filter(isNode)].map(
    (choice) => flat(resolve(choice, root)) ?? choice
  )
  if (Array.isArray(value)) {
    const items = choices.find((choice) => isNode(choice.items))?.items as Node | undefined
    return items === undefined ? value : value.map((item) => strip(items, item, root))
  }
  if (!isNode(value)) return value
  const shape = choices.find((choice) => isNode(choice.properties) && fits(choice, value, root))
  if (shape === undefined) return value
  const properties = shape.properties as Node
  const required = new Set(array(shape.required))
  const entries = Object.entries(value as { readonly [key: string]: Json }).flatMap(
    ([key, inner]): Array<[string, Json]> => {
      const property = properties[key]
      if (!Object.hasOwn(properties, key) || !isNode(property)) return [[key, inner]]
      if (inner === null && !required.has(key) && !acceptsNull(resolve(property, root))) return []
      return [[key, strip(property, inner, root)]]
    }
  )
  return Object.fromEntries(entries)
}

/** Whether an object has the keys and constants of this choice. */
const fits = (choice: Node, value: Node, root: Node): boolean => {
  const properties = choice.properties as Node
  return (
    Object.entries(value).every(([key, inner]) => inner === null || Object.hasOwn(properties, key)) &&
    Object.entries(properties).every(([key, property]) => {
      const { const: constant, enum: options } = isNode(property) ? resolve(property, root) : {}
      return (
        value[key] === undefined ||
        value[key] === null ||
        ((constant === undefined || constant === value[key]) &&
          (!Array.isArray(options) || options.includes(value[key])))
      )
    })
  )
}
