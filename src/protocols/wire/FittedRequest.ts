import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ChatProtocol, EncodeOptions } from "../ChatProtocol.ts"
import { marksWarning, withinMarks } from "./CacheMarks.ts"
import { type FitId, mapSame, withCallIds } from "./CallIds.ts"
import { canonicalPart } from "./MediaInput.ts"
import { openedWarning, settled, userFirst } from "./History.ts"
import { plainSchema } from "./PlainSchema.ts"
import { withToolNames } from "./ToolNames.ts"
import type { WireObject } from "./Wire.ts"
import { toolSchema } from "./ToolSchema.ts"

/** What a provider asks of a conversation that other models, tools and MCP servers left behind. */
export interface HistoryRules<in Quirks extends object> {
  /** How an id of a call becomes one that the provider takes. */
  readonly callId: (options: EncodeOptions<Quirks>) => FitId
  /** Whether the first turn has to be the user's. */
  readonly userFirst?: boolean | undefined
  /** How many ends of a prefix to cache it takes, where that is limited. */
  readonly cacheMarks?: ((options: EncodeOptions<Quirks>) => number | undefined) | undefined
  /** What is wrong with a property of a tool's parameters, by its name, if anything is. */
  readonly property?: ((name: string, options: EncodeOptions<Quirks>) => string | undefined) | undefined
}

/**
 * The encoder of a protocol, which is given requests that the provider takes: with names and schemas of tools and ids of
 * calls in its form. What cannot be brought into it is refused by name.
 */
export const fitted =
  <Quirks extends object>(
    encode: ChatProtocol<Quirks>["encodeRequest"],
    rules: HistoryRules<Quirks>
  ): ChatProtocol<Quirks>["encodeRequest"] =>
  (given, options) => {
    const { model, provider } = options
    const read = withMedia(given)
    if (Result.isFailure(read)) return Result.fail(new InvalidRequestError({ provider, model, ...read.failure }))
    const marked = withinMarks(read.success, rules.cacheMarks?.(options) ?? Infinity)
    const { names, request: named } = withToolNames(marked)
    const tools = withSchemas(named.tools)
    if (Result.isFailure(tools)) return Result.fail(new InvalidRequestError({ provider, model, ...tools.failure }))
    const refused = refusedProperty(tools.success, (name) => rules.property?.(name, options))
    if (refused !== undefined) {
      return Result.fail(new UnsupportedParameterError({ provider, model, parameter: "tools", detail: refused }))
    }
    const opened = rules.userFirst === true ? userFirst(named.messages) : named.messages
    const messages = withCallIds(settled(opened), rules.callId(options))
    const responseFormat = withSchema(named.responseFormat)
    const isSame =
      messages === named.messages && tools.success === named.tools && responseFormat === named.responseFormat
    const request: ChatRequest = isSame ? named : { ...named, messages, tools: tools.success, responseFormat }
    const told = [
      ...(marked === read.success ? [] : [marksWarning]),
      ...(opened === named.messages ? [] : [openedWarning])
    ]
    const encoded = encode(request, options)
    if (told.length === 0 && names === undefined) return encoded
    return Result.map(encoded, (encoded) => ({
      ...encoded,
      ...(names === undefined ? {} : { toolNames: names }),
      warnings: [...told, ...encoded.warnings]
    }))
  }

interface Place {
  readonly at: string
  readonly detail: string
}

const withMedia = (request: ChatRequest): Result.Result<ChatRequest, Place> => {
  let wrong: Place | undefined
  const messages = mapSame(request.messages, (message, m) => {
    const content = mapSame(message.content as ReadonlyArray<ContentPart>, (part, p) => {
      const read = canonicalPart(part)
      if (Result.isSuccess(read)) return read.success
      wrong ??= { at: `messages[${m}].content[${p}]`, detail: read.failure }
      return part
    })
    return content === message.content ? message : ({ ...message, content } as Message)
  })
  if (wrong !== undefined) return Result.fail(wrong)
  return Result.succeed(messages === request.messages ? request : { ...request, messages })
}

const withSchema = (format: ChatRequest["responseFormat"]): ChatRequest["responseFormat"] => {
  if (format?.type !== "json-schema") return format
  const schema = plainSchema(format.schema)
  return schema === format.schema ? format : { ...format, schema: schema as typeof format.schema }
}

/** Another provider may take it, so that it is not the request that is wrong. */
const refusedProperty = (
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

const withSchemas = (tools: ChatRequest["tools"]): Result.Result<ChatRequest["tools"], Place> => {
  let copy: Array<ToolDefinition> | undefined
  for (const [index, tool] of (tools ?? []).entries()) {
    const { inputSchema, name } = tool
    const at = `tools[${index}].inputSchema`
    const schema = toolSchema(inputSchema)
    if (Result.isFailure(schema)) return Result.fail({ at, detail: `${name}: ${schema.failure}` })
    if (schema.success === inputSchema) continue
    copy ??= [...(tools ?? [])]
    // Free keys stay free, which strict modes must know.
    const isFree = tool.strict === true && inputSchema.properties === undefined && isOpen(schema.success)
    const fitted = isFree ? { ...schema.success, additionalProperties: true } : schema.success
    copy[index] = { ...tool, inputSchema: fitted as ToolDefinition["inputSchema"] }
  }
  return Result.succeed(copy ?? tools)
}

const isOpen = ({ additionalProperties, properties }: WireObject): boolean =>
  additionalProperties === undefined && Object.keys(properties as object).length === 0
