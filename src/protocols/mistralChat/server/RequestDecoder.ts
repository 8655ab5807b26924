import * as Result from "effect/Result"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { OpenAiChat } from "../../OpenAiChat.ts"
import { renameRequest } from "../../RenamedProtocol.ts"
import { decodeContent, decodeDocument } from "../wire/Chunks.ts"
import { array, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

/**
 * Reads a request as OpenAI's, but for what Mistral says in another way: chunks of answers and documents, and
 * `random_seed`. Usage stands in every stream.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeRequest = (body: unknown): Result.Result<DecodedRequest, InvalidRequestError> => {
  if (!isObject(body)) return OpenAiChat.decodeRequest(body)
  const { random_seed: seed, ...rest } = body
  const answers: Array<ReadonlyArray<AssistantPart> | undefined> = []
  const messages = Array.isArray(body["messages"])
    ? array(body["messages"]).map((message) => (isObject(message) ? plain(message, answers) : message))
    : body["messages"]
  const decoded = OpenAiChat.decodeRequest({ ...rest, messages, ...(seed === undefined ? {} : { seed }) })
  return Result.map(decoded, (decoded) => {
    const request = renameRequest(decoded.request, { from: OpenAiChat.id, to: protocolId })
    return { ...decoded, includeUsage: true, request: { ...request, messages: chunked(request.messages, answers) } }
  })
}

/** The message without what OpenAI's protocol has no word for; its chunks are put aside. */
const plain = (message: WireObject, answers: Array<ReadonlyArray<AssistantPart> | undefined>): WireObject => {
  const { content } = message
  if (message["role"] === "assistant") {
    answers.push(Array.isArray(content) ? decodeContent(content) : undefined)
    return Array.isArray(content) ? { ...message, content: null } : message
  }
  if (message["role"] !== "user" || !Array.isArray(content)) return message
  // OpenAI's parts of these types look otherwise.
  const aside = content.map((part) =>
    isObject(part) && part["type"] === "file" && part["file_id"] !== undefined ? { ...part, type: fileChunk } : part
  )
  return { ...message, content: aside }
}

const fileChunk = "mistral-file"

const chunked = (
  messages: ReadonlyArray<Message>,
  answers: ReadonlyArray<ReadonlyArray<AssistantPart> | undefined>
): ReadonlyArray<Message> => {
  let at = 0
  return messages.map((message): Message => {
    if (message.role === "user") return { ...message, content: message.content.map(document) }
    const parts = message.role === "assistant" ? answers[at++] : undefined
    return message.role === "assistant" && parts !== undefined
      ? { ...message, content: [...parts, ...message.content] }
      : message
  })
}

const document = (part: UserMessage["content"][number]): UserMessage["content"][number] => {
  if (part.type !== "provider" || !isObject(part.value)) return part
  const chunk = part.value["type"] === fileChunk ? { ...part.value, type: "file" } : part.value
  return decodeDocument(chunk) ?? { ...part, value: chunk }
}
