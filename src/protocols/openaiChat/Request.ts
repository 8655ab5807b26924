import * as Result from "effect/Result"
import { normalize } from "../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { Warning } from "../../domain/Warning.ts"
import type { EncodedRequest, EncodeOptions } from "../ChatProtocol.ts"
import { EncodeContext } from "./client/EncodeContext.ts"
import { encodeMessages } from "./Messages.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import * as ParameterTable from "../wire/ParameterTable.ts"
import { patchBody } from "../wire/ProviderOptionsPatch.ts"
import { toStrict } from "../wire/StrictSchema.ts"
import { array, compact, type WireObject } from "./wire/Wire.ts"

type Group = ParameterTable.EncodeGroup<EncodeContext>

const notAnObject = (
  { responseFormat }: ChatRequest,
  quirks: OpenAiChatQuirks
): { readonly at: string; readonly detail: string } | undefined =>
  responseFormat?.type === "json-schema" &&
  responseFormat.strict === true &&
  quirks.strictSchemas &&
  responseFormat.schema.type !== "object" &&
  responseFormat.schema.$ref === undefined
    ? { at: "responseFormat.schema", detail: "a strict schema describes an object: wrap the value in a property" }
    : undefined

/** Neither a choice nor parallelism may be said without tools. */
export const tools: Group = ({ parallelToolCalls, toolChoice, tools = [] }, context) => {
  const all = [...tools.map((tool) => encodeTool(tool, context)), ...context.own.flatMap((own) => array(own.tools))]
  if (all.length === 0) return {}
  return {
    tools: all,
    tool_choice:
      typeof toolChoice === "object" ? { type: "function", function: { name: toolChoice.tool } } : toolChoice,
    parallel_tool_calls: parallelToolCalls
  }
}

const encodeTool = (tool: ToolDefinition, context: EncodeContext): WireObject => {
  const { cacheControl, description, name, providerOptions } = tool
  const { schema: parameters, strict } = encodeSchema(tool.inputSchema, tool.strict, `tools.${name}`, context)
  return context.withOptions(
    {
      type: "function",
      function: compact({ name, description, parameters, strict }),
      ...context.cacheMark(cacheControl, "tool")
    },
    providerOptions
  )
}

const encodeSchema = (
  schema: ToolDefinition["inputSchema"],
  strict: boolean | undefined,
  at: string,
  context: EncodeContext
): { readonly schema: WireObject; readonly strict: boolean | undefined } => {
  if (strict !== true || !context.quirks.strictSchemas) return { schema, strict }
  const rewritten = toStrict(schema)
  if (rewritten !== undefined) return { schema: rewritten, strict }
  context.warn({
    type: "other",
    message: `${at}: the strict mode of this server has no word for the schema (open records, tuples or untyped values); it is sent as not strict`
  })
  return { schema, strict: false }
}

export const format: Group = ({ responseFormat: format }, context) => {
  switch (format?.type) {
    case "text":
      return { response_format: { type: "text" } }
    case "json":
      return { response_format: { type: "json_object" } }
    case "json-schema": {
      const { schema, strict } = encodeSchema(format.schema, format.strict, "responseFormat", context)
      const name = (format.name ?? "response").replace(/[^\w-]/g, "_").slice(0, 64)
      const json_schema = compact({ name, description: format.description, schema, strict })
      return { response_format: { type: "json_schema", json_schema } }
    }
    default:
      return {}
  }
}

export const reasoning: Group = ({ reasoning }, context) => {
  if (reasoning?.effort === undefined && reasoning?.budget === undefined) return {}
  const { budget, effort } = reasoning
  switch (context.quirks.reasoningParameter) {
    case "reasoning":
      return { reasoning: budget === undefined ? { effort } : { max_tokens: budget } }
    case "reasoning_effort":
      if (budget !== undefined) context.unsupported("reasoning", "the server takes an effort, not a budget in tokens")
      return { reasoning_effort: effort }
    case "thinking":
    case "thinking+reasoning_effort": {
      if (budget !== undefined) context.unsupported("reasoning", "the server takes no budget in tokens")
      if (effort === "none") return { thinking: { type: "disabled" } }
      if (context.quirks.reasoningParameter !== "thinking")
        return { thinking: { type: "enabled" }, reasoning_effort: effort }
      if (effort !== undefined) context.warn(onlyOnOrOff)
      return { thinking: { type: "enabled" } }
    }
    case "enable_thinking":
      if (effort === "none" || budget === 0) return { enable_thinking: false }
      if (budget === undefined) context.warn(onlyOnOrOff)
      return compact({ enable_thinking: true, thinking_budget: budget })
    case "none":
      context.unsupported("reasoning", "the server has no word for how much the model thinks")
      return {}
  }
}

const onlyOnOrOff: Warning = {
  type: "other",
  message: "thinking can only be turned on or off here; reasoning.effort says no more than that it is on"
}

const maxTokens: Group = ({ maxOutputTokens }, { quirks }) => ({ [quirks.maxTokensField]: maxOutputTokens })

const topK: Group = ({ topK }, context) => {
  if (topK === undefined || context.quirks.topK) return { top_k: topK }
  context.unsupported("topK", "the server has no top_k")
  return {}
}

const logprobs: Group = ({ logprobs }) =>
  logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs === 0 ? undefined : logprobs }

const parameters = ParameterTable.make<EncodeContext>({
  maxOutputTokens: maxTokens,
  temperature: "temperature",
  topP: "top_p",
  topK,
  stop: "stop",
  seed: "seed",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: format,
  reasoning,
  user: "user",
  metadata: "metadata",
  serviceTier: "service_tier"
})

/**
 * How a protocol that is made of this one writes a request otherwise: its parameters, and the body before the caller's own
 * fields are merged into it.
 */
export interface RequestDialect {
  readonly parameters?: ParameterTable.ParameterEncoder<EncodeContext> | undefined
  readonly shape?: ((body: WireObject) => WireObject) | undefined
}

/**
 * Writes a request. The caller's own fields (`providerOptions` under `openai-chat` and under the provider's id) are merged
 * into the body as a JSON merge patch, except that their `tools` are added to the request's own, and that nothing changes
 * whether it streams.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<OpenAiChatQuirks>,
  dialect: RequestDialect = {}
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const request = normalize(given)
  const context = new EncodeContext(request, options)
  const { own, quirks } = context
  const { provider, model, stream } = options
  const invalid = notAnObject(request, quirks)
  if (invalid !== undefined) return Result.fail(new InvalidRequestError({ provider, model, ...invalid }))
  const fields = {
    model,
    messages: encodeMessages(request.messages, context),
    ...(dialect.parameters ?? parameters).encode(request, context, context),
    stream,
    ...(stream && quirks.streamUsage ? { stream_options: { include_usage: true } } : {})
  }
  const shaped = dialect.shape === undefined ? fields : dialect.shape(fields)
  const body: Record<string, unknown> = { ...patchBody(shaped, own, ["tools"]) }
  if (!stream) delete body.stream_options
  if (quirks.metadataNeedsStore && request.metadata !== undefined && body.store !== true) {
    delete body.metadata
    context.unsupported("metadata", `the server takes metadata only with store: true in providerOptions.${provider}`)
  }
  if (stream && typeof body.n === "number" && body.n > 1) {
    context.warn({ type: "other", message: `${body.n} choices were asked for; the first one is the answer` })
  }
  if (context.failure !== undefined) return Result.fail(context.failure)
  return Result.succeed({ body, warnings: context.warnings })
}
