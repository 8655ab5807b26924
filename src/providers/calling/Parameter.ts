import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Message } from "../../domain/Message.ts"

/**
 * A parameter of `ChatRequest`, or a part of one, as `data/restrictions.json` names them; `image`, `audio` and `file`
 * are content.
 *
 * @since 0.1.0
 * @category models
 */
export type Parameter =
  | keyof ChatRequest
  | "responseFormat.json"
  | "responseFormat.json_schema"
  | "reasoning.effort"
  | "reasoning.budget"
  | Media

type Media = "image" | "audio" | "file"

/**
 * Whether a request says something about a parameter.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGiven = (request: ChatRequest, parameter: Parameter): boolean => {
  switch (parameter) {
    case "responseFormat.json":
      return request.responseFormat?.type === "json"
    case "responseFormat.json_schema":
      return request.responseFormat?.type === "json-schema"
    case "reasoning.effort":
      return request.reasoning?.effort !== undefined
    case "reasoning.budget":
      return request.reasoning?.budget !== undefined
    case "image":
    case "audio":
    case "file":
      return request.messages.some((message) => message.content.some((part) => part.type === parameter))
    default:
      return request[parameter] !== undefined
  }
}

/**
 * The request without it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const without = (request: ChatRequest, parameter: Parameter): ChatRequest => {
  switch (parameter) {
    case "responseFormat.json":
    case "responseFormat.json_schema":
      return { ...request, responseFormat: undefined }
    case "reasoning.effort":
      return { ...request, reasoning: { ...request.reasoning, effort: undefined } }
    case "reasoning.budget":
      return { ...request, reasoning: { ...request.reasoning, budget: undefined } }
    case "image":
    case "audio":
    case "file":
      return { ...request, messages: request.messages.flatMap((message) => withoutMedia(message, parameter)) }
    default:
      return { ...request, [parameter]: undefined }
  }
}

const withoutMedia = (message: Message, type: Media): ReadonlyArray<Message> => {
  const content = message.content.filter((part) => part.type !== type)
  if (content.length === message.content.length) return [message]
  return content.length === 0 ? [] : [{ ...message, content } as Message]
}
