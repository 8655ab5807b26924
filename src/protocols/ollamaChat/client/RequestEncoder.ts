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
import { type OllamaChatQuirks, withDefaults } from "../OllamaChatQuirks.ts"
import { array, protocolId, type WireObject } from "../wire/Wire.ts"
import { MessagesEncoder } from "./MessagesEncoder.ts"

interface Context {
  readonly provider: string
  readonly issues: Issues
  readonly own: ReadonlyArray<WireObject>
  readonly quirks: OllamaChatQuirks
}

type Group = ParameterTable.EncodeGroup<Context>

/** There is no choice on the wire: to allow no call is to offer no tool. */
const tools: Group = ({ toolChoice, tools = [] }, { issues, own, provider }) => {
  if (toolChoice === "none") return {}
  if (toolChoice !== undefined && toolChoice !== "auto") {
    issues.unsupported("toolChoice", "Ollama cannot make a model call a tool")
  }
  const all = [
    ...tools.map((tool) => encodeTool(tool, protocolId, provider)),
    ...own.flatMap((options) => array(options.tools))
  ]
  return { tools: all.length === 0 ? undefined : all }
}

/** The server holds the answer to a schema; it takes no name, description or strictness of it. */
const format: Group = ({ responseFormat: format }) =>
  format === undefined || format.type === "text" ? {} : { format: format.type === "json" ? "json" : format.schema }

const logprobs: Group = ({ logprobs }) =>
  logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs === 0 ? undefined : logprobs }

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

const think: Group = ({ reasoning }, { issues, quirks }) =>
  reasoning === undefined ? {} : { think: encodeThink(reasoning, quirks, issues) }

const encodeThink = (
  reasoning: NonNullable<ChatRequest["reasoning"]>,
  { thinkLevels }: OllamaChatQuirks,
  issues: Issues
): boolean | string => {
  const { budget, effort } = reasoning
  if (budget !== undefined) issues.unsupported("reasoning", "Ollama takes an effort, not a budget in tokens")
  if (effort === undefined) return true
  if (effort === "none") return false
  if (thinkLevels.includes(effort) || thinkLevels.length === 0) return thinkLevels.length === 0 ? true : effort
  const known = efforts.filter((level) => thinkLevels.includes(level))
  const lower = known.findLast((level) => efforts.indexOf(level) < efforts.indexOf(effort)) ?? known[0]
  issues.warn("other", "reasoning", `the effort ${effort} was sent as ${lower}`)
  return lower ?? true
}

const lacking = { unsupported: "Ollama has no such parameter" }

const parameters = ParameterTable.make<Context>({
  maxOutputTokens: "options.num_predict",
  temperature: "options.temperature",
  topP: "options.top_p",
  topK: "options.top_k",
  stop: "options.stop",
  seed: "options.seed",
  frequencyPenalty: "options.frequency_penalty",
  presencePenalty: "options.presence_penalty",
  logprobs,
  tools,
  toolChoice: tools,
  parallelToolCalls: lacking,
  responseFormat: format,
  reasoning: think,
  user: lacking,
  metadata: lacking,
  serviceTier: lacking
})

/** The parameters that Ollama has no word for. */
export const { unsupported } = parameters

/**
 * Writes the body of a request. `providerOptions` are merged into it as a JSON merge patch, except that their `tools`
 * are added to the request's own.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<OllamaChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const { model, provider, stream } = options
  const request = normalize(given)
  const quirks = withDefaults(options.quirks)
  const issues = new Issues(options, request.onUnsupported === "drop")
  warnOfCacheMarks(request, issues)
  const own = ownOptions(request.providerOptions, protocolId, provider)
  const body = {
    model,
    messages: new MessagesEncoder(provider, issues).encode(request.messages),
    ...parameters.encode(request, issues, { provider, issues, own, quirks }),
    stream
  }
  return issues.failure === undefined
    ? Result.succeed({ body: patchBody(body, own, ["tools"]), warnings: issues.warnings })
    : Result.fail(issues.failure)
}
