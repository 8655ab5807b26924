import * as Result from "effect/Result"
import { normalize } from "../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { FilePart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import type { EncodedRequest, EncodeOptions } from "../ChatProtocol.ts"
import { documentText } from "../wire/DataUrl.ts"
import { uncommonImage } from "../wire/MediaInput.ts"
import { Issues } from "../wire/Issues.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../OpenAiChat.ts"
import type { EncodeContext } from "../openaiChat/client/EncodeContext.ts"
import * as OpenAi from "../openaiChat/Request.ts"
import * as ParameterTable from "../wire/ParameterTable.ts"
import { renameRequest } from "../wire/RenamedProtocol.ts"
import { encodeContent, encodeDocument } from "./Content.ts"
import { array, protocolId } from "./wire/Wire.ts"
import { inOrder } from "./client/MessageOrder.ts"

const quirks: Partial<OpenAiChatQuirks> = {
  maxTokensField: "max_tokens",
  streamUsage: false,
  strictSchemas: false,
  metadataNeedsStore: false,
  anyMedia: true
}

type Group = ParameterTable.EncodeGroup<EncodeContext>

const tools: Group = (request, context) => {
  const { tool_choice: choice, ...rest } = OpenAi.tools(request, context)
  return { ...rest, tool_choice: choice === "required" ? "any" : choice }
}

/** A model whose reasoning can be turned on and off knows `high` and `none` alone. */
const reasoning: Group = ({ reasoning }, context) => {
  if (reasoning?.budget !== undefined) {
    context.unsupported("reasoning", "Mistral takes an effort, not a budget in tokens")
  }
  const effort = reasoning?.effort
  if (effort === undefined) return {}
  const known = effort === "none" || effort === "minimal" ? "none" : "high"
  if (known !== effort) {
    context.warn({ type: "other", parameter: "reasoning", message: `the effort ${effort} was sent as ${known}` })
  }
  return OpenAi.reasoning({ messages: [], reasoning: { effort: known } }, context)
}

const lacking = { unsupported: "Mistral has no such parameter" }

const parameters = ParameterTable.make<EncodeContext>({
  maxOutputTokens: "max_tokens",
  temperature: "temperature",
  topP: "top_p",
  topK: lacking,
  stop: "stop",
  seed: "random_seed",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  logprobs: lacking,
  tools,
  toolChoice: tools,
  parallelToolCalls: tools,
  responseFormat: OpenAi.format,
  reasoning,
  user: lacking,
  metadata: "metadata",
  serviceTier: "service_tier"
})

/** The parameters that Mistral has no word for. */
export const { unsupported } = parameters

/**
 * Writes a request as OpenAI's, from messages that hold Mistral's chunks already, and with parameters of Mistral's names.
 */
export const encodeRequest = (
  given: ChatRequest,
  options: EncodeOptions<OpenAiChatQuirks>
): Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError> => {
  const request = normalize(given)
  const issues = new Issues(options, request.onUnsupported === "drop")
  const messages = request.messages.map((message, index) => withChunks(message, `messages[${index}]`, issues))
  if (issues.failure !== undefined) return Result.fail(issues.failure)
  const encoded = OpenAi.encodeRequest(
    renameRequest({ ...request, messages }, { from: protocolId, to: OpenAiChat.id }),
    { ...options, quirks: { ...quirks, ...options.quirks } },
    { parameters, shape: (body) => ({ ...body, messages: inOrder(array(body.messages), issues) }) }
  )
  return Result.map(encoded, ({ warnings, ...rest }) => ({ ...rest, warnings: [...issues.warnings, ...warnings] }))
}

/** Mistral refuses fields that it does not know, so no one but a tool is named. */
const withChunks = (message: Message, at: string, issues: Issues): Message => {
  switch (message.role) {
    case "system": {
      const { name: _, ...rest } = message
      return rest
    }
    case "user": {
      const { name: _, ...rest } = message
      return {
        ...rest,
        content: message.content.flatMap((part, index) => prompt(part, `${at}.content[${index}]`, issues))
      }
    }
    case "assistant":
      return answer(message, at, issues)
    case "tool":
      return { ...message, content: message.content.map(result) }
  }
}

type UserPart = UserMessage["content"][number]

const prompt = (part: UserPart, at: string, issues: Issues): ReadonlyArray<UserPart> => {
  const uncommon = part.type === "image" ? uncommonImage(part) : undefined
  if (uncommon !== undefined) {
    issues.content(at, uncommon)
    return []
  }
  if (part.type !== "file") return [part]
  const text = documentText(part)
  if (text !== undefined) return [{ type: "text", text }]
  const chunk = isVideo(part) ? undefined : encodeDocument(part)
  if (chunk === undefined) issues.content(at, "Mistral does not take such a file")
  return chunk === undefined ? [] : [{ type: "provider", protocol: protocolId, value: chunk as unknown as Json }]
}

const isVideo = ({ data, mediaType }: FilePart): boolean =>
  mediaType?.startsWith("video/") === true || (typeof data === "string" && data.startsWith("data:video/"))

/** Mistral has a field for the name of a result's tool, which OpenAI has not. */
const result = ({ name, providerOptions, ...part }: ToolResultPart): ToolResultPart => {
  const own = name === undefined ? {} : { [protocolId]: { name, ...providerOptions?.[protocolId] } }
  return { ...part, providerOptions: { ...providerOptions, ...own } }
}

/** Content that is more than text is put over the message as it will be. */
const answer = (message: AssistantMessage, at: string, issues: Issues): AssistantMessage => {
  const { name: _, providerOptions, ...rest } = message
  const calls = message.content.flatMap((part) => (part.type === "tool-call" ? [part] : []))
  const others = message.content.filter((part) => part.type !== "tool-call")
  for (const part of others) {
    if (part.type === "reasoning" && part.text === "") {
      issues.warn("unsupported-content", "messages", `${at}: a thought without words was left out`)
    }
    if (part.type === "image" || (part.type === "audio" && part.transcript === undefined)) {
      issues.content(at, `an answer may not hold ${part.type} content`)
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
