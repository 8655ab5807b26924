import * as Result from "effect/Result"
import { normalize } from "../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../ChatProtocol.ts"
import { Issues } from "../wire/Issues.ts"
import * as ParameterTable from "../wire/ParameterTable.ts"
import { ownOptions, patchBody } from "../wire/ProviderOptionsPatch.ts"
import { type GoogleGenerateContentQuirks, withDefaults } from "./GoogleGenerateContentQuirks.ts"
import { array, compact, isObject, protocolId, type WireObject } from "./wire/Wire.ts"
import { ContentsEncoder } from "./Messages.ts"
import { encodeThinking } from "./client/ThinkingEncoder.ts"
import { encodeFormat, encodeTools } from "./client/ToolsEncoder.ts"

interface Context {
  readonly provider: string
  readonly quirks: GoogleGenerateContentQuirks
  readonly issues: Issues
  /** Tools of Google's own. */
  readonly others: ReadonlyArray<WireObject>
}

type Group = ParameterTable.EncodeGroup<Context>

const tools: Group = (request, context) => ({ ...encodeTools(request, context) })

const logprobs: Group = ({ logprobs }) =>
  logprobs === undefined
    ? {}
    : { generationConfig: compact({ responseLogprobs: true, logprobs: logprobs === 0 ? undefined : logprobs }) }

const format: Group = (request, { issues, quirks }) => nested(encodeFormat(request, quirks, issues))

const thinking: Group = (request, { issues, quirks }) =>
  nested(compact({ thinkingConfig: encodeThinking(request, quirks, issues) }))

const nested = (config: WireObject): WireObject =>
  Object.keys(config).length === 0 ? {} : { generationConfig: config }

const labels: Group = ({ metadata }, { issues, quirks }) => {
  if (metadata === undefined || quirks.labels) return { labels: metadata }
  issues.unsupported("metadata", "the Gemini API has no metadata; Vertex AI has")
  return {}
}

const serviceTier: Group = (request, { quirks }) =>
  quirks.serviceTier === "body" ? { serviceTier: tierOf(request) } : {}

const tierOf = ({ serviceTier: tier }: ChatRequest): string | undefined =>
  tier === "auto" ? undefined : tier === "default" ? "standard" : tier

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: "generationConfig.maxOutputTokens",
  temperature: "generationConfig.temperature",
  topP: "generationConfig.topP",
  topK: "generationConfig.topK",
  stop: "generationConfig.stopSequences",
  seed: "generationConfig.seed",
  frequencyPenalty: "generationConfig.frequencyPenalty",
  presencePenalty: "generationConfig.presencePenalty",
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: format,
  reasoning: thinking,
  user: { unsupported: "the protocol has no such parameter" },
  metadata: labels,
  serviceTier
})

/** The parameters that the protocol has no word for. */
export const { unsupported } = parameters

/**
 * Writes the body of a request; the model and whether to stream stand in the path. `providerOptions` are merged into it as
 * a JSON merge patch, but for `tools`, which are added to the request's own.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<GoogleGenerateContentQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider } = options
  const request = normalize(given)
  const quirks = withDefaults(options.quirks, model)
  const issues = new Issues(options, request.onUnsupported === "drop")
  const conversation = new ContentsEncoder({ provider, quirks, issues })
  const contents = conversation.encode(request.messages)
  if (contents.length === 0) issues.invalid("messages", "a message besides the instructions is needed")
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const others = own.flatMap((options) => array(options.tools)).filter(isObject)
  const body = compact({
    systemInstruction: conversation.system.length === 0 ? undefined : { parts: conversation.system },
    contents,
    ...parameters.encode(request, issues, { provider, quirks, issues, others })
  })
  const tier = tierOf(request)
  const inHeader = quirks.serviceTier === "header" && tier !== undefined && tier !== "standard"
  return issues.failure === undefined
    ? Result.succeed({
        body: patchBody(body, own, ["tools"]),
        headers: inHeader ? { "x-vertex-ai-llm-shared-request-type": tier } : undefined,
        warnings: issues.warnings
      })
    : Result.fail(issues.failure)
}
