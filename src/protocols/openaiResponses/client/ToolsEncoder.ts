import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { JsonSchemaObject } from "../../../domain/JsonSchema.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { Issues } from "../../wire/Issues.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { toStrict } from "../../wire/StrictSchema.ts"
import { compact, type WireObject } from "../../wire/WireObject.ts"
import { protocolId } from "../Items.ts"

interface Options {
  readonly provider: string
  readonly strictSchemas: boolean
  readonly issues: Issues
}

/**
 * What the model may call, and whether it must. `others` are tools of the provider's own; they come last. Neither a
 * choice nor parallelism may be said without tools.
 */
export const encodeTools = (
  { parallelToolCalls, toolChoice, tools }: ChatRequest,
  others: ReadonlyArray<WireObject>,
  options: Options
): WireObject => {
  const all = [...(tools ?? []).map((tool) => encodeTool(tool, options)), ...others]
  if (all.length === 0) return {}
  return {
    tools: all,
    tool_choice: typeof toolChoice === "object" ? { type: "function", name: toolChoice.tool } : toolChoice,
    parallel_tool_calls: parallelToolCalls
  }
}

/**
 * A tool that says nothing of strictness is not strict: the API by itself would make it so, and all its parameters
 * required.
 * Source: https://platform.openai.com/docs/guides/migrate-to-responses
 */
const encodeTool = (tool: ToolDefinition, options: Options): WireObject => {
  const { description, name, providerOptions } = tool
  const { schema: parameters, strict } = encodeSchema(tool.inputSchema, tool.strict, `tools.${name}`, options)
  return withOptions(
    compact({ type: "function", name, description, parameters, strict: strict ?? false }),
    providerOptions,
    protocolId,
    options.provider
  )
}

const encodeSchema = (
  schema: JsonSchemaObject,
  strict: boolean | undefined,
  at: string,
  { issues, strictSchemas }: Options
): { readonly schema: WireObject; readonly strict: boolean | undefined } => {
  if (strict !== true || !strictSchemas) return { schema, strict }
  const rewritten = toStrict(schema)
  if (rewritten !== undefined) return { schema: rewritten, strict }
  issues.warn("other", at, `${at}: strict mode has no word for the schema; it is sent as not strict`)
  return { schema, strict: false }
}

/** The form of the answer, or none. */
export const encodeFormat = (format: ChatRequest["responseFormat"], options: Options): WireObject | undefined => {
  switch (format?.type) {
    case "text":
      return { type: "text" }
    case "json":
      return { type: "json_object" }
    case "json-schema": {
      const { description } = format
      const { schema, strict } = encodeSchema(format.schema, format.strict, "responseFormat", options)
      if (strict === true && options.strictSchemas && schema.type !== "object" && schema.$ref === undefined) {
        options.issues.invalid("responseFormat.schema", "a strict schema describes an object: wrap the value")
      }
      const name = (format.name ?? "response").replace(/[^\w-]/g, "_").slice(0, 64)
      return compact({ type: "json_schema", name, description, schema, strict })
    }
    default:
      return undefined
  }
}
