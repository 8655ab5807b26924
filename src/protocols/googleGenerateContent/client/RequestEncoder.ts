import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { Objections } from "../../wire/Objections.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { type GoogleGenerateContentQuirks, withDefaults } from "../GoogleGenerateContentQuirks.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { ContentsEncoder } from "./ContentsEncoder.ts"
import { encodeThinking } from "./ThinkingEncoder.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

/**
 * The parameters that the protocol has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = ["user"] as const satisfies ReadonlyArray<keyof ChatRequest>

/**
 * Writes the body of a request; the model and whether to stream stand in the path. `providerOptions` are merged into it as
 * a JSON merge patch, but for `tools`, which are added to the request's own.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<GoogleGenerateContentQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider } = options
  const quirks = withDefaults(options.quirks, model)
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "the protocol has no such parameter")
  }
  const conversation = new ContentsEncoder({ provider, quirks, objections })
  const contents = conversation.encode(request.messages)
  if (contents.length === 0) objections.invalid("messages", "a message besides the instructions is needed")
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const others = own.flatMap((options) => array(options["tools"])).filter(isObject)
  const { toolConfig, tools } = encodeTools(request, { provider, quirks, others, objections })
  const generationConfig = compact({
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop === undefined || request.stop.length === 0 ? undefined : request.stop,
    seed: request.seed,
    frequencyPenalty: request.frequencyPenalty,
    presencePenalty: request.presencePenalty,
    responseLogprobs: request.logprobs === undefined ? undefined : true,
    logprobs: request.logprobs === 0 ? undefined : request.logprobs,
    ...encodeFormat(request, quirks, objections),
    thinkingConfig: encodeThinking(request, quirks, objections)
  })
  const tier =
    request.serviceTier === "auto" ? undefined : request.serviceTier === "default" ? "standard" : request.serviceTier
  const body = compact({
    systemInstruction: conversation.system.length === 0 ? undefined : { parts: conversation.system },
    contents,
    tools,
    toolConfig,
    generationConfig: Object.keys(generationConfig).length === 0 ? undefined : generationConfig,
    labels: encodeLabels(request, quirks, objections),
    serviceTier: quirks.serviceTier === "body" ? tier : undefined
  })
  const inHeader = quirks.serviceTier === "header" && tier !== undefined && tier !== "standard"
  return objections.failure === undefined
    ? Result.succeed({
        body: own.reduce((body: WireObject, { tools: _, ...rest }) => patch(body, rest), body),
        headers: inHeader ? { "x-vertex-ai-llm-shared-request-type": tier } : undefined,
        warnings: objections.warnings
      })
    : Result.fail(objections.failure)
}

const encodeLabels = (
  { metadata }: ChatRequest,
  { labels }: GoogleGenerateContentQuirks,
  objections: Objections
): WireObject | undefined => {
  if (metadata === undefined || labels) return metadata
  objections.unsupported("metadata", "the Gemini API has no metadata; Vertex AI has")
  return undefined
}
