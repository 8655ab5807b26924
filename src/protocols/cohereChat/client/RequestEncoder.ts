import * as Result from "effect/Result"
import { normalize } from "../../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { encodeTool, warnOfCacheMarks } from "../../wire/FunctionTool.ts"
import { Issues } from "../../wire/Issues.ts"
import * as ParameterTable from "../../wire/ParameterTable.ts"
import { ownOptions, patchBody } from "../../wire/ProviderOptionsPatch.ts"
import { type CohereChatQuirks, withDefaults } from "../CohereChatQuirks.ts"
import { array, compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"

interface Context {
  readonly provider: string
  readonly issues: Issues
  readonly own: ReadonlyArray<WireObject>
}

type Group = ParameterTable.EncodeGroup<Context>

/** To demand one tool is to offer it alone and to demand a call. Strictness is of all tools or of none. */
const tools: Group = ({ toolChoice, tools = [] }, { issues, own, provider }) => {
  const named = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.tool) : tools
  if (typeof toolChoice === "object" && named.length === 0) {
    issues.invalid("toolChoice", `no tool is called ${toolChoice.tool}`)
  }
  const all = [
    ...named.map(({ strict: _, ...tool }) => encodeTool(tool, protocolId, provider)),
    ...own.flatMap((options) => array(options.tools))
  ]
  const strict = named.filter((tool) => tool.strict === true).length
  if (strict > 0 && strict < named.length) {
    issues.warn("other", "tools", "Cohere enforces the schemas of all tools or of none; not all are strict, so none")
  }
  const isForced = toolChoice === "required" || typeof toolChoice === "object"
  return {
    tools: all.length === 0 ? undefined : all,
    strict_tools:
      strict > 0 ? strict === named.length : named.some((tool) => tool.strict === false) ? false : undefined,
    tool_choice: all.length === 0 ? undefined : isForced ? "REQUIRED" : toolChoice === "none" ? "NONE" : undefined
  }
}

const format: Group = ({ responseFormat: format }) =>
  format === undefined
    ? {}
    : {
        response_format: compact({
          type: format.type === "text" ? "text" : "json_object",
          json_schema: format.type === "json-schema" ? format.schema : undefined
        })
      }

/** Source: https://docs.cohere.com/docs/reasoning */
const thinking: Group = ({ reasoning }, { issues }) => {
  if (reasoning === undefined) return {}
  const { budget, effort } = reasoning
  if (effort === "none") return { thinking: { type: "disabled" } }
  if (effort !== undefined && budget === undefined) {
    issues.warn("other", "reasoning", `Cohere thinks or does not, or up to a budget; the effort ${effort} is left out`)
  }
  return { thinking: compact({ type: "enabled", token_budget: budget }) }
}

const logprobs: Group = ({ logprobs }, { issues }) => {
  if ((logprobs ?? 0) > 0) {
    issues.unsupported("logprobs", "Cohere tells no alternatives to a token: ask for 0")
  }
  return { logprobs: logprobs === undefined ? undefined : true }
}

const lacking = { unsupported: "Cohere has no such parameter" }

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: "max_tokens",
  temperature: "temperature",
  topP: "p",
  topK: "k",
  stop: "stop_sequences",
  seed: "seed",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: lacking,
  responseFormat: format,
  reasoning: thinking,
  user: lacking,
  metadata: lacking,
  serviceTier: lacking
})

/** The parameters that Cohere has no word for. */
export const { unsupported } = parameters

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * and `documents` are added to the request's own.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<CohereChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const { toolPlans } = withDefaults(options.quirks)
  const request = normalize(given)
  const issues = new Issues(options, request.onUnsupported === "drop")
  warnOfCacheMarks(request, issues)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const conversation = new MessagesEncoder({ provider, toolPlans, issues })
  const messages = conversation.encode(request.messages)
  const documents = [...conversation.documents, ...own.flatMap((options) => array(options.documents))]
  const body = compact({
    model,
    messages,
    documents: documents.length === 0 ? undefined : documents,
    ...parameters.encode(request, issues, { provider, issues, own }),
    stream
  })
  return issues.failure === undefined
    ? Result.succeed({ body: patchBody(body, own, ["tools", "documents"]), warnings: issues.warnings })
    : Result.fail(issues.failure)
}
