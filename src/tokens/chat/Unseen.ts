import * as Predicate from "effect/Predicate"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ProviderOptions } from "../../domain/ContentPart.ts"

/**
 * What the provider puts into the prompt and the request does not hold: so many tokens may be there or not, and why.
 */
export interface Unseen {
  readonly tokens: number
  readonly reason: string
}

/** The assumed tokens of a conversation or prompt that the provider stores. */
const kept = 20_000

const stored = [
  "previous_response_id",
  "previous_interaction_id",
  "conversation",
  "prompt",
  "cachedContent",
  "container"
]
const remote = ["mcp_servers", "plugins", "web_search_options", "search_parameters", "connectors", "data_sources"]

/**
 * The parts of a request that only the provider knows: its own tools, and conversations that it stores. `serverTools` is how many
 * tokens its tools may add.
 */
export const unseen = (request: ChatRequest, serverTools: number): ReadonlyArray<Unseen> => {
  const options = Object.values(request.providerOptions ?? {})
  const found: Array<Unseen> = []
  if (serverTools > 0 && options.some(hasOwnTools)) {
    found.push({ tokens: serverTools, reason: "the provider's own tools add instructions and results" })
  }
  if (options.some((one) => stored.some((key) => isGiven(one, key)))) {
    found.push({ tokens: kept, reason: "the provider stores part of the conversation" })
  }
  return found
}

/** Whether reasoning is requested, by the request or by its provider options. */
export const asksForReasoning = ({ providerOptions, reasoning }: ChatRequest): boolean => {
  if (reasoning !== undefined) return reasoning.effort !== "none" && reasoning.budget !== 0
  return Object.values(providerOptions ?? {}).some((options) => {
    const { reasoning, thinking } = options
    return (
      (Predicate.isObject(reasoning) && reasoning.enabled === true) ||
      (Predicate.isObject(thinking) && (thinking.type === "enabled" || thinking.type === "adaptive"))
    )
  })
}

const hasOwnTools = (options: ProviderOptions[string]): boolean =>
  isGiven(options, "tools") || remote.some((key) => isGiven(options, key))

const isGiven = (options: ProviderOptions[string], key: string): boolean => {
  const value = Object.hasOwn(options, key) ? options[key] : undefined
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}
