import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ContentPart } from "../../../domain/ContentPart.ts"
import type { AssistantMessage, Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { Warning } from "../../../domain/Warning.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../../../domain/CallErrors.ts"
import type { ChatProtocol, EncodeOptions } from "../../ChatProtocol.ts"
import { canonicalPart } from "./MediaInput.ts"
import { plainSchema } from "../schema/PlainSchema.ts"
import { type FitId, isOfTools, mapSame, withCallIds, withToolNames } from "./ToolIdentifiers.ts"
import { toolSchema } from "../schema/ToolSchema.ts"
import type { WireObject } from "../WireObject.ts"

/** The requirements of a server on conversations, which may come from other models, tools and MCP servers. */
export interface HistoryRules<in Quirks extends object> {
  /** Turns the id of a tool call into one that the server accepts. */
  readonly callId: (options: EncodeOptions<Quirks>) => FitId
  /** Whether messages may say who of several wrote them. */
  readonly names?: boolean | undefined
  /** Whether the first turn has to be the user's. */
  readonly userFirst?: boolean | undefined
  /** The most `cacheControl` marks of one request. */
  readonly cacheMarks?: ((options: EncodeOptions<Quirks>) => number | undefined) | undefined
  /** What is wrong with the name of a property of a tool's parameters, if anything is. */
  readonly property?: ((name: string, options: EncodeOptions<Quirks>) => string | undefined) | undefined
}

/**
 * An encoder whose requests have media, names and schemas of tools, ids of calls and an order of messages that the server
 * accepts. What cannot be brought into that form is an error that names the place.
 */
export const fitted =
  <Quirks extends object>(
    encode: ChatProtocol<Quirks>["encodeRequest"],
    rules: HistoryRules<Quirks>
  ): ChatProtocol<Quirks>["encodeRequest"] =>
  (original, options) => {
    const { model, provider } = options
    const invalid = (issue: InvalidPlace) => Result.fail(new InvalidRequestError({ provider, model, ...issue }))
    const canonical = withCanonicalMedia(original)
    if (Result.isFailure(canonical)) return invalid(canonical.failure)
    const marked = withinMarks(canonical.success, rules.cacheMarks?.(options) ?? Infinity)
    const { names: toolNames, request: named } = withToolNames(marked)
    const tools = withToolSchemas(named.tools)
    if (Result.isFailure(tools)) return invalid(tools.failure)
    const detail = rules.property && unsupportedProperty(tools.success, (name) => rules.property?.(name, options))
    if (detail !== undefined) {
      return Result.fail(new UnsupportedParameterError({ provider, model, parameter: "tools", detail }))
    }
    const opened = rules.userFirst === true ? userFirst(named.messages) : named.messages
    const messages = withCallIds(resultsAfterCalls(opened), rules.callId(options))
    const responseFormat = withPlainSchema(named.responseFormat)
    const isSame =
      messages === named.messages && tools.success === named.tools && responseFormat === named.responseFormat
    const encoded = encode(isSame ? named : { ...named, messages, tools: tools.success, responseFormat }, options)
    const isNameless = rules.names !== true && original.messages.some(isNamed)
    if (marked === canonical.success && opened === named.messages && toolNames === undefined && !isNameless)
      return encoded
    const warnings = [
      ...(isNameless ? [namesWarning] : []),
      ...(marked === canonical.success ? [] : [marksWarning]),
      ...(opened === named.messages ? [] : [openingWarning])
    ]
    return Result.map(encoded, (encoded) => ({
      ...encoded,
      ...(toolNames === undefined ? {} : { toolNames }),
      warnings: [...warnings, ...encoded.warnings]
    }))
  }

interface InvalidPlace {
  readonly at: string
  readonly detail: string
}

const withCanonicalMedia = (request: ChatRequest): Result.Result<ChatRequest, InvalidPlace> => {
  let issue: InvalidPlace | undefined
  const messages = mapSame(request.messages, (message, m) => {
    const content = mapSame(message.content as ReadonlyArray<ContentPart>, (part, p) => {
      const canonical = canonicalPart(part)
      if (Result.isSuccess(canonical)) return canonical.success
      issue ??= { at: `messages[${m}].content[${p}]`, detail: canonical.failure }
      return part
    })
    return content === message.content ? message : ({ ...message, content } as Message)
  })
  if (issue !== undefined) return Result.fail(issue)
  return Result.succeed(messages === request.messages ? request : { ...request, messages })
}

const withPlainSchema = (format: ChatRequest["responseFormat"]): ChatRequest["responseFormat"] => {
  if (format?.type !== "json-schema") return format
  const schema = plainSchema(format.schema)
  return schema === format.schema ? format : { ...format, schema: schema as typeof format.schema }
}

/** Another server may accept the name, so the request itself is not invalid. */
const unsupportedProperty = (
  tools: ChatRequest["tools"] = [],
  problemOf: (name: string) => string | undefined
): string | undefined => {
  for (const [index, { inputSchema, name }] of tools.entries()) {
    for (const property of Object.keys((inputSchema.properties ?? {}) as object)) {
      const problem = problemOf(property)
      if (problem !== undefined) return `tools[${index}].inputSchema.properties: ${name}: ${problem}`
    }
  }
  return undefined
}

const withToolSchemas = (tools: ChatRequest["tools"]): Result.Result<ChatRequest["tools"], InvalidPlace> => {
  if (tools === undefined) return Result.succeed(tools)
  let copy: Array<ToolDefinition> | undefined
  for (const [index, tool] of tools.entries()) {
    const { inputSchema, name } = tool
    const schema = toolSchema(inputSchema)
    if (Result.isFailure(schema)) {
      return Result.fail({ at: `tools[${index}].inputSchema`, detail: `${name}: ${schema.failure}` })
    }
    if (schema.success === inputSchema) continue
    copy ??= [...tools]
    // An object of any keys stays one, which strict modes must know.
    const isOpen = tool.strict === true && inputSchema.properties === undefined && hasAnyKeys(schema.success)
    const fitted = isOpen ? { ...schema.success, additionalProperties: true } : schema.success
    copy[index] = { ...tool, inputSchema: fitted as ToolDefinition["inputSchema"] }
  }
  return Result.succeed(copy ?? tools)
}

const hasAnyKeys = ({ additionalProperties, properties }: WireObject): boolean =>
  additionalProperties === undefined && Object.keys(properties as object).length === 0

/**
 * Messages in which the results of tool calls directly follow the assistant message that made them, as every server
 * demands: assistant messages in a row of which the first has open calls become one, and a system message among the
 * results comes after the last of them. Messages that need no change are the same objects.
 */
export const resultsAfterCalls = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  if (!messages.some(isOfTools)) return messages
  const open = new Set<string>()
  const result: Array<Message> = []
  let waiting: Array<Message> = []
  for (const message of messages) {
    const last = result.at(-1)
    if (message.role === "assistant") {
      const joinsLast = open.size > 0 && last?.role === "assistant"
      if (joinsLast) result[result.length - 1] = joined(last, message)
      else result.push(message)
      for (const part of message.content) {
        if (part.type === "tool-call" && part.providerExecuted !== true) open.add(part.id)
      }
      continue
    }
    if (message.role === "system" && open.size > 0) {
      waiting.push(message)
      continue
    }
    result.push(message)
    if (message.role === "tool") for (const { id } of message.content) open.delete(id)
    if (open.size > 0) continue
    result.push(...waiting)
    waiting = []
  }
  result.push(...waiting)
  return result.length === messages.length && result.every((message, index) => message === messages[index])
    ? messages
    : result
}

const joined = (first: AssistantMessage, second: AssistantMessage): AssistantMessage => ({
  ...first,
  ...second,
  content: [...first.content, ...second.content]
})

/** Messages of which the first turn is the user's: one is added where the assistant's comes first. */
export const userFirst = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const first = messages.findIndex((message) => message.role !== "system" && !isBlank(message))
  return messages[first]?.role === "assistant" ? messages.toSpliced(first, 0, opening) : messages
}

/** A user message that servers ignore or reject. */
const isBlank = ({ content, role }: Message): boolean =>
  role === "user" && content.every((part) => part.type === "text" && part.text.trim() === "")

const opening: Message = {
  role: "user",
  content: [{ type: "text", text: "(Earlier messages are not part of this conversation.)" }]
}

const isNamed = (message: Message): boolean => message.role !== "tool" && message.name !== undefined

const namesWarning: Warning = {
  type: "unsupported-content",
  parameter: "messages",
  message: "the names of messages were left out: the provider knows roles only"
}

const openingWarning: Warning = {
  type: "other",
  parameter: "messages",
  message: "this provider rejects a conversation that begins with the assistant; a user message was inserted before it"
}

/**
 * The most `cacheControl` marks of one request that Claude accepts.
 * Source: https://github.com/envoyproxy/ai-gateway/pull/1712 ("A maximum of 4 blocks with cache_control may be provided")
 */
export const claudeMarks = 4

/**
 * The request with at most that many `cacheControl` marks. The earliest of the conversation go first, since later ones
 * cover the same prefix; those of tools and instructions stay longest. A request that needs no change is the same object.
 */
export const withinMarks = (request: ChatRequest, limit: number): ChatRequest => {
  if (limit === Infinity) return request
  const { messages, tools = [] } = request
  let [instructions, conversation] = [0, 0]
  for (const { content, role } of messages) {
    if (role === "system") instructions += marksIn(content)
    else conversation += marksIn(content)
  }
  const over = tools.filter(isMarked).length + instructions + conversation - limit
  if (over <= 0) return request
  const ofConversation = unmarking(over)
  const ofInstructions = unmarking(over - conversation)
  const ofTools = unmarking(over - conversation - instructions)
  return {
    ...request,
    tools: request.tools?.map(ofTools),
    messages: messages.map((message) => unmarked(message, message.role === "system" ? ofInstructions : ofConversation))
  }
}

type Unmark = ReturnType<typeof unmarking>

const unmarked = (message: Message, unmark: Unmark): Message => {
  const content = (message.content as ReadonlyArray<ContentPart>).map((part) => unmark(unmarkedOutput(part, unmark)))
  return { ...message, content } as Message
}

const unmarkedOutput = (part: ContentPart, unmark: Unmark): ContentPart =>
  part.type === "tool-result" && typeof part.output !== "string" ? { ...part, output: part.output.map(unmark) } : part

/** Removes the marks of the first `count` marked objects. */
const unmarking = (count: number) => {
  let left = count
  return <A extends object>(part: A): A =>
    left > 0 && isMarked(part) && left-- > 0 ? { ...part, cacheControl: undefined } : part
}

const isMarked = (part: object): boolean => "cacheControl" in part && part.cacheControl !== undefined

const marksIn = (content: ReadonlyArray<ContentPart>): number =>
  content.reduce(
    (count, part) =>
      count +
      (isMarked(part) ? 1 : 0) +
      (part.type === "tool-result" && typeof part.output !== "string" ? part.output.filter(isMarked).length : 0),
    0
  )

const marksWarning: Warning = {
  type: "unsupported-content",
  parameter: "cacheControl",
  message: "the provider accepts four cacheControl marks; the earliest in the conversation were left out"
}
