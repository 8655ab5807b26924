import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ProviderOptions } from "../../domain/ContentPart.ts"
import { requestOf } from "../../domain/Wire.ts"
import { isObject, type WireObject } from "../../protocols/wire/WireObject.ts"

/** The providers that speak one of OpenAI's two protocols as OpenAI does. */
const providers: ReadonlySet<string> = new Set(["openai", "openai-responses", "azure"])

const chat = "openai-chat"
const responses = "openai-responses"

/** Fields of both of OpenAI's protocols, which other servers that speak them need not know. */
const shared = ["prompt_cache_key", "prompt_cache_retention", "safety_identifier", "store", "stream_options"]

/** What was received in one of OpenAI's protocols, in the words of the other: for a provider that knows both. */
export const withSharedFields = (request: ChatRequest, protocol: string, provider: string): ChatRequest => {
  const from = requestOf(request)?.protocol
  if (from === undefined || from === protocol || !providers.has(provider)) return request
  const fields = from === chat || from === responses ? request.providerOptions?.[from] : undefined
  if (fields === undefined || (protocol !== chat && protocol !== responses)) return request
  const rest: Record<string, unknown> = { ...fields }
  const carried: Record<string, unknown> = {}
  for (const name of shared) {
    if (rest[name] === undefined) continue
    carried[name] = rest[name]
    delete rest[name]
  }
  carryVerbosity(from, rest, carried)
  if (Object.keys(carried).length === 0) return request
  const own = { ...carried, ...request.providerOptions?.[protocol] }
  const providerOptions = { ...request.providerOptions, [from]: rest, [protocol]: own }
  return { ...request, providerOptions: providerOptions as ProviderOptions }
}

/** How much a model says: `verbosity` of chat completions, `text.verbosity` of responses. */
const carryVerbosity = (from: string, rest: Record<string, unknown>, carried: Record<string, unknown>): void => {
  if (from === chat) {
    if (rest.verbosity !== undefined) carried.text = { verbosity: rest.verbosity }
    delete rest.verbosity
    return
  }
  if (!isObject(rest.text)) return
  const { verbosity, ...text }: WireObject = rest.text
  if (verbosity === undefined) return
  carried.verbosity = verbosity
  if (Object.keys(text).length === 0) delete rest.text
  else rest.text = text
}
