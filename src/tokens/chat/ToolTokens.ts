import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ToolsRule } from "./ChatRule.ts"
import { functionsNamespace } from "./FunctionsNamespace.ts"

/** In which conversation the tools stand. */
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
