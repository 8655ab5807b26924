import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { FilePart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantMessage, Message, UserMessage } from "../../../domain/Message.ts"
import type { EncodedRequest, EncodeOptions } from "../../ChatProtocol.ts"
import { documentText } from "../../wire/DataUrl.ts"
import { Objections } from "../../wire/Objections.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../OpenAiChat.ts"
import { renameRequest } from "../../wire/RenamedProtocol.ts"
import { encodeCallId } from "../wire/CallIds.ts"
import { encodeContent, encodeDocument } from "../wire/Chunks.ts"
import { protocolId } from "../wire/Wire.ts"

/**
 * The parameters that Mistral has no word for.
 *
 * @since 0.1.0
 * @category constants
 */
export const unsupported = ["topK", "logprobs", "user"] as const satisfies ReadonlyArray<keyof ChatRequest>

const quirks: Partial<OpenAiChatQuirks> = {
  maxTokensField: "max_tokens",
  streamUsage: false,
  strictSchemas: false,
  metadataNeedsStore: false
}

/**
 * Writes a request as OpenAI's, from messages that hold Mistral's chunks already, and then calls by Mistral's names what
 * it has another name for.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeRequest = (
  request: ChatRequest,
  options: EncodeOptions<OpenAiChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const objections = new Objections(options, request.onUnsupported === "drop")
  const said: Record<string, unknown> = { ...request }
  for (const parameter of unsupported) {
    if (request[parameter] !== undefined) objections.unsupported(parameter, "Mistral has no such parameter")
    delete said[parameter]
  }
  const messages = request.messages.map((message, index) => withChunks(message, `messages[${index}]`, objections))
  const reasoning = encodeReasoning(request.reasoning, objections)
  if (objections.failure !== undefined) return Result.fail(objections.failure)
  const encoded = OpenAiChat.encodeRequest(
    renameRequest({ ...said, messages, reasoning } as ChatRequest, { from: protocolId, to: OpenAiChat.id }),
    { ...options, quirks: { ...quirks, ...options.quirks } }
  )
  return Result.map(encoded, ({ body, warnings, ...more }) => {
    const { seed, tool_choice: choice, ...rest } = body
    const names = {
      ...(seed === undefined ? {} : { random_seed: seed }),
      ...(choice === undefined ? {} : { tool_choice: choice === "required" ? "any" : choice })
    }
    return { ...more, body: { ...rest, ...names }, warnings: [...objections.warnings, ...warnings] }
  })
}

/** A model whose thinking can be turned on and off knows `high` and `none` alone. */
const encodeReasoning = (reasoning: ChatRequest["reasoning"], objections: Objections): ChatRequest["reasoning"] => {
  if (reasoning?.budget !== undefined) {
    objections.unsupported("reasoning", "Mistral takes an effort, not a budget in tokens")
  }
  const effort = reasoning?.effort
  if (effort === undefined) return undefined
  const known = effort === "none" || effort === "minimal" ? "none" : "high"
  if (known !== effort) objections.warn("other", "reasoning", `the effort ${effort} was sent as ${known}`)
  return { effort: known }
}

/** Mistral refuses fields that it does not know, so no one but a tool is named. */
const withChunks = (message: Message, at: string, objections: Objections): Message => {
  switch (message.role) {
    case "system": {
      const { name: _, ...rest } = message
      return rest
    }
    case "user": {
      const { name: _, ...rest } = message
      return {
        ...rest,
        content: message.content.flatMap((part, index) => prompt(part, `${at}.content[${index}]`, objections))
      }
    }
    case "assistant":
      return answer(message, at, objections)
    case "tool":
      return { ...message, content: message.content.map(result) }
  }
}

type UserPart = UserMessage["content"][number]

const prompt = (part: UserPart, at: string, objections: Objections): ReadonlyArray<UserPart> => {
  if (part.type !== "file") return [part]
  const text = documentText(part)
  if (text !== undefined) return [{ type: "text", text }]
  const chunk = isVideo(part) ? undefined : encodeDocument(part)
  if (chunk === undefined) objections.content(at, "Mistral does not take such a file")
  return chunk === undefined ? [] : [{ type: "provider", protocol: protocolId, value: chunk as unknown as Json }]
}

const isVideo = ({ data, mediaType }: FilePart): boolean =>
  mediaType?.startsWith("video/") === true || (typeof data === "string" && data.startsWith("data:video/"))

/** Mistral has a field for the name of a result's tool, which OpenAI has not. */
const result = ({ name, providerOptions, ...part }: ToolResultPart): ToolResultPart => {
  const own = name === undefined ? {} : { [protocolId]: { name, ...providerOptions?.[protocolId] } }
  return { ...part, id: encodeCallId(part.id), providerOptions: { ...providerOptions, ...own } }
}

/** Content that is more than text is put over the message as it will be. */
const answer = (message: AssistantMessage, at: string, objections: Objections): AssistantMessage => {
  const { name: _, providerOptions, ...rest } = message
  const calls = message.content.flatMap((part) =>
    part.type === "tool-call" ? [{ ...part, id: encodeCallId(part.id) }] : []
  )
  const others = message.content.filter((part) => part.type !== "tool-call")
  for (const part of others) {
    if (part.type === "reasoning" && part.text === "") {
      objections.warn("unsupported-content", "messages", `${at}: a thought without words was left out`)
    }
    if (part.type === "image" || (part.type === "audio" && part.transcript === undefined)) {
      objections.content(at, `an answer may not hold ${part.type} content`)
    }
  }
  const content = encodeContent(others.filter((part) => part.type !== "image"))
  if (typeof content === "string") {
    const text = content === "" ? [] : [{ type: "text" as const, text: content }]
    return { ...rest, ...(providerOptions === undefined ? {} : { providerOptions }), content: [...text, ...calls] }
  }
  const own = { content: content as unknown as Json, ...providerOptions?.[protocolId] }
  return { ...rest, content: calls, providerOptions: { ...providerOptions, [protocolId]: own } }
}
