import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { encodeTool, warnOfCacheMarks } from "../../wire/FunctionTool.ts"
import { Objections } from "../../wire/Objections.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { type OllamaChatQuirks, withDefaults } from "../OllamaChatQuirks.ts"
import { array, compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"

/**
 * The parameters that Ollama has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = ["parallelToolCalls", "user", "metadata", "serviceTier"] as const satisfies ReadonlyArray<
  keyof ChatRequest
>

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * are added to the request's own.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<OllamaChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "Ollama has no such parameter")
  }
  warnOfCacheMarks(request, objections)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const body = compact({
    model,
    messages: new MessagesEncoder(provider, objections).encode(request.messages),
    tools: encodeTools(request, own, provider, objections),
    format: encodeFormat(request.responseFormat),
    options: encodeOptions(request),
    think: encodeThink(request.reasoning, withDefaults(options.quirks), objections),
    logprobs: request.logprobs === undefined ? undefined : true,
    top_logprobs: request.logprobs === undefined || request.logprobs === 0 ? undefined : request.logprobs
  })
  const patched = own.reduce((body: WireObject, { tools: _, ...rest }) => patch(body, rest), body)
  return objections.failure === undefined
    ? Result.succeed({ body: { ...patched, stream }, warnings: objections.warnings })
    : Result.fail(objections.failure)
}

/** There is no choice on the wire: to allow no call is to offer no tool. */
const encodeTools = (
  { toolChoice, tools }: ChatRequest,
  own: ReadonlyArray<WireObject>,
  provider: string,
  objections: Objections
): ReadonlyArray<unknown> | undefined => {
  if (toolChoice === "none") return undefined
  if (toolChoice !== undefined && toolChoice !== "auto") {
    objections.unsupported("toolChoice", "Ollama cannot make a model call a tool")
  }
  const all = [
    ...(tools ?? []).map((tool) => encodeTool(tool, protocolId, provider)),
    ...own.flatMap((options) => array(options["tools"]))
  ]
  return all.length === 0 ? undefined : all
}

/** The server holds the answer to a schema; it takes no name, description or strictness of it. */
const encodeFormat = (format: ChatRequest["responseFormat"]): unknown => {
  if (format === undefined || format.type === "text") return undefined
  return format.type === "json" ? "json" : format.schema
}

const encodeOptions = (request: ChatRequest): WireObject | undefined => {
  const options = compact({
    num_predict: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    stop: request.stop,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty
  })
  return Object.keys(options).length === 0 ? undefined : options
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

const encodeThink = (
  reasoning: ChatRequest["reasoning"],
  { thinkLevels }: OllamaChatQuirks,
  objections: Objections
): boolean | string | undefined => {
  if (reasoning === undefined) return undefined
  const { budget, effort } = reasoning
  if (budget !== undefined) objections.unsupported("reasoning", "Ollama takes an effort, not a budget in tokens")
  if (effort === undefined) return true
  if (effort === "none") return false
  if (thinkLevels.includes(effort) || thinkLevels.length === 0) return thinkLevels.length === 0 ? true : effort
  const known = efforts.filter((level) => thinkLevels.includes(level))
  const lower = known.findLast((level) => efforts.indexOf(level) < efforts.indexOf(effort)) ?? known[0]
  objections.warn("other", "reasoning", `the effort ${effort} was sent as ${lower}`)
  return lower ?? true
}
