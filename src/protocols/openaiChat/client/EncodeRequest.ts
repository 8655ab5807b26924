import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { Warning } from "../../../domain/Warning.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { EncodeContext } from "./EncodeContext.ts"
import { encodeMessages } from "./EncodeMessages.ts"
import type { OpenAiChatQuirks } from "../OpenAiChatQuirks.ts"
import { toStrict } from "../../wire/StrictSchema.ts"
import { compact, type WireObject } from "../wire/Wire.ts"

/**
 * Writes a request. The caller's own fields (`providerOptions` under `openai-chat` and under the provider's id) are put
 * over the body, except that nothing changes whether it streams.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<OpenAiChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const context = new EncodeContext(request, options)
  const { quirks } = context
  const { provider, model, stream } = options
  const invalid = notAnObject(request, quirks)
  if (invalid !== undefined) return Result.fail(new InvalidRequestError({ provider, model, ...invalid }))
  if (request.topK !== undefined && !quirks.topK) context.unsupported("topK", "the server has no top_k")

  const { frequencyPenalty, logprobs, maxOutputTokens, presencePenalty, seed, serviceTier, temperature, topP, user } =
    request
  const wire = context.withOptions(
    compact({
      model,
      messages: encodeMessages(request.messages, context),
      [quirks.maxTokensField]: maxOutputTokens,
      temperature,
      top_p: topP,
      top_k: quirks.topK ? request.topK : undefined,
      stop: request.stop,
      seed,
      frequency_penalty: frequencyPenalty,
      presence_penalty: presencePenalty,
      logprobs: logprobs === undefined ? undefined : true,
      top_logprobs: logprobs === undefined || logprobs === 0 ? undefined : logprobs,
      ...encodeTools(request, context),
      response_format: encodeFormat(request.responseFormat, context),
      ...encodeReasoning(request.reasoning, context),
      user,
      metadata: request.metadata,
      service_tier: serviceTier,
      stream_options: stream && quirks.streamUsage ? { include_usage: true } : undefined
    }),
    request.providerOptions
  )
  const body: Record<string, unknown> = { ...wire, stream }
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
const encodeTools = (request: ChatRequest, context: EncodeContext): WireObject => {
  const { parallelToolCalls, toolChoice, tools } = request
  const own = Object.values(request.providerOptions ?? {}).some((options) => Array.isArray(options.tools))
  if ((tools === undefined || tools.length === 0) && !own) return {}
  return {
    tools: tools?.map((tool) => encodeTool(tool, context)),
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

const encodeFormat = (format: ChatRequest["responseFormat"], context: EncodeContext): WireObject | undefined => {
  switch (format?.type) {
    case "text":
      return { type: "text" }
    case "json":
      return { type: "json_object" }
    case "json-schema": {
      const { schema, strict } = encodeSchema(format.schema, format.strict, "responseFormat", context)
      const name = (format.name ?? "response").replace(/[^\w-]/g, "_").slice(0, 64)
      return { type: "json_schema", json_schema: compact({ name, description: format.description, schema, strict }) }
    }
    default:
      return undefined
  }
}

const encodeReasoning = (reasoning: ChatRequest["reasoning"], context: EncodeContext): WireObject => {
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
