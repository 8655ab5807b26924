import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ChatProtocol, EncodeOptions } from "../ChatProtocol.ts"
import { type FitId, mapSame, withCallIds } from "./CallIds.ts"
import { canonicalPart } from "./MediaInput.ts"
import { settled } from "./History.ts"
import { withToolNames } from "./ToolNames.ts"
import type { WireObject } from "./Wire.ts"
import { toolSchema } from "./ToolSchema.ts"

/**
 * What a provider asks of a conversation that other models, tools and MCP servers left behind.
 *
 * @since 0.1.0
 * @category models
 */
export interface HistoryRules<in Quirks extends object> {
  /** How an id of a call becomes one that the provider takes. */
  readonly callId: (options: EncodeOptions<Quirks>) => FitId
  /** What is wrong with a property of a tool's parameters, by its name, if anything is. */
  readonly property?: ((name: string) => string | undefined) | undefined
}

/**
 * The encoder of a protocol, which is given requests that the provider takes: with names and schemas of tools and ids of
 * calls in its form. What cannot be brought into it is refused by name.
 *
 * @since 0.1.0
 * @category encoding
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
    const named = withToolNames(read.success)
    const tools = withSchemas(named.request.tools, rules)
    if (Result.isFailure(tools)) return Result.fail(new InvalidRequestError({ provider, model, ...tools.failure }))
    const messages = withCallIds(settled(named.request.messages), rules.callId(options))
    const isSame = messages === named.request.messages && tools.success === named.request.tools
    const request: ChatRequest = isSame ? named.request : { ...named.request, messages, tools: tools.success }
    const encoded = encode(request, options)
    return named.names === undefined
      ? encoded
      : Result.map(encoded, (encoded) => ({ ...encoded, toolNames: named.names }))
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

const withSchemas = (
  tools: ChatRequest["tools"],
  rules: HistoryRules<never>
): Result.Result<ChatRequest["tools"], Place> => {
  let copy: Array<ToolDefinition> | undefined
  for (const [index, tool] of (tools ?? []).entries()) {
    const { inputSchema, name } = tool
    const at = `tools[${index}].inputSchema`
    const schema = toolSchema(inputSchema)
    if (Result.isFailure(schema)) return Result.fail({ at, detail: `${name}: ${schema.failure}` })
    for (const property of Object.keys(schema.success["properties"] as object)) {
      const detail = rules.property?.(property)
      if (detail !== undefined) return Result.fail({ at: `${at}.properties`, detail: `${name}: ${detail}` })
    }
    if (schema.success === inputSchema) continue
    copy ??= [...(tools ?? [])]
    // Free keys stay free, which strict modes must know.
    const isFree = tool.strict === true && inputSchema["properties"] === undefined && isOpen(schema.success)
    const fitted = isFree ? { ...schema.success, additionalProperties: true } : schema.success
    copy[index] = { ...tool, inputSchema: fitted as ToolDefinition["inputSchema"] }
  }
  return Result.succeed(copy ?? tools)
}

const isOpen = ({ additionalProperties, properties }: WireObject): boolean =>
  additionalProperties === undefined && Object.keys(properties as object).length === 0
