import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { encodeTool, warnOfCacheMarks } from "../../wire/FunctionTool.ts"
import { Objections } from "../../wire/Objections.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { type CohereChatQuirks, withDefaults } from "../CohereChatQuirks.ts"
import { array, compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"

/**
 * The parameters that Cohere has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = ["parallelToolCalls", "user", "metadata", "serviceTier"] as const satisfies ReadonlyArray<
  keyof ChatRequest
>

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * and `documents` are added to the request's own.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<CohereChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const { toolPlans } = withDefaults(options.quirks)
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "Cohere has no such parameter")
  }
  if ((request.logprobs ?? 0) > 0)
    objections.unsupported("logprobs", "Cohere tells no alternatives to a token: ask for 0")
  warnOfCacheMarks(request, objections)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const conversation = new MessagesEncoder({ provider, toolPlans, objections })
  const messages = conversation.encode(request.messages)
  const documents = [...conversation.documents, ...own.flatMap((options) => array(options["documents"]))]
  const body = compact({
    model,
    messages,
    documents: documents.length === 0 ? undefined : documents,
    ...encodeTools(request, own, provider, objections),
    response_format: encodeFormat(request.responseFormat),
    thinking: encodeThinking(request.reasoning, objections),
    max_tokens: request.maxOutputTokens,
    stop_sequences: request.stop,
    temperature: request.temperature,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    k: request.topK,
    p: request.topP,
    logprobs: request.logprobs === undefined ? undefined : true
  })
  const patched = own.reduce((body: WireObject, { documents: _, tools: __, ...rest }) => patch(body, rest), body)
  return objections.failure === undefined
    ? Result.succeed({ body: { ...patched, stream }, warnings: objections.warnings })
    : Result.fail(objections.failure)
}

/** To demand one tool is to offer it alone and to demand a call. Strictness is of all tools or of none. */
const encodeTools = (
  { toolChoice, tools = [] }: ChatRequest,
  own: ReadonlyArray<WireObject>,
  provider: string,
  objections: Objections
): WireObject => {
  const named = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.tool) : tools
  if (typeof toolChoice === "object" && named.length === 0) {
    objections.invalid("toolChoice", `no tool is called ${toolChoice.tool}`)
  }
  const all = [
    ...named.map(({ strict: _, ...tool }) => encodeTool(tool, protocolId, provider)),
    ...own.flatMap((options) => array(options["tools"]))
  ]
  const strict = named.filter((tool) => tool.strict === true).length
  if (strict > 0 && strict < named.length) {
    objections.warn(
      "other",
      "tools",
      "Cohere enforces the schemas of all tools or of none; not all are strict, so none"
    )
  }
  const isForced = toolChoice === "required" || typeof toolChoice === "object"
  return {
    tools: all.length === 0 ? undefined : all,
    strict_tools:
      strict > 0 ? strict === named.length : named.some((tool) => tool.strict === false) ? false : undefined,
    tool_choice: all.length === 0 ? undefined : isForced ? "REQUIRED" : toolChoice === "none" ? "NONE" : undefined
  }
}

const encodeFormat = (format: ChatRequest["responseFormat"]): WireObject | undefined => {
  if (format === undefined) return undefined
  if (format.type === "text") return { type: "text" }
  return format.type === "json" ? { type: "json_object" } : { type: "json_object", json_schema: format.schema }
}

/** Source: https://docs.cohere.com/docs/reasoning */
const encodeThinking = (reasoning: ChatRequest["reasoning"], objections: Objections): WireObject | undefined => {
  if (reasoning === undefined) return undefined
  const { budget, effort } = reasoning
  if (effort === "none") return { type: "disabled" }
  if (effort !== undefined && budget === undefined) {
    objections.warn(
      "other",
      "reasoning",
      `Cohere thinks or does not, or up to a budget; the effort ${effort} is left out`
    )
  }
  return compact({ type: "enabled", token_budget: budget })
}
