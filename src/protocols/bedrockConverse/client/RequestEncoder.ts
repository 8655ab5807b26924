import * as Result from "effect/Result"
import { normalize } from "../../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { outputConfig } from "../../wire/ClaudeThinking.ts"
import { Issues } from "../../wire/Issues.ts"
import * as ParameterTable from "../../wire/ParameterTable.ts"
import { ownOptions, patchBody } from "../../wire/ProviderOptionsPatch.ts"
import { type BedrockConverseQuirks, withDefaults } from "../BedrockConverseQuirks.ts"
import { array, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"
import { encodeModelFields } from "./ModelFields.ts"
import { encodeFormat, encodeTools } from "./ToolsEncoder.ts"

interface Context {
  readonly quirks: BedrockConverseQuirks
  readonly provider: string
  readonly issues: Issues
  /** Tools of the provider's own. */
  readonly others: ReadonlyArray<WireObject>
}

type Group = ParameterTable.EncodeGroup<Context>

const tools: Group = (request, context) => ({
  toolConfig: encodeTools(request, { ...context, strictTools: context.quirks.strictTools })
})

/** What each family of models has its own words for, and the form of the answer. */
const model: Group = (request, { issues, quirks }) => {
  const { effort, fields } = encodeModelFields(request, quirks, issues)
  return {
    additionalModelRequestFields: Object.keys(fields).length === 0 ? undefined : fields,
    outputConfig: renamed(outputConfig(effort, encodeFormat(request, issues)))
  }
}

const renamed = (config: WireObject | undefined): WireObject | undefined =>
  config === undefined ? undefined : compact({ textFormat: config.format, effort: config.effort })

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html */
const serviceTiers: { readonly [tier: string]: string } = {
  auto: "default",
  default: "default",
  standard: "default",
  flex: "flex",
  priority: "priority",
  reserved: "reserved"
}

const serviceTier: Group = ({ serviceTier: tier }, { issues }) => {
  if (tier === undefined) return {}
  if (Object.hasOwn(serviceTiers, tier)) return { serviceTier: { type: serviceTiers[tier] } }
  issues.unsupported("serviceTier", `Bedrock has no tier ${tier}; it has default, flex, priority and reserved`)
  return {}
}

const lacking = { unsupported: "Converse has no such parameter" }

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: "inferenceConfig.maxTokens",
  temperature: "inferenceConfig.temperature",
  topP: "inferenceConfig.topP",
  topK: model,
  stop: "inferenceConfig.stopSequences",
  seed: lacking,
  frequencyPenalty: lacking,
  presencePenalty: lacking,
  logprobs: lacking,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: model,
  reasoning: model,
  user: lacking,
  metadata: "requestMetadata",
  serviceTier
})

/** The parameters that Converse has no word for. */
export const { unsupported } = parameters

/**
 * Writes the body of a request; the model and whether to stream stand in the path. `providerOptions` are merged into
 * the body as a JSON merge patch, except `tools`, which are added to those of the request.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<BedrockConverseQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider } = options
  const request = normalize(given)
  const quirks = withDefaults(options.quirks, model)
  const issues = new Issues(options, request.onUnsupported === "drop")
  const conversation = new MessagesEncoder({
    provider,
    systemInConversation: quirks.systemInConversation,
    thoughtsReturn: quirks.family !== "deepseek",
    issues
  })
  const messages = conversation.encode(request.messages)
  if (messages.length === 0) issues.invalid("messages", "Converse needs a user message")
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const others = own.flatMap((options) => array(options.tools)).filter(isObject)
  const body = compact({
    messages,
    system: conversation.system.length === 0 ? undefined : conversation.system,
    ...parameters.encode(request, issues, { quirks, provider, issues, others })
  })
  return issues.failure === undefined
    ? Result.succeed({ body: patchBody(body, own, ["tools"]), warnings: issues.warnings })
    : Result.fail(issues.failure)
}
