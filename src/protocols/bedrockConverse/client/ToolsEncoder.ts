import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import { withinLimits } from "../../wire/ClaudeTools.ts"
import { outsideSubset, toSubset } from "../../wire/JsonSchemaSubset.ts"
import type { Issues } from "../../wire/Issues.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCachePoint } from "../wire/AssistantBlock.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"

/**
 * What the model may call, and whether it must. `others` are tools of the provider's own; they come last. The wire has
 * no word for "none": then no tools are offered, which works as long as none has been called.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
 */
export const encodeTools = (
  request: ChatRequest,
  options: {
    readonly provider: string
    readonly strictTools: boolean
    readonly others: ReadonlyArray<WireObject>
    readonly issues: Issues
  }
): WireObject | undefined => {
  const { issues, others, provider, strictTools } = options
  const own = withinLimits(request.tools ?? [], strictTools, issues)
  const tools = [...own.flatMap((tool) => encodeTool(tool, provider)), ...others]
  if (tools.length === 0) return encodeCalled(request, issues)
  if (request.parallelToolCalls === false) {
    issues.unsupported("parallelToolCalls", "Converse cannot keep a model from calling tools in parallel")
  }
  if (request.toolChoice !== "none") return compact({ tools, toolChoice: encodeChoice(request.toolChoice) })
  const isCalled = request.messages.some(
    ({ content, role }) => role === "tool" || content.some((part) => part.type === "tool-call")
  )
  if (!isCalled) return undefined
  issues.unsupported("toolChoice", "Converse cannot forbid tools in a conversation that has called one")
  return { tools }
}

/** A conversation that has called tools must name some: those that it called, where none are offered. */
const encodeCalled = ({ messages }: ChatRequest, issues: Issues): WireObject | undefined => {
  const names = new Set<string>()
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === "tool-call" && part.providerExecuted !== true) names.add(part.name)
    }
  }
  if (names.size === 0) return undefined
  issues.warn("other", "tools", "Converse refuses earlier tool calls without tools; those called were named again")
  const description = "Was called earlier in this conversation. It can no longer be called."
  const inputSchema = { json: { type: "object", properties: {} } }
  return { tools: [...names].map((name) => ({ toolSpec: { name, description, inputSchema } })) }
}

const encodeTool = (tool: ToolDefinition, provider: string): ReadonlyArray<WireObject> => {
  const { cacheControl, description, inputSchema: json, name, providerOptions, strict } = tool
  const spec = { toolSpec: compact({ name, description, inputSchema: { json }, strict }) }
  const whole = withOptions(spec, providerOptions, protocolId, provider)
  return cacheControl === undefined ? [whole] : [whole, encodeCachePoint(cacheControl)]
}

const encodeChoice = (choice: ChatRequest["toolChoice"]): WireObject | undefined => {
  if (choice === undefined) return undefined
  if (typeof choice === "object") return { tool: { name: choice.tool } }
  return choice === "required" ? { any: {} } : { auto: {} }
}

/**
 * The form of the answer, or none. The wire takes the schema as a text.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export const encodeFormat = (request: ChatRequest, issues: Issues): WireObject | undefined => {
  const format = request.responseFormat
  if (format === undefined || format.type === "text") return undefined
  if (format.type === "json") {
    issues.unsupported("responseFormat", "Converse has no JSON without a schema; give one (json-schema)")
    return undefined
  }
  const { description, name, schema } = format
  return {
    type: "json_schema",
    structure: { jsonSchema: compact({ schema: JSON.stringify(within(schema)), name, description }) }
  }
}

/** A schema that cannot be said in the subset is left to the server, which refuses it in its own words. */
const within = (schema: WireObject): WireObject => (outsideSubset(schema) === undefined ? toSubset(schema) : schema)
