import { resolve } from "../../../domain/SchemaNulls.ts"
import { schemasIn } from "./PlainSchema.ts"
import { array, setOf, isObject, mapValues, type WireObject } from "../WireObject.ts"

const formats = setOf("date-time time date duration email hostname uri ipv4 ipv6 uuid")

const supported = setOf("type title const default required")
const dropped = setOf("$schema $id $comment description additionalProperties")

/**
 * A JSON Schema within the subset that Anthropic and Bedrock compile: objects are closed, `oneOf` becomes `anyOf`, and what the
 * subset lacks (lengths, ranges, patterns, other formats) is told to the model in the description instead. A schema
 * that is within the subset comes back equal.
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export const toSubset = (schema: WireObject): WireObject => {
  const result: Record<string, unknown> = {}
  for (const key of ["$defs", "definitions"]) if (isObject(schema[key])) result[key] = mapValues(schema[key], subset)
  if (typeof schema.$ref === "string") return { ...result, $ref: schema.$ref }
  const notes: Array<string> = []
  for (const [key, value] of Object.entries(schema)) {
    if (dropped.has(key) || Object.hasOwn(result, key)) continue
    const translated = supported.has(key) ? value : translate(key, value)
    if (translated === undefined) notes.push(`${key}: ${JSON.stringify(value)}`)
    else result[key === "oneOf" ? "anyOf" : key] = translated
  }
  if (isObjectSchema(schema)) result.additionalProperties = false
  const description = [schema.description, notes.length === 0 ? undefined : `{${notes.join(", ")}}`]
    .filter((part) => typeof part === "string")
    .join("\n\n")
  return description === "" ? result : { ...result, description }
}

const translate = (key: string, value: unknown): unknown => {
  switch (key) {
    case "enum":
      return array(value).every((one) => typeof one !== "object" || one === null) ? value : undefined
    case "anyOf":
    case "oneOf":
    case "allOf":
      return array(value).map(subset)
    case "properties":
      return isObject(value) ? mapValues(value, subset) : undefined
    case "items":
      return isObject(value) ? toSubset(value) : undefined
    case "minItems":
      return value === 0 || value === 1 ? value : undefined
    case "format":
      return typeof value === "string" && formats.has(value) ? value : undefined
    default:
      return undefined
  }
}

const subset = (u: unknown): unknown => (isObject(u) ? toSubset(u) : u)

const isObjectSchema = ({ properties, type }: WireObject): boolean =>
  properties !== undefined || type === "object" || (Array.isArray(type) && type.includes("object"))

/**
 * What keeps a schema from being said in the subset without loss, or `undefined`: it refers to itself, or it has
 * objects with free keys, which the subset closes.
 */
export const outsideSubset = (schema: WireObject): string | undefined => {
  const done = new Set<unknown>()
  const visit = (node: unknown, within: ReadonlyArray<unknown>): string | undefined => {
    if (Array.isArray(node)) return first(node, (one) => visit(one, within))
    if (!isObject(node) || done.has(node)) return undefined
    if (within.includes(node)) return "it refers to itself"
    const inside = [...within, node]
    const found =
      (isOpen(node) ? "it has objects with arbitrary keys" : undefined) ??
      (typeof node.$ref === "string" ? visit(resolve({ $ref: node.$ref }, schema), inside) : undefined) ??
      first(schemasIn(node), (one) => visit(one, inside))
    done.add(node)
    return found
  }
  return visit(schema, [])
}

const first = <A>(all: ReadonlyArray<A>, f: (one: A) => string | undefined): string | undefined => {
  for (const one of all) {
    const found = f(one)
    if (found !== undefined) return found
  }
  return undefined
}

const isOpen = (node: WireObject): boolean => {
  const { additionalProperties: rest, patternProperties, properties } = node
  if (rest === true || isObject(rest) || isObject(patternProperties)) return true
  return node.type === "object" && properties === undefined && rest !== false
}
