import type { Json } from "../../domain/Json.ts"
import { acceptsNull, flat, isType, resolve } from "../../domain/SchemaNulls.ts"
import { sampleText } from "./SampleText.ts"

interface Node {
  readonly [key: string]: unknown
}

/** Below this depth only required values are filled in, so that recursive schemas end. */
const depthOfOptional = 4

/** Below this depth the shortest choice is taken. */
const depthOfChoice = 6

/** No schema that has a finite value leads this deep. */
const deepest = 32

/**
 * A value that conforms to a JSON Schema, always the same one for the same schema and `variant`. It reads plausibly where
 * the names of properties tell what they hold; `query` is what a property that asks for one is given.
 *
 * Of a string's `pattern` it is a best effort; `not`, `if`, `contains`, `dependentSchemas` and the like are not looked at.
 */
export const sampleJson = (schema: { readonly [key: string]: Json }, variant = 0, query = ""): Json =>
  new Sampler(schema, query).value(schema, "", variant, 0)

class Sampler {
  readonly #root: Node
  readonly #query: string

  constructor(root: Node, query: string) {
    this.#root = root
    this.#query = query
  }

  value(schema: unknown, name: string, variant: number, depth: number): Json {
    if (!isNode(schema) || depth > deepest) return null
    const node = this.#at(schema)
    const choices = [node.anyOf, node.oneOf].flatMap(list).filter(isNode)
    if (choices.length > 0) {
      const { anyOf: _, oneOf: __, ...rest } = node
      return this.value(
        { ...rest, allOf: [...list(rest.allOf), this.#choice(choices, depth)] },
        name,
        variant,
        depth + 1
      )
    }
    const example = this.#example(node, variant)
    if (example !== undefined) return example
    switch (this.#typeOf(node)) {
      case "object":
        return this.#object(node, variant, depth)
      case "array":
        return this.#array(node, name, variant, depth)
      case "integer":
        return number(node, variant, 1)
      case "number":
        return number(node, variant, typeof node.multipleOf === "number" ? node.multipleOf : 1)
      case "boolean":
        return variant % 2 === 0
      case "null":
        return null
      default:
        return sampleText(node, name, variant, this.#query)
    }
  }

  /** The schema itself, past its references and with what it is all of. */
  #at(schema: Node, depth = 0): Node {
    if (depth > deepest) return {}
    const { $ref, ...unknownFields } = schema
    if (typeof $ref === "string") {
      const target = this.#at(resolve(schema, this.#root), depth + 1)
      const { allOf } = unknownFields
      return this.#at(
        Object.keys(unknownFields).length === 0 ? target : { ...unknownFields, allOf: [...list(allOf), target] },
        depth + 1
      )
    }
    if (schema.allOf === undefined) return schema
    const members = list(schema.allOf)
      .filter(isNode)
      .map((member) => this.#at(member, depth + 1))
    const whole = flat({ ...schema, allOf: members })
    return whole ?? Object.assign({}, schema, ...members, { allOf: undefined })
  }

  /** A value that the schema itself names. */
  #example(node: Node, variant: number): Json | undefined {
    if (node.const !== undefined) return node.const as Json
    const options = list(node.enum) as ReadonlyArray<Json>
    if (options.length > 0) return options[variant % options.length] ?? options.find((one) => one !== null) ?? null
    if (node.default !== undefined && node.default !== null) return node.default as Json
    const examples = list(node.examples) as ReadonlyArray<Json>
    return examples[variant % examples.length]
  }

  /** The first choice that is not null; deep down one that ends: null where that is among them, else the shortest. */
  #choice(choices: ReadonlyArray<Node>, depth: number): Node {
    const others = choices.filter((choice) => !acceptsNull(this.#at(choice)))
    if (depth <= depthOfOptional) return others[0] ?? { type: "null" }
    if (others.length < choices.length) return { type: "null" }
    const simple = depth > depthOfChoice ? choices.find((choice) => !this.#isDeep(this.#at(choice))) : undefined
    return simple ?? choices[0] ?? {}
  }

  #isDeep(node: Node): boolean {
    return ["object", "array"].includes(this.#typeOf(node)) || node.anyOf !== undefined || node.oneOf !== undefined
  }

  #typeOf(node: Node): string {
    const named = types.find((type) => isType(node, type))
    if (named !== undefined) return named
    if (node.properties !== undefined || node.required !== undefined) return "object"
    if (node.items !== undefined || node.prefixItems !== undefined) return "array"
    return node.minimum !== undefined || node.maximum !== undefined ? "number" : "string"
  }

  #object(node: Node, variant: number, depth: number): Json {
    const properties = isNode(node.properties) ? node.properties : {}
    const required = new Set(list(node.required) as ReadonlyArray<string>)
    const entries = [...new Set([...Object.keys(properties), ...required])]
      .filter((key) => required.has(key) || depth < depthOfOptional)
      .map((key): [string, Json] => [
        key,
        this.value(properties[key] ?? node.additionalProperties ?? {}, key, variant, depth + 1)
      ])
    const least = typeof node.minProperties === "number" ? node.minProperties : 0
    for (let more = 1; entries.length < least; more++) {
      entries.push([`key${more}`, this.value(node.additionalProperties ?? {}, "", variant, depth + 1)])
    }
    return Object.fromEntries(entries)
  }

  #array(node: Node, name: string, variant: number, depth: number): Json {
    const first = list(node.prefixItems)
    const most = typeof node.maxItems === "number" ? node.maxItems : Infinity
    const usual = node.items !== undefined && node.items !== false && depth < depthOfOptional ? 1 : 0
    const least = typeof node.minItems === "number" ? node.minItems : Math.max(first.length, usual)
    const one = name.endsWith("s") ? name.slice(0, -1) : name
    return Array.from({ length: Math.min(most, least) }, (_, index) =>
      this.value(first[index] ?? node.items ?? {}, one, variant + index, depth + 1)
    )
  }
}

/** Where a schema takes several types, the one that says most. */
const types = ["object", "array", "string", "integer", "number", "boolean", "null"]

const number = (node: Node, variant: number, step: number): number => {
  const bound = (key: string) => (typeof node[key] === "number" ? node[key] : undefined)
  const above = bound("exclusiveMinimum")
  const below = bound("exclusiveMaximum")
  const fits = (value: number) =>
    value >= (bound("minimum") ?? -Infinity) &&
    value <= (bound("maximum") ?? Infinity) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  const unit = bound("multipleOf") ?? step
  const lowest = Math.max(bound("minimum") ?? -Infinity, above ?? -Infinity)
  const highest = Math.min(bound("maximum") ?? Infinity, below ?? Infinity)
  const near = (value: number, round: (value: number) => number) => round(value / unit) * unit
  const candidates = [
    near(variant + 1, Math.ceil),
    near(lowest, Math.ceil) + variant * unit,
    near(lowest, Math.ceil),
    near(lowest, Math.floor) + unit,
    near(highest, Math.floor) - variant * unit,
    near(highest, Math.floor),
    near(highest, Math.ceil) - unit,
    (lowest + highest) / 2
  ]
  return candidates.find((value) => Number.isFinite(value) && fits(value)) ?? 0
}

const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null && !Array.isArray(u)

const list = (u: unknown): ReadonlyArray<unknown> => (Array.isArray(u) ? u : [])
