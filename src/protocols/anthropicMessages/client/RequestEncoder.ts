import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { type AnthropicMessagesQuirks, withDefaults } from "../AnthropicMessagesQuirks.ts"
import { ownOptions, patch } from "../../wire/ProviderOptionsPatch.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"
import { Objections } from "../../wire/Objections.ts"
import { encodeThinking, outputConfig } from "../../wire/ClaudeThinking.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

/**
 * The parameters that the Messages API has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = ["seed", "frequencyPenalty", "presencePenalty", "logprobs"] as const satisfies ReadonlyArray<
  keyof ChatRequest
>

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch; two keys of theirs are not:
 * `tools` are added to the request's own, and `betas` go into the header `anthropic-beta`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<AnthropicMessagesQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider } = options
  const quirks = withDefaults(options.quirks)
  const objections = new Objections(options, request.onUnsupported === "drop")
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "the Messages API has no such parameter")
  }

  const { systemInConversation } = quirks
  const conversation = new MessagesEncoder({ provider, systemInConversation, objections })
  const messages = conversation.encode(request.messages)
  if (messages.length === 0) objections.invalid("messages", "the Messages API needs a user message")
  const { effort, maxTokens, thinking } = encodeThinking(request, quirks, objections)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const others = own.flatMap((options) => array(options["tools"])).filter(isObject)
  const { toolChoice, tools } = encodeTools(request, { provider, strictTools: quirks.strictTools, others })
  const format = encodeFormat(request, objections)

  const body = compact({
    model,
    max_tokens: maxTokens,
    system: conversation.system.length === 0 ? undefined : conversation.system,
    messages,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    stop_sequences: request.stop === undefined || request.stop.length === 0 ? undefined : request.stop,
    tools,
    tool_choice: toolChoice,
    thinking,
    output_config: outputConfig(effort, format),
    metadata: encodeMetadata(request, objections),
    service_tier: encodeServiceTier(request.serviceTier, objections),
    stream: options.stream ? true : undefined
  })
  const patched = own.reduce((body: WireObject, { betas: _, tools: __, ...rest }) => patch(body, rest), body)
  const betas = betasOf(request, own)
  return objections.failure === undefined
    ? Result.succeed({
        body: patched,
        headers: betas === undefined ? undefined : { "anthropic-beta": betas },
        warnings: objections.warnings
      })
    : Result.fail(objections.failure)
}

const encodeMetadata = (request: ChatRequest, objections: Objections): WireObject | undefined => {
  const { user_id: named, ...others } = request.metadata ?? {}
  if (Object.keys(others).length > 0) {
    objections.unsupported("metadata", `the Messages API takes the user alone, not ${Object.keys(others).join(", ")}`)
  }
  const user_id = request.user ?? named
  return user_id === undefined ? undefined : { user_id }
}

/** Source: https://platform.claude.com/docs/en/api/service-tiers */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "auto",
  priority: "auto",
  default: "standard_only",
  standard: "standard_only",
  standard_only: "standard_only"
}

const encodeServiceTier = (tier: string | undefined, objections: Objections): string | undefined => {
  if (tier === undefined) return undefined
  if (Object.hasOwn(serviceTiers, tier)) return serviceTiers[tier]
  objections.unsupported("serviceTier", `the Messages API has no tier ${tier}; it has auto and standard_only`)
  return undefined
}

/** The betas that the options name, after those that the caller wrote into the header by hand. */
const betasOf = (request: ChatRequest, own: ReadonlyArray<WireObject>): string | undefined => {
  const named = own.flatMap(({ betas }) => array(betas)).filter((beta) => typeof beta === "string")
  if (named.length === 0) return undefined
  const byHand = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() === "anthropic-beta")
  const written = byHand.flatMap(([, value]) => value.split(",")).map((beta) => beta.trim())
  return [...new Set([...written, ...named])].filter((beta) => beta !== "").join(",")
}
