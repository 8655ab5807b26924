import type { ChatRequest } from "./ChatRequest.ts"
import type { AssistantPart, Message } from "./Message.ts"

/**
 * A parameter of a chat: every field of `ChatRequest` that a protocol has to write, refuse or warn about.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatParameter = Exclude<keyof ChatRequest, "messages" | "headers" | "providerOptions" | "onUnsupported">

/**
 * Whether a value asks for something: an empty list or record says no more than an absent one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGiven = (value: unknown): boolean => {
  if (value === undefined) return false
  if (typeof value !== "object" || value === null) return true
  if (Array.isArray(value)) return value.length > 0
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype !== Object.prototype && prototype !== null) || Object.keys(value).length > 0
}

/**
 * The request in which each wish is spelled in one way: empty lists and records are absent, and a reasoning budget of 0 is
 * the effort `none`. `reasoning: {}` stays: it asks for reasoning as deep as the model likes. What a provider said of a
 * refusal is left out of the conversation, since the model never said it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const normalize = (request: ChatRequest): ChatRequest => {
  const { messages, metadata, reasoning, stop, tools } = request
  let result = messages.some(isExplained) ? { ...request, messages: messages.flatMap(withoutExplanations) } : request
  if (stop !== undefined && !isGiven(stop)) result = { ...result, stop: undefined }
  if (tools !== undefined && !isGiven(tools)) result = { ...result, tools: undefined }
  if (metadata !== undefined && !isGiven(metadata)) result = { ...result, metadata: undefined }
  if (reasoning !== undefined && isOff(reasoning) && (reasoning.effort !== "none" || reasoning.budget !== undefined)) {
    result = { ...result, reasoning: { effort: "none" } }
  }
  return result
}

const isOff = ({ budget, effort }: NonNullable<ChatRequest["reasoning"]>): boolean => effort === "none" || budget === 0

const isExplanation = (part: AssistantPart): boolean => part.type === "refusal" && part.isExplanation === true

const isExplained = (message: Message): boolean => message.role === "assistant" && message.content.some(isExplanation)

const withoutExplanations = (message: Message): ReadonlyArray<Message> => {
  if (message.role !== "assistant" || !isExplained(message)) return [message]
  const content = message.content.filter((part) => !isExplanation(part))
  return content.length === 0 ? [] : [{ ...message, content }]
}
