import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { outputConfig } from "../../wire/ClaudeThinking.ts"
import { Objections } from "../../wire/Objections.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { type BedrockConverseQuirks, withDefaults } from "../BedrockConverseQuirks.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"
import { encodeModelFields } from "./ModelFields.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

/**
 * The parameters that Converse has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = [
  "seed",
  "frequencyPenalty",
  "presencePenalty",
  "logprobs",
  "user"
] as const satisfies ReadonlyArray<keyof ChatRequest>

/**
 * Writes the body of a request; the model and whether to stream stand in the path. `providerOptions` are merged into
 * the body as a JSON merge patch, except `tools`, which are added to those of the request.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<BedrockConverseQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider } = options
  const quirks = withDefaults(options.quirks, model)
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "Converse has no such parameter")
  }
  const conversation = new MessagesEncoder({
    provider,
    systemInConversation: quirks.systemInConversation,
    thoughtsReturn: quirks.family !== "deepseek",
    plainIds: quirks.family === "anthropic",
    objections
  })
  const messages = conversation.encode(request.messages)
  const { effort, fields } = encodeModelFields(request, quirks, objections)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  if (messages.length === 0) objections.invalid("messages", "Converse needs a user message")
  const others = own.flatMap((options) => array(options["tools"])).filter(isObject)
  const inference = compact({
    maxTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    stopSequences: nonEmpty(request.stop)
  })
  const format = encodeFormat(request, objections)
  const serviceTier = encodeServiceTier(request.serviceTier, objections)
  const body = compact({
    messages,
    system: nonEmpty(conversation.system),
    inferenceConfig: Object.keys(inference).length === 0 ? undefined : inference,
    toolConfig: encodeTools(request, { provider, strictTools: quirks.strictTools, others, objections }),
    additionalModelRequestFields: Object.keys(fields).length === 0 ? undefined : fields,
    outputConfig: renamed(outputConfig(effort, format)),
    requestMetadata: request.metadata,
    serviceTier: serviceTier === undefined ? undefined : { type: serviceTier }
  })
  const patched = own.reduce((body: WireObject, { tools: _, ...rest }) => patch(body, rest), body)
  return objections.failure === undefined
    ? Result.succeed({ body: patched, warnings: objections.warnings })
    : Result.fail(objections.failure)
}

const nonEmpty = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> | undefined =>
  list === undefined || list.length === 0 ? undefined : list

const renamed = (config: WireObject | undefined): WireObject | undefined =>
  config === undefined ? undefined : compact({ textFormat: config["format"], effort: config["effort"] })

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "default",
  default: "default",
  standard: "default",
  flex: "flex",
  priority: "priority",
  reserved: "reserved"
}

const encodeServiceTier = (tier: string | undefined, objections: Objections): string | undefined => {
  if (tier === undefined) return undefined
  if (Object.hasOwn(serviceTiers, tier)) return serviceTiers[tier]
  objections.unsupported("serviceTier", `Bedrock has no tier ${tier}; it has default, flex, priority and reserved`)
  return undefined
}
