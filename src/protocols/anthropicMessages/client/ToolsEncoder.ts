import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import { encodeCacheControl } from "../wire/AssistantBlock.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { beyondLimits, withinLimits } from "../../wire/ClaudeTools.ts"
import { outsideSubset, toSubset } from "../../wire/JsonSchemaSubset.ts"
import type { Issues } from "../../wire/Issues.ts"

/**
 * What the model may call, and whether it must. `others` are tools of the provider's own, which the domain has no form
 * for; they come last.
 */
export const encodeTools = (
  request: ChatRequest,
  options: {
    readonly provider: string
    readonly strictTools: boolean
    readonly others: ReadonlyArray<WireObject>
    readonly issues: Issues
  }
): { readonly tools: ReadonlyArray<WireObject> | undefined; readonly toolChoice: WireObject | undefined } => {
  const { issues, others, provider, strictTools } = options
  const own = withinLimits(request.tools ?? [], strictTools, issues)
  const tools = [...own.map((tool) => encodeTool(tool, provider)), ...others]
  return tools.length === 0 ? { tools: undefined, toolChoice: undefined } : { tools, toolChoice: encodeChoice(request) }
}

const encodeTool = (tool: ToolDefinition, provider: string): WireObject =>
  withOptions(
    compact({
      name: tool.name,
      description: tool.description,
      input_schema: tool.inputSchema,
      strict: tool.strict,
      cache_control: encodeCacheControl(tool.cacheControl)
    }),
    tool.providerOptions,
    protocolId,
    provider
  )

/** The wire takes the limit on parallel calls only within a choice. */
const encodeChoice = ({ parallelToolCalls, toolChoice }: ChatRequest): WireObject | undefined => {
  if (toolChoice === "none") return { type: "none" }
  if (toolChoice === undefined && parallelToolCalls === undefined) return undefined
  const choice =
    typeof toolChoice === "object"
      ? { type: "tool", name: toolChoice.tool }
      : { type: toolChoice === "required" ? "any" : "auto" }
  return parallelToolCalls === undefined ? choice : { ...choice, disable_parallel_tool_use: !parallelToolCalls }
}

/** The form of the answer, or none. A schema that the API would refuse, or keep only in part, is an objection. */
export const encodeFormat = (request: ChatRequest, issues: Issues): WireObject | undefined => {
  const format = request.responseFormat
  if (format === undefined || format.type === "text") return undefined
  if (format.type === "json") {
    issues.unsupported("responseFormat", "the Messages API has no JSON without a schema; give one (json-schema)")
    return undefined
  }
  const outside = outsideSubset(format.schema) ?? beyondLimits(format.schema)
  if (outside !== undefined) {
    issues.unsupported("responseFormat", `the Messages API cannot hold an answer to this schema: ${outside}`)
    return undefined
  }
  return { type: "json_schema", schema: toSubset(format.schema) }
}
