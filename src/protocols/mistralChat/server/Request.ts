import * as Result from "effect/Result"
import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { OpenAiChat } from "../../OpenAiChat.ts"
import { renameRequest } from "../../wire/RenamedProtocol.ts"
import { decodeContent, decodeDocument } from "../Content.ts"
import { array, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

/**
 * Reads a request as OpenAI's, but for what Mistral says in another way: chunks of answers and documents, and
 * `random_seed`. Usage stands in every stream.
 */
export const decodeRequest = (body: unknown): Result.Result<DecodedRequest, InvalidRequestError> => {
  if (!isObject(body)) return OpenAiChat.decodeRequest(body)
  const { random_seed: seed, ...others } = body
  const rest = Array.isArray(others.tools) ? { ...others, tools: others.tools.map(typed) } : others
  const asides: Asides = { answers: [], prompts: [], results: [] }
  const messages = Array.isArray(body.messages)
    ? array(body.messages).map((message) => (isObject(message) ? plain(message, asides) : message))
    : body.messages
  const decoded = OpenAiChat.decodeRequest({ ...rest, messages, ...(seed === undefined ? {} : { seed }) })
  return Result.map(decoded, (decoded) => {
    const request = renameRequest(decoded.request, { from: OpenAiChat.id, to: protocolId })
    return { ...decoded, includeUsage: true, request: { ...request, messages: chunked(request.messages, asides) } }
  })
}

/** The type of a tool may be left out. Source: https://docs.mistral.ai/api, where `type` has the default `function`. */
const typed = (tool: unknown): unknown =>
  isObject(tool) && isObject(tool.function) && (tool.type ?? "") === "" ? { ...tool, type: "function" } : tool

/**
 * What OpenAI's protocol has no word for, put aside: of answers their parts, of instructions and results the whole
 * content; in the order of the messages, `undefined` for those that have nothing of the kind.
 */
interface Asides {
  readonly answers: Array<ReadonlyArray<AssistantPart> | undefined>
  readonly prompts: Array<Json | undefined>
  readonly results: Array<Json | undefined>
}

const plain = (message: WireObject, asides: Asides): WireObject => {
  const { content, role } = message
  const chunks = Array.isArray(content) ? content.filter(isObject) : undefined
  switch (role) {
    case "assistant":
      asides.answers.push(chunks === undefined ? undefined : decodeContent(chunks))
      return chunks === undefined ? message : { ...message, content: null }
    case "user":
      return chunks === undefined ? message : { ...message, content: chunks.map(fileAside) }
    case "system":
    case "developer":
    case "tool":
    case "function": {
      const texts = chunks?.filter(({ type }) => type === "text")
      const isMore = texts !== undefined && texts.length !== chunks?.length
      const to = role === "tool" || role === "function" ? asides.results : asides.prompts
      to.push(isMore ? (content as Json) : undefined)
      return isMore ? { ...message, content: texts } : message
    }
    default:
      return message
  }
}

const fileChunk = "mistral-file"

/** OpenAI's parts of this type look otherwise. */
const fileAside = (part: WireObject): WireObject =>
  part.type === "file" && part.file_id !== undefined ? { ...part, type: fileChunk } : part

const chunked = (messages: ReadonlyArray<Message>, asides: Asides): ReadonlyArray<Message> => {
  let answers = 0
  let prompts = 0
  let results = 0
  return messages.map((message): Message => {
    switch (message.role) {
      case "user":
        return { ...message, content: message.content.map(document) }
      case "assistant": {
        const parts = asides.answers[answers++]
        return parts === undefined ? message : { ...message, content: [...parts, ...message.content] }
      }
      case "system":
        return withContent(message, asides.prompts[prompts++])
      case "tool":
        return { ...message, content: message.content.map((part) => withContent(part, asides.results[results++])) }
    }
  })
}

const withContent = <A extends { readonly providerOptions?: ProviderOptions | undefined }>(
  one: A,
  content: Json | undefined
): A => {
  if (content === undefined) return one
  return {
    ...one,
    providerOptions: { ...one.providerOptions, [protocolId]: { ...one.providerOptions?.[protocolId], content } }
  }
}

const document = (part: UserMessage["content"][number]): UserMessage["content"][number] => {
  if (part.type !== "provider" || !isObject(part.value)) return part
  const chunk = part.value.type === fileChunk ? { ...part.value, type: "file" } : part.value
  return decodeDocument(chunk) ?? { ...part, value: chunk }
}
