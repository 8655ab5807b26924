import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { Issues } from "../../wire/Issues.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import type { GoogleGenerateContentQuirks } from "../GoogleGenerateContentQuirks.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { toOpenApi, toSubset } from "../Tools.ts"

/**
 * What the model may call, and whether it must. `others` are tools of Google's own; they come last. Where a tool is
 * strict, and the model may choose, the mode is `VALIDATED`.
 * Source: https://ai.google.dev/gemini-api/docs/function-calling and https://ai.google.dev/api/caching#Tool
 */
export const encodeTools = (
  request: ChatRequest,
  options: {
    readonly provider: string
    readonly quirks: GoogleGenerateContentQuirks
    readonly others: ReadonlyArray<WireObject>
    readonly issues: Issues
  }
): { readonly tools: ReadonlyArray<WireObject> | undefined; readonly toolConfig: WireObject | undefined } => {
  const { issues, others, provider, quirks } = options
  const own = (request.tools ?? []).map((tool) => {
    const { description, inputSchema, name, providerOptions } = tool
    const schema =
      quirks.schemas === "openapi"
        ? { parameters: toOpenApi(inputSchema, "tools", issues) }
        : { parametersJsonSchema: toSubset(inputSchema) }
    return withOptions(compact({ name, description, ...schema }), providerOptions, protocolId, provider)
  })
  if (request.parallelToolCalls === false) {
    issues.unsupported("parallelToolCalls", "the number of calls cannot be limited on this protocol")
  }
  const tools = own.length === 0 ? others : [{ functionDeclarations: own }, ...others]
  const calling = own.length === 0 ? undefined : encodeChoice(request)
  return {
    tools: tools.length === 0 ? undefined : tools,
    toolConfig: calling === undefined ? undefined : { functionCallingConfig: calling }
  }
}

const encodeChoice = ({ toolChoice, tools = [] }: ChatRequest): WireObject | undefined => {
  if (typeof toolChoice === "object") return { mode: "ANY", allowedFunctionNames: [toolChoice.tool] }
  if (toolChoice === "none") return { mode: "NONE" }
  if (toolChoice === "required") return { mode: "ANY" }
  if (tools.some(({ strict }) => strict === true)) return { mode: "VALIDATED" }
  return toolChoice === undefined ? undefined : { mode: "AUTO" }
}

/** The form of the answer, as fields of `generationConfig`. */
export const encodeFormat = (
  { responseFormat: format }: ChatRequest,
  quirks: GoogleGenerateContentQuirks,
  issues: Issues
): WireObject => {
  if (format === undefined || format.type === "text") return {}
  const responseMimeType = "application/json"
  if (format.type === "json") return { responseMimeType }
  return quirks.schemas === "openapi"
    ? { responseMimeType, responseSchema: toOpenApi(format.schema, "responseFormat", issues) }
    : { responseMimeType, responseJsonSchema: toSubset(format.schema) }
}
