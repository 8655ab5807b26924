import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { Message } from "../../domain/Message.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import { fitId } from "../wire/request/ToolIdentifiers.ts"
import { checked } from "../wire/request/Issues.ts"
import { effortOf, efforts } from "../wire/request/ReasoningEffort.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import { finite, group, int, labels, nullable, record, string, unsupported } from "../wire/request/RequestCodec.ts"
import { encodeJsonSchemaFormat, encodeStrictSchema } from "../wire/schema/StrictSchema.ts"
import { compact, isObject, unknownFields, type WireObject } from "../wire/WireObject.ts"
import type { MessageQuirks } from "./Content.ts"
import { own, protocolId } from "./Items.ts"
import { decodeInput, MessagesEncoder } from "./Messages.ts"

/**
 * How servers that speak this protocol differ from OpenAI's own. Every default is what OpenAI does.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiResponsesQuirks extends MessageQuirks {
  /** Whether to request encrypted reasoning where the server stores nothing (`store: false`). Default true. */
  readonly encryptedReasoning: boolean
  /** Whether a `strict` schema is rewritten to the subset that OpenAI's strict mode accepts. Default true. */
  readonly strictSchemas: boolean
}

type Context = RequestCodec.RequestContext<OpenAiResponsesQuirks>

/** Whether the server stores nothing (`store: false`). */
const isStateless = ({ options }: Context): boolean =>
  options.reduce((store: unknown, options) => options.store ?? store, undefined) === false

/** With one of these, a request may have no input of its own. */
const continuations = ["prompt", "previous_response_id", "conversation", "input"]

const typed = Schema.Struct({ type: Schema.String })

const messages = group({
  fields: {
    input: Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: nullable(Schema.String) }))]),
    instructions: Schema.String
  },
  encode: (request, context: Context) => {
    const encoder = new MessagesEncoder(context, isStateless(context))
    const input = encoder.encode(request.messages)
    const isContinued = context.options.some((options) => continuations.some((key) => (options[key] ?? null) !== null))
    if (input.length === 0 && !isContinued) {
      context.issues.invalid("messages", "the Responses API needs a message with content")
    }
    return { instructions: encoder.instructions, input }
  },
  decode: ({ input, instructions }, { wire }) => {
    if ((wire.model ?? "") === "" && !isObject(wire.prompt)) {
      const detail = "Missing key: a model, or a stored prompt that names one"
      return Result.fail(new InvalidRequestError({ at: "model", detail }))
    }
    return Result.map(decodeInput(input, wire.store === false), (messages) => {
      if (instructions === undefined) return { messages }
      if (instructions === "") return { messages, unknownFields: { instructions } }
      const first: Message = {
        role: "system",
        content: [{ type: "text", text: instructions }],
        providerOptions: { [protocolId]: { role: "instructions" } }
      }
      return { messages: [first, ...messages] }
    })
  }
})

/** Neither a choice nor parallelism may be given without tools. */
const tools = group({
  fields: {
    tools: Schema.Array(typed),
    tool_choice: Schema.Union([
      Schema.Literals(["auto", "none", "required"]),
      Schema.Struct({ type: Schema.String, name: nullable(Schema.String) })
    ]),
    parallel_tool_calls: Schema.Boolean
  },
  encode: ({ parallelToolCalls, toolChoice, tools = [] }, context: Context) => {
    const all = [...tools.map((tool) => encodeTool(tool, context)), ...context.added("tools").filter(isObject)]
    if (all.length === 0) return {}
    return {
      tools: all,
      tool_choice: typeof toolChoice === "object" ? { type: "function", name: toolChoice.tool } : toolChoice,
      parallel_tool_calls: parallelToolCalls
    }
  },
  decode: ({ parallel_tool_calls: parallelToolCalls, tool_choice: choice, tools: wire = [] }) =>
    Result.gen(function* () {
      const tools: Array<ToolDefinition> = []
      const serverTools: Array<WireObject> = []
      for (const [index, tool] of wire.entries()) {
        if (tool.type === "function") tools.push(yield* decodeTool(tool, `tools[${index}]`))
        else serverTools.push(tool)
      }
      const named = typeof choice === "object" && choice.type === "function" ? (choice.name ?? undefined) : undefined
      return {
        tools: tools.length === 0 ? undefined : tools,
        toolChoice: typeof choice !== "object" ? choice : named === undefined ? undefined : { tool: named },
        parallelToolCalls,
        unknownFields: {
          tools: serverTools.length === 0 ? undefined : serverTools,
          tool_choice: typeof choice === "object" && named === undefined ? choice : undefined
        }
      }
    })
})

const FunctionTool = Schema.Struct({
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  parameters: nullable(record),
  strict: nullable(Schema.Boolean)
})

const functionKeys = new Set(["type", ...Object.keys(FunctionTool.fields)])

/**
 * A tool is not strict unless it says so: the API by itself would make it strict, and all its parameters required.
 * Source: https://platform.openai.com/docs/guides/migrate-to-responses
 */
const encodeTool = (tool: ToolDefinition, context: Context): WireObject => {
  const { description, inputSchema, name, providerOptions } = tool
  const { schema, strict = false } = context.quirks.strictSchemas
    ? encodeStrictSchema(inputSchema, tool.strict, `tools.${name}`, context.issues)
    : { schema: inputSchema, strict: tool.strict }
  const wire = compact({ type: "function", name, description, parameters: schema, strict })
  return context.withOptions(wire, providerOptions)
}

/** A function without `strict` stays without it: then the API itself decides. */
const decodeTool = (tool: WireObject, at: string): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(FunctionTool, tool, at), ({ description, name, parameters, strict }) =>
    compact({
      name,
      description: description ?? undefined,
      inputSchema: parameters ?? { type: "object", properties: {} },
      strict: strict ?? undefined,
      providerOptions: own.options({
        ...unknownFields(tool, functionKeys),
        ...((strict ?? null) === null && { strict: null })
      })
    })
  )

const JsonSchemaFormat = Schema.Struct({
  name: nullable(Schema.String),
  description: nullable(Schema.String),
  schema: record,
  strict: nullable(Schema.Boolean)
})

const responseFormat = group({
  fields: { text: { format: typed } },
  encode: ({ responseFormat: format }, context: Context) => {
    if (format === undefined) return {}
    if (format.type !== "json-schema") {
      return { text: { format: { type: format.type === "json" ? "json_object" : "text" } } }
    }
    const { issues, quirks } = context
    return {
      text: { format: { type: "json_schema", ...encodeJsonSchemaFormat(format, quirks.strictSchemas, issues) } }
    }
  },
  decode: ({ text: { format } }) => {
    if (format?.type === "text") return { responseFormat: { type: "text" } }
    if (format?.type === "json_object") return { responseFormat: { type: "json" } }
    if (format?.type !== "json_schema") return { unknownFields: { text: format && { format } } }
    return Result.map(checked(JsonSchemaFormat, format, "text.format"), ({ description, name, schema, strict }) => ({
      responseFormat: {
        type: "json-schema",
        schema,
        ...compact({ name: name ?? undefined, description: description ?? undefined, strict: strict ?? undefined })
      }
    }))
  }
})

const reasoning = group({
  fields: { reasoning: { effort: Schema.String } },
  encode: ({ reasoning }, { issues }) => ({ reasoning: { effort: reasoning && effortOf(reasoning, issues) } }),
  decode: ({ reasoning: { effort: name } }) => {
    const effort = efforts.find((effort) => effort === name)
    if (effort !== undefined) return { reasoning: { effort } }
    return { unknownFields: { reasoning: name === undefined ? undefined : { effort: name } } }
  }
})

/**
 * Models without reasoning answer a request for encrypted reasoning with an error.
 * Source: https://github.com/NousResearch/hermes-agent/pull/24234
 */
const withoutReasoning = /(^|[./])(gpt-[34]|chatgpt|computer-use)|-chat(-|$)/

const logprobsName = "message.output_text.logprobs"

/** `include` requests log probabilities and, where the server stores nothing, reasoning that can go back. */
const include = group({
  fields: { include: Schema.Array(Schema.String), top_logprobs: Schema.Int },
  encode: ({ logprobs }, context: Context) => {
    const include = new Set(context.added("include"))
    if (logprobs !== undefined) include.add(logprobsName)
    if (isStateless(context) && context.quirks.encryptedReasoning && !withoutReasoning.test(context.model)) {
      include.add("reasoning.encrypted_content")
    }
    return {
      include: include.size === 0 ? undefined : [...include],
      top_logprobs: logprobs === 0 ? undefined : logprobs
    }
  },
  decode: ({ include = [], top_logprobs }) => {
    const hasLogprobs = include.includes(logprobsName)
    const others = include.filter((name) => name !== logprobsName)
    return {
      logprobs: hasLogprobs ? (top_logprobs ?? 0) : undefined,
      unknownFields: {
        include: others.length === 0 ? undefined : others,
        top_logprobs: hasLogprobs ? undefined : top_logprobs
      }
    }
  }
})

const callId = fitId({ refused: /$^/, maxLength: 64 })

/** Source: https://platform.openai.com/docs/api-reference/responses/create */
export const request = RequestCodec.make<OpenAiResponsesQuirks>({
  protocol: protocolId,
  server: "the Responses API",
  withDefaults: (quirks) => ({
    systemRole: "system",
    cacheControl: "none",
    encryptedReasoning: true,
    strictSchemas: true,
    audioInput: false,
    ...quirks
  }),
  parameters: {
    messages,
    maxOutputTokens: int("max_output_tokens"),
    temperature: finite("temperature"),
    topP: finite("top_p"),
    topK: unsupported,
    stop: unsupported,
    seed: unsupported,
    frequencyPenalty: unsupported,
    presencePenalty: unsupported,
    logprobs: include,
    tools,
    toolChoice: tools,
    parallelToolCalls: tools,
    responseFormat,
    reasoning,
    user: string("user"),
    metadata: labels("metadata"),
    serviceTier: string("service_tier")
  },
  model: { isOptional: true },
  stream: "if-true",
  added: ["tools", "include"],
  history: { callId: () => callId },
  finish: ({ stream_options, ...body }, { stream }) => ({
    body: stream && stream_options !== undefined ? { ...body, stream_options } : body
  })
})
