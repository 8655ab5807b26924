import * as Predicate from "effect/Predicate"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ToolsRule } from "./ChatRule.ts"

/**
 * How many tokens the definitions of the tools have, by the rule; `text` counts a text. `forced` is whether the model
 * has to call one.
 *
 * @since 0.1.0
 * @category counting
 */
export const toolTokens = (
  rule: ToolsRule,
  tools: ReadonlyArray<ToolDefinition>,
  forced: boolean,
  text: (text: string) => number
): number => {
  if (tools.length === 0) return 0
  if (rule.type === "json") {
    const base = forced ? (rule.forced ?? rule.base) : rule.base
    return tools.reduce((sum, tool) => sum + rule.perTool + text(json(tool)), base)
  }
  const line = (...words: ReadonlyArray<unknown>) =>
    text(
      words
        .filter((word) => typeof word === "string" && word !== "")
        .join(":")
        .replace(/\.$/, "")
    )
  const properties = (schema: unknown): number => {
    const entries = Object.entries(field(schema, "properties") ?? {})
    return entries.reduce((sum, [name, one]) => sum + property(name, one), entries.length > 0 ? rule.propertyInit : 0)
  }
  const property = (name: string, schema: unknown): number => {
    const values = field(schema, "enum")
    const description = field(schema, "description")
    return (
      rule.propertyKey +
      line(name, field(schema, "type"), description) +
      (Array.isArray(values)
        ? values.reduce<number>((sum, value) => sum + rule.enumItem + text(String(value)), rule.enumInit)
        : 0) +
      properties(field(schema, "items") ?? schema)
    )
  }
  return tools.reduce(
    (sum, tool) => sum + rule.functionInit + line(tool.name, tool.description) + properties(tool.inputSchema),
    rule.functionEnd
  )
}

const field = (u: unknown, name: string): object | string | undefined => {
  const found = Predicate.isObject(u) && Object.hasOwn(u, name) ? (u as Record<string, unknown>)[name] : undefined
  return typeof found === "string" || (typeof found === "object" && found !== null) ? found : undefined
}

const json = ({ description, inputSchema, name }: ToolDefinition): string =>
  JSON.stringify({ name, description, parameters: inputSchema })
