import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import { blockMessages } from "../wire/request/BlockMessages.ts"
import {
  beyondLimits,
  type ClaudeQuirks,
  claudeProperty,
  decodeThinking,
  encodeThinking,
  withClaudeDefaults,
  withinLimits
} from "../wire/Claude.ts"
import { claudeMarks } from "../wire/request/FittedRequest.ts"
import { checked } from "../wire/request/Issues.ts"
import { outsideSubset, toSubset } from "../wire/schema/JsonSchemaSubset.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import { finite, group, int, nullable, record, required, strings, unsupported } from "../wire/request/RequestCodec.ts"
import { fitId } from "../wire/request/ToolIdentifiers.ts"
import { decodeCacheMark, decodeToolList } from "../wire/request/Tools.ts"
import { compact, isObject, object, setOf, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { encodeCacheControl, MessagesEncoder, own, protocolId } from "./Messages.ts"
import { decoder, promptSchemas } from "./server/Messages.ts"

type Context = RequestCodec.RequestContext<ClaudeQuirks>

/** The wire takes the limit on parallel calls only within a choice. Tools that Anthropic runs come after the caller's. */
const tools = group({
  fields: {
    tools: Schema.Array(Schema.Struct({ type: nullable(Schema.String) })),
    tool_choice: Schema.Struct({
      type: Schema.Literals(["auto", "any", "none", "tool"]),
      name: nullable(Schema.String),
      disable_parallel_tool_use: nullable(Schema.Boolean)
    })
  },
  encode: (request, context: Context) => {
    const definitions = withinLimits(request.tools ?? [], context.quirks.strictTools, context.issues)
    const tools = [...definitions.map((tool) => encodeTool(tool, context)), ...context.added("tools").filter(isObject)]
    return tools.length === 0 ? {} : { tools, tool_choice: encodeChoice(request) }
  },
  decode: ({ tool_choice: choice }, { wire }) => {
    const parallel = choice?.disable_parallel_tool_use ?? undefined
    return Result.map(decodeToolList(wire.tools, decodeTool), ({ others, tools }) => ({
      tools,
      toolChoice: choice && decodeChoice(choice),
      parallelToolCalls: parallel === undefined ? undefined : !parallel,
      unknownFields: { tools: others }
    }))
  }
})

const encodeTool = (tool: ToolDefinition, context: Context): WireObject =>
  context.withOptions(
    compact({
      name: tool.name,
      description: tool.description,
      input_schema: tool.inputSchema,
      strict: tool.strict,
      cache_control: encodeCacheControl(tool.cacheControl)
    }),
    tool.providerOptions
  )

const toolSchema = Schema.Struct({
  ...promptSchemas,
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  input_schema: record,
  strict: nullable(Schema.Boolean)
})

const toolKeys = new Set(["type", ...Object.keys(toolSchema.fields)])

const decodeTool = (tool: WireObject, at: string) =>
  (tool.type ?? "custom") !== "custom"
    ? undefined
    : Result.map(checked(toolSchema, tool, at), ({ description, input_schema, name, strict }): ToolDefinition =>
        compact({
          name,
          description: description ?? undefined,
          inputSchema: input_schema,
          strict: strict ?? undefined,
          cacheControl: decodeCacheMark(tool.cache_control),
          providerOptions: own.options(unknownFields(tool, toolKeys))
        })
      )

const encodeChoice = ({ parallelToolCalls, toolChoice }: ChatRequest): WireObject | undefined => {
  if (toolChoice === "none") return { type: "none" }
  if (toolChoice === undefined && parallelToolCalls === undefined) return undefined
  const choice =
    typeof toolChoice === "object"
      ? { type: "tool", name: toolChoice.tool }
      : { type: toolChoice === "required" ? "any" : "auto" }
  return parallelToolCalls === undefined ? choice : { ...choice, disable_parallel_tool_use: !parallelToolCalls }
}

const decodeChoice = (choice: {
  readonly type: "auto" | "any" | "none" | "tool"
  readonly name?: string | null | undefined
}): NonNullable<ChatRequest["toolChoice"]> => {
  if (choice.type === "tool") return { tool: choice.name ?? "" }
  return choice.type === "any" ? "required" : choice.type
}

const formatSchema = Schema.Struct({ type: Schema.Literal("json_schema"), schema: record })

const thinkingKeys = setOf("type budget_tokens")

/** The length, the reasoning and the format of the output. */
const output = group({
  fields: {
    max_tokens: required(Schema.Int),
    thinking: {
      type: Schema.Literals(["enabled", "adaptive", "disabled", "between_tools"]),
      budget_tokens: Schema.Int
    },
    output_config: { effort: Schema.Literals(["low", "medium", "high", "xhigh", "max"]), format: formatSchema },
    output_format: formatSchema
  },
  encode: (request, context: Context) => {
    const { effort, maxTokens, thinking } = encodeThinking(request, context.quirks, context.issues)
    const format = encodeFormat(request, context)
    return { max_tokens: maxTokens, thinking, output_config: { effort, format } }
  },
  decode: ({ max_tokens, output_config, output_format, thinking }, { wire }) => {
    const { effort, format = output_format } = output_config
    const parameters = {
      maxOutputTokens: max_tokens,
      responseFormat: format && { type: "json-schema" as const, schema: format.schema }
    }
    const reasoning = decodeThinking(thinking, effort)
    if (reasoning?.effort === "none") {
      // With thinking turned off, an effort is about the rest of the response.
      const type = thinking.type === "between_tools" ? { type: thinking.type } : undefined
      return { ...parameters, reasoning, unknownFields: { thinking: type, output_config: effort && { effort } } }
    }
    if (reasoning !== undefined || effort === undefined) return { ...parameters, reasoning }
    // An effort alone leaves thinking to the model, so the options keep the encoder from asking for it.
    const isMore = unknownFields(object(wire.thinking) ?? {}, thinkingKeys) !== undefined
    return { ...parameters, reasoning: { effort }, unknownFields: { thinking: isMore ? { type: null } : null } }
  }
})

/** A schema that the API would refuse, or enforce only in part, is an issue. */
const encodeFormat = ({ responseFormat }: ChatRequest, { issues }: Context): WireObject | undefined => {
  if (responseFormat === undefined || responseFormat.type === "text") return undefined
  if (responseFormat.type === "json") {
    issues.unsupported("responseFormat", "the Messages API supports JSON only with a schema (json-schema)")
    return undefined
  }
  const { schema } = responseFormat
  const reason = outsideSubset(schema) ?? beyondLimits(schema)
  if (reason === undefined) return { type: "json_schema", schema: toSubset(schema) }
  issues.unsupported("responseFormat", `the Messages API cannot enforce this schema: ${reason}`)
  return undefined
}

const metadata = group({
  fields: { metadata: { user_id: Schema.String } },
  encode: (request, { issues }: Context) => {
    const { user_id, ...rest } = request.metadata ?? {}
    const refused = Object.keys(rest)
    if (refused.length > 0) {
      issues.unsupported("metadata", `the Messages API accepts only user, not ${refused.join(", ")}`)
    }
    return { metadata: { user_id: request.user ?? user_id } }
  },
  decode: ({ metadata }) => ({ user: metadata.user_id })
})

/** Source: https://platform.claude.com/docs/en/api/service-tiers */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "auto",
  priority: "auto",
  default: "standard_only",
  standard: "standard_only",
  standard_only: "standard_only"
}

const serviceTier = group({
  fields: { service_tier: Schema.String },
  encode: ({ serviceTier: tier }, { issues }: Context) => {
    if (tier === undefined) return {}
    if (Object.hasOwn(serviceTiers, tier)) return { service_tier: serviceTiers[tier] }
    issues.unsupported("serviceTier", `the Messages API has no tier ${tier}; it has auto and standard_only`)
    return {}
  },
  decode: ({ service_tier: tier }) => ({ serviceTier: tier === "standard_only" ? "default" : tier })
})

const callId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 128 })

/** Requests to Anthropic itself; other hosts of Claude differ in what is around the messages. */
export const definition: RequestCodec.Definition<ClaudeQuirks> = {
  protocol: protocolId,
  server: "the Messages API",
  withDefaults: withClaudeDefaults,
  parameters: {
    messages: blockMessages("the Messages API", (context) => new MessagesEncoder(context), decoder),
    maxOutputTokens: output,
    temperature: finite("temperature"),
    topP: finite("top_p"),
    topK: int("top_k"),
    stop: strings("stop_sequences"),
    seed: unsupported,
    frequencyPenalty: unsupported,
    presencePenalty: unsupported,
    logprobs: unsupported,
    tools,
    toolChoice: tools,
    parallelToolCalls: tools,
    responseFormat: output,
    reasoning: output,
    user: metadata,
    metadata,
    serviceTier
  },
  stream: "if-true",
  added: ["tools", "betas"],
  /**
   * Ids of calls have letters, digits, `_` and `-` only, and are distinct; a user begins.
   * Sources: https://github.com/modelcontextprotocol/go-sdk/issues/169 and
   * https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude/structured_outputs
   */
  history: { callId: () => callId, userFirst: true, cacheMarks: () => claudeMarks, property: claudeProperty },
  finish: (body, context, request) => {
    const betas = betasOf(request, context)
    return { body: withDiagnostics(body), headers: betas && { "anthropic-beta": betas.join(",") } }
  }
}

export const request = RequestCodec.make(definition)

/**
 * The first message that is diagnosed has none before it, which the API wants as a `null`; a merge patch has no such word.
 * Source: https://platform.claude.com/docs/en/build-with-claude/cache-diagnostics
 */
export const withDiagnostics = (body: WireObject): WireObject =>
  isObject(body.diagnostics) && body.diagnostics.previous_message_id === undefined
    ? { ...body, diagnostics: { ...body.diagnostics, previous_message_id: null } }
    : body

/** The betas that the options name, after those that the caller wrote into the header by hand. */
export const betasOf = (request: ChatRequest, context: Context): ReadonlyArray<string> | undefined => {
  const named = context.added("betas").filter((beta) => typeof beta === "string")
  if (named.length === 0) return undefined
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() === "anthropic-beta")
  const written = headers.flatMap(([, value]) => value.split(",")).map((beta) => beta.trim())
  return [...new Set([...written, ...named])].filter((beta) => beta !== "")
}
