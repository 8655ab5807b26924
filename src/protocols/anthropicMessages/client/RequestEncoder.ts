import * as Result from "effect/Result"
import { normalize } from "../../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { type AnthropicMessagesQuirks, withDefaults } from "../AnthropicMessagesQuirks.ts"
import * as ParameterTable from "../../wire/ParameterTable.ts"
import { ownOptions, patchBody } from "../../wire/ProviderOptionsPatch.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"
import { Issues } from "../../wire/Issues.ts"
import { encodeThinking, outputConfig } from "../../wire/ClaudeThinking.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

interface Context {
  readonly quirks: AnthropicMessagesQuirks
  readonly provider: string
  readonly issues: Issues
  /** Tools of Anthropic's own. */
  readonly others: ReadonlyArray<WireObject>
}

type Group = ParameterTable.EncodeGroup<Context>

const tools: Group = (request, context) => {
  const { toolChoice, tools } = encodeTools(request, { ...context, strictTools: context.quirks.strictTools })
  return { tools, tool_choice: toolChoice }
}

/** How deep the model reasons, within how many tokens, and the form of its answer. */
const output: Group = (request, { issues, quirks }) => {
  const { effort, maxTokens, thinking } = encodeThinking(request, quirks, issues)
  const format = encodeFormat(request, issues)
  return { max_tokens: maxTokens, thinking, output_config: outputConfig(effort, format) }
}

const metadata: Group = (request, { issues }) => {
  const { user_id: named, ...others } = request.metadata ?? {}
  if (Object.keys(others).length > 0) {
    issues.unsupported("metadata", `the Messages API takes the user alone, not ${Object.keys(others).join(", ")}`)
  }
  const user_id = request.user ?? named
  return { metadata: user_id === undefined ? undefined : { user_id } }
}

/** Source: https://platform.claude.com/docs/en/api/service-tiers */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "auto",
  priority: "auto",
  default: "standard_only",
  standard: "standard_only",
  standard_only: "standard_only"
}

const serviceTier: Group = ({ serviceTier: tier }, { issues }) => {
  if (tier === undefined) return {}
  if (Object.hasOwn(serviceTiers, tier)) return { service_tier: serviceTiers[tier] }
  issues.unsupported("serviceTier", `the Messages API has no tier ${tier}; it has auto and standard_only`)
  return {}
}

const lacking = { unsupported: "the Messages API has no such parameter" }

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: output,
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stop: "stop_sequences",
  seed: lacking,
  frequencyPenalty: lacking,
  presencePenalty: lacking,
  logprobs: lacking,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: output,
  reasoning: output,
  user: metadata,
  metadata,
  serviceTier
})

/** The parameters that the Messages API has no word for. */
export const { unsupported } = parameters

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch; two keys of theirs are not:
 * `tools` are added to the request's own, and `betas` go into the header `anthropic-beta`.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<AnthropicMessagesQuirks>,
  shape: (body: WireObject) => WireObject = (body) => body
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const request = normalize(given)
  const quirks = withDefaults(options.quirks)
  const issues = new Issues(options, request.onUnsupported === "drop")
  const { systemInConversation } = quirks
  const conversation = new MessagesEncoder({ provider, systemInConversation, issues })
  const messages = conversation.encode(request.messages)
  if (messages.length === 0) issues.invalid("messages", "the Messages API needs a user message")
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const others = own.flatMap((options) => array(options.tools)).filter(isObject)
  const body = compact({
    model,
    system: conversation.system.length === 0 ? undefined : conversation.system,
    messages,
    ...parameters.encode(request, issues, { quirks, provider, issues, others }),
    stream: stream ? true : undefined
  })
  const betas = betasOf(request, own)
  return issues.failure === undefined
    ? Result.succeed({
        body: withDiagnostics(patchBody(shape(body), own, ["tools", "betas"])),
        headers: betas === undefined ? undefined : { "anthropic-beta": betas },
        warnings: issues.warnings
      })
    : Result.fail(issues.failure)
}

/**
 * The first message that is diagnosed has none before it, which the API wants as a `null`; a merge patch has no such word.
 * Source: https://platform.claude.com/docs/en/build-with-claude/cache-diagnostics
 */
const withDiagnostics = (body: WireObject): WireObject =>
  isObject(body.diagnostics) && body.diagnostics.previous_message_id === undefined
    ? { ...body, diagnostics: { ...body.diagnostics, previous_message_id: null } }
    : body

/** The betas that the options name, after those that the caller wrote into the header by hand. */
const betasOf = (request: ChatRequest, own: ReadonlyArray<WireObject>): string | undefined => {
  const named = own.flatMap(({ betas }) => array(betas)).filter((beta) => typeof beta === "string")
  if (named.length === 0) return undefined
  const byHand = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() === "anthropic-beta")
  const written = byHand.flatMap(([, value]) => value.split(",")).map((beta) => beta.trim())
  return [...new Set([...written, ...named])].filter((beta) => beta !== "").join(",")
}
