import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { Json } from "../../domain/Json.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import { blockMessages } from "../wire/request/BlockMessages.ts"
import { claudeProperty, withinLimits } from "../wire/Claude.ts"
import { claudeMarks } from "../wire/request/FittedRequest.ts"
import { checked } from "../wire/request/Issues.ts"
import { outsideSubset, toSubset } from "../wire/schema/JsonSchemaSubset.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import { finite, group, int, labels, nullable, record, strings, unsupported } from "../wire/request/RequestCodec.ts"
import { fitId } from "../wire/request/ToolIdentifiers.ts"
import { array, compact, isObject, object, parse, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { own, protocolId } from "./Media.ts"
import { decodeCachePoint, encodeCachePoint, MessagesEncoder } from "./Messages.ts"
import { type BedrockConverseQuirks, decodeModelFields, encodeModelFields, withDefaults } from "./ModelFamilies.ts"
import { decoder } from "./server/Messages.ts"

type Context = RequestCodec.RequestContext<BedrockConverseQuirks>

/**
 * Tools that Bedrock runs come after the caller's. The wire has no word for "none": then no tools are offered, which works
 * as long as none has been called.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
 */
const tools = group({
  fields: {
    toolConfig: {
      tools: Schema.Array(record),
      toolChoice: { auto: record, any: record, tool: Schema.Struct({ name: Schema.String }) }
    }
  },
  encode: (request, context: Context) => {
    const { issues, quirks } = context
    const definitions = withinLimits(request.tools ?? [], quirks.strictTools, issues)
    const tools = [
      ...definitions.flatMap((tool) => encodeTool(tool, context)),
      ...context.added("tools").filter(isObject)
    ]
    if (tools.length === 0) return { toolConfig: encodeCalled(request, context) }
    if (request.toolChoice !== "none") return { toolConfig: { tools, toolChoice: encodeChoice(request.toolChoice) } }
    const isCalled = request.messages.some(
      ({ content, role }) => role === "tool" || content.some((part) => part.type === "tool-call")
    )
    if (!isCalled) return {}
    issues.unsupported("toolChoice", "Converse cannot forbid tools in a conversation that has called one")
    return { toolConfig: { tools } }
  },
  decode: ({ toolConfig: { toolChoice } }, { wire }) =>
    Result.map(decodeTools(array(object(wire.toolConfig)?.tools).filter(isObject)), ({ server, tools }) => ({
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: decodeChoice(toolChoice),
      unknownFields: { tools: server.length === 0 ? undefined : server }
    }))
})

/** A conversation that has called tools must name some: those that it called, where none are offered. */
const encodeCalled = ({ messages }: ChatRequest, { issues }: Context): WireObject | undefined => {
  const names = new Set<string>()
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === "tool-call" && part.providerExecuted !== true) names.add(part.name)
    }
  }
  if (names.size === 0) return undefined
  issues.warn(
    "other",
    "tools",
    "Converse rejects earlier tool calls without tools; the tools called were declared again"
  )
  const description = "Was called earlier in this conversation. It can no longer be called."
  const inputSchema = { json: { type: "object", properties: {} } }
  return { tools: [...names].map((name) => ({ toolSpec: { name, description, inputSchema } })) }
}

const encodeTool = (tool: ToolDefinition, context: Context): ReadonlyArray<WireObject> => {
  const { cacheControl, description, inputSchema: json, name, providerOptions, strict } = tool
  const spec = { toolSpec: compact({ name, description, inputSchema: { json }, strict }) }
  const patched = context.withOptions(spec, providerOptions)
  return cacheControl === undefined ? [patched] : [patched, encodeCachePoint(cacheControl)]
}

const toolSchema = Schema.Struct({
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  inputSchema: Schema.Struct({ json: record }),
  strict: nullable(Schema.Boolean)
})

const toolKeys = new Set(Object.keys(toolSchema.fields))

interface DecodedTools {
  readonly tools: ReadonlyArray<ToolDefinition>
  readonly server: ReadonlyArray<WireObject>
}

const decodeTools = (blocks: ReadonlyArray<WireObject>): Result.Result<DecodedTools, InvalidRequestError> =>
  Result.gen(function* () {
    const tools: Array<ToolDefinition> = []
    const server: Array<WireObject> = []
    for (const [index, block] of blocks.entries()) {
      const last = tools.at(-1)
      const cacheControl = decodeCachePoint(block)
      if (cacheControl !== undefined && last !== undefined && last.cacheControl === undefined && server.length === 0) {
        tools[tools.length - 1] = { ...last, cacheControl }
      } else if (isObject(block.toolSpec)) {
        tools.push(yield* decodeTool(block.toolSpec, `toolConfig.tools[${index}].toolSpec`))
      } else server.push(block)
    }
    return { tools, server }
  })

const decodeTool = (spec: WireObject, at: string): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(toolSchema, spec, at), ({ description, inputSchema, name, strict }) =>
    compact({
      name,
      description: description ?? undefined,
      inputSchema: inputSchema.json,
      strict: strict ?? undefined,
      providerOptions: own.options({ toolSpec: unknownFields(spec, toolKeys) })
    })
  )

const encodeChoice = (choice: ChatRequest["toolChoice"]): WireObject | undefined => {
  if (choice === undefined) return undefined
  if (typeof choice === "object") return { tool: { name: choice.tool } }
  return choice === "required" ? { any: {} } : { auto: {} }
}

const decodeChoice = (choice: {
  readonly auto: unknown
  readonly any: unknown
  readonly tool: { readonly name: string } | undefined
}): ChatRequest["toolChoice"] => {
  if (choice.tool !== undefined) return { tool: choice.tool.name }
  return choice.any !== undefined ? "required" : choice.auto !== undefined ? "auto" : undefined
}

/** The parameters that each family of models has its own fields for, and the format of the output. */
const output = group({
  fields: {
    additionalModelRequestFields: record,
    outputConfig: {
      effort: Schema.String,
      textFormat: Schema.Struct({
        type: Schema.Literal("json_schema"),
        structure: Schema.Struct({
          jsonSchema: Schema.Struct({
            schema: Schema.fromJsonString(record),
            name: nullable(Schema.String),
            description: nullable(Schema.String)
          })
        })
      })
    }
  },
  encode: (request, { issues, quirks }: Context) => {
    const { effort, fields } = encodeModelFields(request, quirks, issues)
    return {
      additionalModelRequestFields: Object.keys(fields).length === 0 ? undefined : fields,
      outputConfig: { textFormat: encodeFormat(request.responseFormat, issues), effort }
    }
  },
  decode: ({ additionalModelRequestFields: fields = {}, outputConfig: { effort, textFormat } }) => {
    const { effort: otherEffort, reasoning, topK, unknownFields } = decodeModelFields(fields, effort)
    const format = textFormat?.structure.jsonSchema
    return {
      topK,
      reasoning,
      responseFormat: format && {
        type: "json-schema" as const,
        schema: parse(format.schema) as { readonly [key: string]: Json },
        ...compact({ name: format.name ?? undefined, description: format.description ?? undefined })
      },
      unknownFields: {
        additionalModelRequestFields: unknownFields,
        outputConfig: otherEffort === undefined ? undefined : { effort: otherEffort }
      }
    }
  }
})

/**
 * The wire takes the schema as a string. A schema outside the subset is left to the server, which refuses it in its own
 * words.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
const encodeFormat = (format: ChatRequest["responseFormat"], issues: Context["issues"]): WireObject | undefined => {
  if (format === undefined || format.type === "text") return undefined
  if (format.type === "json") {
    issues.unsupported("responseFormat", "Converse supports JSON only with a schema (json-schema)")
    return undefined
  }
  const { description, name } = format
  const schema = JSON.stringify(outsideSubset(format.schema) === undefined ? toSubset(format.schema) : format.schema)
  return { type: "json_schema", structure: { jsonSchema: compact({ schema, name, description }) } }
}

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "default",
  default: "default",
  standard: "default",
  flex: "flex",
  priority: "priority",
  reserved: "reserved"
}

const serviceTier = group({
  fields: { serviceTier: { type: Schema.String } },
  encode: ({ serviceTier: tier }, { issues }: Context) => {
    if (tier === undefined) return {}
    if (Object.hasOwn(serviceTiers, tier)) return { serviceTier: { type: serviceTiers[tier] } }
    issues.unsupported("serviceTier", `Bedrock has no tier ${tier}; it has default, flex, priority and reserved`)
    return {}
  },
  decode: ({ serviceTier }) => ({ serviceTier: serviceTier.type })
})

const anyId = fitId({ refused: /[^a-zA-Z0-9_.:-]/g, maxLength: 64 })
const claudeId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 64 })

const isClaude = ({
  model,
  quirks
}: {
  readonly model: string
  readonly quirks?: Partial<BedrockConverseQuirks> | undefined
}) => withDefaults(quirks, model).family === "anthropic"

export const request = RequestCodec.make<BedrockConverseQuirks>({
  protocol: protocolId,
  server: "Converse",
  withDefaults,
  parameters: {
    messages: blockMessages("Converse", (context) => new MessagesEncoder(context), decoder),
    maxOutputTokens: int("inferenceConfig.maxTokens"),
    temperature: finite("inferenceConfig.temperature"),
    topP: finite("inferenceConfig.topP"),
    topK: output,
    stop: strings("inferenceConfig.stopSequences"),
    seed: unsupported,
    frequencyPenalty: unsupported,
    presencePenalty: unsupported,
    logprobs: unsupported,
    tools,
    toolChoice: tools,
    parallelToolCalls: unsupported,
    responseFormat: output,
    reasoning: output,
    user: unsupported,
    metadata: labels("requestMetadata"),
    serviceTier
  },
  model: { field: "modelId", isInPath: true },
  stream: "in-path",
  /**
   * Claude takes neither `.` nor `:` in the ids of calls.
   * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
   */
  history: {
    userFirst: true,
    callId: (options) => (isClaude(options) ? claudeId : anyId),
    cacheMarks: (options) => (isClaude(options) ? claudeMarks : undefined),
    property: (name, options) => (isClaude(options) ? claudeProperty(name) : undefined)
  }
})
