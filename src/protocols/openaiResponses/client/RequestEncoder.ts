import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { Objections } from "../../wire/Objections.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { type OpenAiResponsesQuirks, withDefaults } from "../OpenAiResponsesQuirks.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { InputEncoder } from "./InputEncoder.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

/**
 * The parameters that the Responses API has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = [
  "topK",
  "stop",
  "seed",
  "frequencyPenalty",
  "presencePenalty"
] as const satisfies ReadonlyArray<keyof ChatRequest>

/**
 * Models that do not think answer a wish for their encrypted thoughts with an error.
 * Source: https://github.com/NousResearch/hermes-agent/pull/24234
 */
const thoughtless = /(^|[./])(gpt-[34]|chatgpt|computer-use)|-chat(-|$)/

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * and `include` are added to the request's own. Where the server is to keep nothing (`store: false`), the thoughts are
 * asked for encrypted, so that they can go back.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<OpenAiResponsesQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const quirks = withDefaults(options.quirks)
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "the Responses API has no such parameter")
  }
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const isStateless = own.reduce((store: unknown, options) => options["store"] ?? store, undefined) === false
  const conversation = new InputEncoder({ provider, quirks, objections, isStateless })
  const input = conversation.encode(request.messages)
  const others = own.flatMap((options) => array(options["tools"])).filter(isObject)
  const within = { provider, strictSchemas: quirks.strictSchemas, objections }
  const format = encodeFormat(request.responseFormat, within)
  const { logprobs } = request

  const body = compact({
    model,
    instructions: conversation.instructions,
    input,
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: logprobs === 0 ? undefined : logprobs,
    ...encodeTools(request, others, within),
    text: format === undefined ? undefined : { format },
    reasoning: encodeReasoning(request.reasoning, objections),
    user: request.user,
    metadata: request.metadata,
    service_tier: request.serviceTier
  })
  const patched = own.reduce((body: WireObject, { include: _, tools: __, ...rest }) => patch(body, rest), body)
  const include = new Set(own.flatMap((options) => array(options["include"])))
  if (logprobs !== undefined) include.add("message.output_text.logprobs")
  if (isStateless && quirks.encryptedReasoning && !thoughtless.test(model)) include.add("reasoning.encrypted_content")
  const whole: Record<string, unknown> = { ...patched }
  if (include.size > 0) whole["include"] = [...include]
  if (stream) whole["stream"] = true
  else delete whole["stream_options"]
  return objections.failure === undefined
    ? Result.succeed({ body: whole, warnings: objections.warnings })
    : Result.fail(objections.failure)
}

const encodeReasoning = (reasoning: ChatRequest["reasoning"], objections: Objections): WireObject | undefined => {
  if (reasoning?.budget !== undefined) {
    objections.unsupported("reasoning", "the Responses API takes an effort, not a budget in tokens")
  }
  return reasoning?.effort === undefined ? undefined : { effort: reasoning.effort }
}
