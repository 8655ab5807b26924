import * as Result from "effect/Result"
import { normalize } from "../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../ChatProtocol.ts"
import { Issues } from "../wire/Issues.ts"
import * as ParameterTable from "../wire/ParameterTable.ts"
import { ownOptions, patchBody } from "../wire/ProviderOptionsPatch.ts"
import { array, compact, isObject, type WireObject } from "../wire/WireObject.ts"
import type { OpenAiResponsesQuirks } from "./Content.ts"
import { protocolId } from "./Items.ts"
import { MessagesEncoder } from "./Messages.ts"
import { encodeFormat, encodeTools } from "./client/ToolsEncoder.ts"

interface Context {
  readonly provider: string
  readonly strictSchemas: boolean
  readonly issues: Issues
  /** Tools of the provider's own. */
  readonly others: ReadonlyArray<WireObject>
}

type Group = ParameterTable.EncodeGroup<Context>

const tools: Group = (request, context) => encodeTools(request, context.others, context)

const format: Group = ({ responseFormat }, context) => {
  const format = encodeFormat(responseFormat, context)
  return format === undefined ? {} : { text: { format } }
}

const reasoning: Group = ({ reasoning }, { issues }) => {
  if (reasoning?.budget !== undefined) {
    issues.unsupported("reasoning", "the Responses API takes an effort, not a budget in tokens")
  }
  return reasoning?.effort === undefined ? {} : { reasoning: { effort: reasoning.effort } }
}

/** That they are wanted at all is said in `include`. */
const logprobs: Group = ({ logprobs }) => ({ top_logprobs: logprobs === 0 ? undefined : logprobs })

const lacking = { unsupported: "the Responses API has no such parameter" }

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: "max_output_tokens",
  temperature: "temperature",
  topP: "top_p",
  topK: lacking,
  stop: lacking,
  seed: lacking,
  frequencyPenalty: lacking,
  presencePenalty: lacking,
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: format,
  reasoning,
  user: "user",
  metadata: "metadata",
  serviceTier: "service_tier"
})

/** The parameters that the Responses API has no word for. */
export const { unsupported } = parameters

/**
 * Models that do not think answer a wish for their encrypted thoughts with an error.
 * Source: https://github.com/NousResearch/hermes-agent/pull/24234
 */
const thoughtless = /(^|[./])(gpt-[34]|chatgpt|computer-use)|-chat(-|$)/

/** Every default is what OpenAI does. */
const withDefaults = (quirks: Partial<OpenAiResponsesQuirks> | undefined): OpenAiResponsesQuirks => ({
  systemRole: "system",
  cacheControl: "none",
  encryptedReasoning: true,
  strictSchemas: true,
  audioInput: false,
  ...quirks
})

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * and `include` are added to the request's own. Where the server is to keep nothing (`store: false`), the thoughts are
 * asked for encrypted, so that they can go back.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<OpenAiResponsesQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const request = normalize(given)
  const quirks = withDefaults(options.quirks)
  const { strictSchemas } = quirks
  const issues = new Issues(options, request.onUnsupported === "drop")
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const isStateless = own.reduce((store: unknown, options) => options.store ?? store, undefined) === false
  const conversation = new MessagesEncoder({ provider, quirks, issues, isStateless })
  const input = conversation.encode(request.messages)
  const goesOn = own.some((options) =>
    ["prompt", "previous_response_id", "conversation", "input"].some((key) => (options[key] ?? null) !== null)
  )
  if (input.length === 0 && !goesOn) issues.invalid("messages", "the Responses API needs a message that says something")
  const others = own.flatMap((options) => array(options.tools)).filter(isObject)
  const include = new Set(own.flatMap((options) => array(options.include)))
  if (request.logprobs !== undefined) include.add("message.output_text.logprobs")
  if (isStateless && quirks.encryptedReasoning && !thoughtless.test(model)) include.add("reasoning.encrypted_content")
  const body = compact({
    model,
    instructions: conversation.instructions,
    input,
    ...parameters.encode(request, issues, { provider, strictSchemas, issues, others }),
    include: include.size === 0 ? undefined : [...include],
    stream: stream ? true : undefined
  })
  const { stream_options, ...rest } = patchBody(body, own, ["tools", "include"])
  return issues.failure === undefined
    ? Result.succeed({
        body: stream && stream_options !== undefined ? { ...rest, stream_options } : rest,
        warnings: issues.warnings
      })
    : Result.fail(issues.failure)
}
