import { identity } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { claudeMarks, type HistoryRules } from "../wire/request/FittedRequest.ts"
import { fitId } from "../wire/request/ToolIdentifiers.ts"
import * as Tools from "../wire/request/Tools.ts"
import { effortOf, efforts } from "../wire/request/ReasoningEffort.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import {
  finite,
  group,
  seed,
  nullable,
  oneOrMoreStrings,
  record,
  type RequestContext,
  required,
  string
} from "../wire/request/RequestCodec.ts"
import { encodeJsonSchemaFormat, encodeStrictSchema } from "../wire/schema/StrictSchema.ts"
import { compact, isObject, object, type WireObject } from "../wire/WireObject.ts"
import { cacheMark, encodeMessages } from "./Messages.ts"
import { type OpenAiChatQuirks, refusesMaxTokens, withDefaults } from "./Quirks.ts"
import { decodeMessages } from "./server/Messages.ts"

type Context = RequestContext<OpenAiChatQuirks>

const messages = group({
  fields: { messages: required(Schema.Array(Schema.Unknown)) },
  encode: ({ messages }, context: Context) => ({ messages: encodeMessages(messages, context) }),
  decode: ({ messages }, { protocol }) =>
    Result.map(decodeMessages(messages, { protocol }), (messages) => ({ messages }))
})

const maxOutputTokens = group({
  fields: { max_completion_tokens: Schema.Int, max_tokens: Schema.Int },
  encode: ({ maxOutputTokens }, { quirks }: Context) => ({ [quirks.maxTokensField]: maxOutputTokens }),
  // Servers disagree on which of two limits counts, so it is the larger, which bounds the spend.
  decode: ({ max_completion_tokens: newer, max_tokens: older }) => {
    const counts = [newer, older].filter((count) => typeof count === "number")
    return { maxOutputTokens: counts.length === 0 ? undefined : Math.max(...counts) }
  }
})

const topK = group({
  fields: { top_k: Schema.Int },
  encode: ({ topK }, { issues, quirks }: Context) => {
    if (topK === undefined || quirks.topK) return { top_k: topK }
    issues.unsupported("topK", "the server has no top_k")
    return {}
  },
  decode: ({ top_k: topK }) => ({ topK })
})

/** Together's `logprobs` is the number of alternatives. */
const logprobs = group({
  fields: { logprobs: Schema.Union([Schema.Boolean, Schema.Finite]), top_logprobs: Schema.Int },
  encode: ({ logprobs }) => (logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs || undefined }),
  decode: ({ logprobs, top_logprobs: alternatives = 0 }) =>
    typeof logprobs === "number" ? { unknownFields: { logprobs } } : { logprobs: logprobs ? alternatives : undefined }
})

/** Neither a choice nor parallelism may be sent without tools. `functions` are the protocol's first version. */
export const tools = group({
  fields: {
    tools: Schema.Array(record),
    tool_choice: Schema.Union([Schema.Literals(["auto", "none", "required", "any"]), record]),
    parallel_tool_calls: Schema.Boolean,
    functions: Schema.Array(record),
    function_call: Schema.Union([Schema.Literals(["auto", "none"]), record])
  },
  encode: ({ parallelToolCalls, toolChoice, tools = [] }, context: Context) => {
    const all = [...tools.map((tool) => encodeTool(tool, context)), ...context.added("tools")]
    if (all.length === 0) return {}
    return {
      tools: all,
      tool_choice:
        typeof toolChoice === "object" ? { type: "function", function: { name: toolChoice.tool } } : toolChoice,
      parallel_tool_calls: parallelToolCalls
    }
  },
  decode: ({ function_call, functions = [], parallel_tool_calls, tool_choice, tools = [] }, { protocol }) => {
    const all = [...tools, ...functions.map((body) => ({ type: "function", function: body }))]
    const isFunction = isObject(tool_choice) && tool_choice.type === "function"
    const named = isFunction ? object(tool_choice.function) : tool_choice === undefined ? function_call : undefined
    const name = isObject(named) ? named.name : undefined
    if (isFunction && typeof name !== "string") return invalid("tool_choice.function.name", "is missing")
    const word = tool_choice ?? function_call
    return Result.map(Tools.decodeTools(all, protocol), ({ others, tools }) => ({
      tools,
      toolChoice:
        typeof name === "string" ? { tool: name } : isObject(word) ? undefined : word === "any" ? "required" : word,
      parallelToolCalls: parallel_tool_calls,
      unknownFields: { tools: others, tool_choice: isObject(tool_choice) && !isFunction ? tool_choice : undefined }
    }))
  }
})

const encodeTool = (tool: ToolDefinition, context: Context): WireObject => {
  const { issues, quirks } = context
  const { schema: inputSchema, strict } = quirks.strictSchemas
    ? encodeStrictSchema(tool.inputSchema, tool.strict, `tools.${tool.name}`, issues)
    : { schema: tool.inputSchema, strict: tool.strict }
  return {
    ...cacheMark(tool.cacheControl, "tool", context),
    ...Tools.encodeTool({ ...tool, inputSchema, strict }, context)
  }
}

/**
 * Together, Fireworks and llama.cpp take a schema beside the type, of either type.
 * Sources: https://docs.together.ai/docs/json-mode and
 * https://docs.fireworks.ai/structured-responses/structured-response-formatting
 */
export const format = group({
  fields: {
    response_format: Schema.Struct({
      type: Schema.String,
      schema: nullable(record),
      json_schema: nullable(
        Schema.Struct({
          name: nullable(Schema.String),
          description: nullable(Schema.String),
          schema: nullable(record),
          strict: nullable(Schema.Boolean)
        })
      )
    })
  },
  encode: ({ responseFormat: format }, { issues, quirks }: Context) => {
    if (format === undefined) return {}
    if (format.type !== "json-schema")
      return { response_format: { type: format.type === "json" ? "json_object" : "text" } }
    const json_schema = encodeJsonSchemaFormat(format, quirks.strictSchemas, issues)
    return { response_format: { type: "json_schema", json_schema } }
  },
  decode: ({ response_format: format }) => {
    if (format === undefined) return {}
    const { json_schema: named, type } = format
    const schema = named?.schema ?? format.schema ?? undefined
    if (type === "text") return { responseFormat: { type: "text" } }
    if (type === "json_object" && schema === undefined) return { responseFormat: { type: "json" } }
    if (type === "json_object" || type === "json_schema") {
      if (schema === undefined) return invalid("response_format.json_schema.schema", "is missing")
      const { description, name, strict } = named ?? {}
      return {
        responseFormat: {
          type: "json-schema",
          ...compact({ name: name ?? undefined, description: description ?? undefined, strict: strict ?? undefined }),
          schema
        }
      }
    }
    // A type with fields of its own, such as `regex`, belongs to the server.
    return Object.keys(format).length === 1
      ? invalid("response_format.type", "must be text, json_object or json_schema")
      : { unknownFields: { response_format: format } }
  }
})

const invalid = (at: string, detail: string) => Result.fail(new InvalidRequestError({ at, detail }))

/** `reasoning_effort`, or OpenRouter's `reasoning`. */
export const reasoning = group({
  fields: { reasoning_effort: Schema.String, reasoning: { effort: Schema.String, max_tokens: Schema.Int } },
  encode: ({ reasoning }, { issues, quirks }: Context): WireObject => {
    if (reasoning?.effort === undefined && reasoning?.budget === undefined) return {}
    const { budget, effort } = reasoning
    const { reasoningParameter: parameter } = quirks
    const warnOfEffort = () => {
      const message = "reasoning can only be turned on or off here; reasoning.effort just turns it on"
      issues.warn("other", "reasoning", message)
    }
    switch (parameter) {
      case "reasoning":
        return { reasoning: budget === undefined ? { effort } : { max_tokens: budget } }
      case "reasoning_effort":
        return { reasoning_effort: effortOf(reasoning, issues) }
      case "thinking":
      case "thinking+reasoning_effort": {
        const level = effortOf(reasoning, issues)
        if (level === "none") return { thinking: { type: "disabled" } }
        if (parameter !== "thinking") return { thinking: { type: "enabled" }, reasoning_effort: level }
        if (level !== undefined) warnOfEffort()
        return { thinking: { type: "enabled" } }
      }
      case "enable_thinking":
        if (effort === "none" || budget === 0) return { enable_thinking: false }
        if (budget === undefined) warnOfEffort()
        return { enable_thinking: true, thinking_budget: budget }
      case "none":
        issues.unsupported("reasoning", "the server has no parameter for reasoning")
        return {}
    }
  },
  decode: ({ reasoning, reasoning_effort: word = reasoning.effort }) => {
    const effort = efforts.find((effort) => effort === word)
    const budget = reasoning.max_tokens
    return {
      reasoning: effort === undefined && budget === undefined ? undefined : compact({ effort, budget }),
      unknownFields: { reasoning_effort: effort === undefined ? word : undefined }
    }
  }
})

/** A server's own switch for reasoning as `reasoning`; one that says more than on or off stays. */
const withoutSwitch = (body: WireObject, parameter: OpenAiChatQuirks["reasoningParameter"] | undefined): WireObject => {
  const enabled = (rest: WireObject, budget: unknown) => ({
    ...rest,
    reasoning: { ...object(rest.reasoning), ...compact({ max_tokens: budget }) }
  })
  if (parameter === "thinking" || parameter === "thinking+reasoning_effort") {
    const { thinking, ...rest } = body
    const { type, ...more } = object(thinking) ?? {}
    if (Object.keys(more).length > 0) return body
    if (type === "disabled") return { ...rest, reasoning_effort: "none" }
    if (type === "enabled") return enabled(rest, undefined)
  } else if (parameter === "enable_thinking") {
    const { enable_thinking: isEnabled, thinking_budget: budget, ...rest } = body
    if (isEnabled === false) return { ...rest, reasoning_effort: "none" }
    if (isEnabled === true) return enabled(rest, budget)
  }
  return body
}

const metadata = group({
  fields: { metadata: Schema.Record(Schema.String, Schema.String) },
  encode: ({ metadata }, { issues, options, provider, quirks }: Context) => {
    const isStored = options.some(({ store }) => store === true)
    if (metadata === undefined || isStored || !quirks.metadataNeedsStore) return { metadata }
    const detail = `the server accepts metadata only with store: true in providerOptions.${provider}`
    issues.unsupported("metadata", detail)
    return {}
  },
  decode: ({ metadata }) => ({ metadata })
})

const streamOptions = group({
  fields: { stream_options: { include_usage: Schema.Boolean } },
  encode: (_, { quirks, stream }: Context) =>
    stream && quirks.streamUsage ? { stream_options: { include_usage: true } } : {},
  decode: ({ stream_options: { include_usage: includeUsage = false } }) => ({ includeUsage })
})

export const parameters: RequestCodec.ParameterTable<OpenAiChatQuirks> = {
  messages,
  maxOutputTokens,
  temperature: finite("temperature"),
  topP: finite("top_p"),
  topK,
  stop: oneOrMoreStrings("stop"),
  seed: seed("seed"),
  frequencyPenalty: finite("frequency_penalty"),
  presencePenalty: finite("presence_penalty"),
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: format,
  reasoning,
  user: string("user"),
  metadata,
  serviceTier: string("service_tier")
}

const shortId = fitId({ refused: /$^/, maxLength: 40 })

/** OpenAI takes ids of at most 40 characters; other servers give longer ones, and some read them. */
const history: HistoryRules<OpenAiChatQuirks> = {
  callId: ({ quirks }) => (withDefaults(quirks).longCallIds ? identity : shortId),
  names: true,
  cacheMarks: ({ quirks }) => (quirks?.cacheControl === "cache_control" ? claudeMarks : undefined)
}

/** What protocols derived from this one share with it. */
export const definition: RequestCodec.Definition<OpenAiChatQuirks> = {
  protocol: "openai-chat",
  server: "the server",
  withDefaults,
  parameters,
  extra: [streamOptions],
  history,
  prepare: (body, quirks) => withoutSwitch(body, quirks?.reasoningParameter),
  finish: ({ stream_options, ...body }, { issues, stream }) => {
    if (stream && typeof body.n === "number" && body.n > 1) {
      issues.warn("other", "n", `${body.n} choices were requested; the first one is the response`)
    }
    return { body: stream && stream_options !== undefined ? { ...body, stream_options } : body }
  }
}

export const request = RequestCodec.make(definition)

/** With the usage at the end of a stream. Several choices of one are warned of. */
export const passOn: NonNullable<ChatProtocol["passOn"]> = (body, { model, stream }) => {
  const { max_tokens: maxTokens, n, stream_options: options } = body
  if (body.model === undefined || (maxTokens !== undefined && refusesMaxTokens.test(model))) return undefined
  if (!stream) return options === undefined ? { ...body, model } : undefined
  if (typeof n === "number" && n > 1) return undefined
  return { ...body, model, stream, stream_options: { ...object(options), include_usage: true } }
}
