import * as Predicate from "effect/Predicate"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ToolsRule } from "../ModelRule.ts"

/** The conversation that the tools are in. */
export interface ToolSetting {
  /** Whether the model has to call one. */
  readonly required: boolean
  /** Whether no message of the system holds them. */
  readonly alone: boolean
}

/** How many tokens the definitions of the tools have, by the rule; `text` counts a text. */
export const toolTokens = (
  rule: ToolsRule,
  tools: ReadonlyArray<ToolDefinition>,
  { alone, required }: ToolSetting,
  text: (text: string) => number
): number => {
  if (tools.length === 0) return 0
  const base = (required ? (rule.required ?? rule.base) : rule.base) + (alone ? (rule.alone ?? 0) : 0)
  if (rule.style === "typescript") return base + tools.length * rule.perTool + text(functionsNamespace(tools))
  const write = rule.style === "json" ? (value: object) => JSON.stringify(value) : spacedJson
  return tools.reduce((sum, { description, inputSchema, name }) => {
    const isEmpty = rule.omitsEmpty === true && Object.keys(inputSchema.properties ?? {}).length === 0
    const definition = { name, description, parameters: isEmpty ? undefined : inputSchema }
    return (
      sum + rule.perTool + text(write(rule.wrapped === true ? { type: "function", function: definition } : definition))
    )
  }, base)
}

/** JSON as Python's `json.dumps` writes it: a space after each comma and colon. No string holds a raw newline. */
const spacedJson = (value: object): string =>
  JSON.stringify(value, null, 1)
    .replaceAll(/(?<=[{[])\n *|\n *(?=[}\]])/g, "")
    .replaceAll(/\n */g, " ")

/**
 * Tools as OpenAI's models see them: a TypeScript namespace, descriptions as comments. Published for gpt-oss, and found
 * to hold for the others.
 *
 * @see https://developers.openai.com/cookbook/articles/openai-harmony (checked 2026-11-29)
 */
export const functionsNamespace = (tools: ReadonlyArray<ToolDefinition>): string =>
  ["# Tools\n\n## functions\n\nnamespace functions {", ...tools.map(declaration), "} // namespace functions"].join(
    "\n\n"
  )

interface Schema {
  readonly [key: string]: unknown
}

/** Schemas nested deeper than this are left out. */
const deepest = 32

const declaration = ({ description, inputSchema, name }: ToolDefinition): string => {
  const fields = properties(inputSchema, 0)
  return `${comment(description)}type ${name} = (${fields === "" ? "" : `_: {\n${fields}\n}`}) => any;`
}

const comment = (description: unknown): string =>
  typeof description === "string" && description !== "" ? `// ${description}\n` : ""

const properties = (schema: Schema, depth: number): string => {
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries(isSchema(schema.properties) ? schema.properties : {})
    .map(([name, value]) => {
      const inner = isSchema(value) ? value : {}
      const fallback = inner.default === undefined ? "" : ` // default: ${JSON.stringify(inner.default)}`
      return `${comment(inner.description)}${name}${required.has(name) ? "" : "?"}: ${type(inner, depth)},${fallback}`
    })
    .join("\n")
}

const type = (schema: Schema, depth: number): string => {
  if (depth > deepest) return "any"
  const { enum: values, items, type: name } = schema
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ")
  const choices = schema.anyOf ?? schema.oneOf
  if (Array.isArray(choices)) return choices.map((one) => type(isSchema(one) ? one : {}, depth + 1)).join(" | ")
  if (Array.isArray(name)) return [...new Set(name)].map((one) => type({ ...schema, type: one }, depth + 1)).join(" | ")
  switch (name) {
    case "integer":
      return "number"
    case "array":
      return `${isSchema(items) ? type(items, depth + 1) : "any"}[]`
    case "object": {
      const fields = properties(schema, depth + 1)
      return fields === "" ? "object" : `{\n${fields}\n}`
    }
    default:
      return typeof name === "string" ? name : "any"
  }
}

const isSchema = (u: unknown): u is Schema => Predicate.isObject(u)
