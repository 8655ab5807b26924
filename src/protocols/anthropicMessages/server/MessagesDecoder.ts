import * as Result from "effect/Result"
import type {
  CacheControl,
  ContentPart,
  ProviderOptions,
  TextPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { decodeBlock } from "../wire/AssistantBlock.ts"
import { decodeSource } from "../wire/MediaSource.ts"
import { blockBodies } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { checked } from "../../wire/Issues.ts"
import { userTurns } from "../../wire/Tools.ts"

type UserPart = UserMessage["content"][number]

type Decoded<A> = Result.Result<A, InvalidRequestError>

const messageKeys = new Set(["role", "content"])
const textKeys = new Set(["type", "text", "citations", "cache_control"])
const imageKeys = new Set(["type", "source", "cache_control"])
const documentKeys = new Set(["type", "source", "title", "context", "citations", "cache_control"])
const resultKeys = new Set(["type", "tool_use_id", "content", "is_error", "cache_control"])

/** Reads the text blocks of instructions. */
export const decodeSystem = (system: unknown, at: string): Decoded<ReadonlyArray<TextPart>> =>
  Result.gen(function* () {
    const parts: Array<TextPart> = []
    for (const [index, block] of blocksOf(system).entries()) {
      const part = yield* decodePart(block, `${at}[${index}]`)
      if (part.type === "text") parts.push(part)
    }
    return parts
  })

/**
 * Reads a message of the wire: tool results, which a user says there, become messages of their own. A system message
 * that changes tools is a user's message with the role among its options.
 */
export const decodeMessage = (message: WireObject, at: string): Decoded<ReadonlyArray<Message>> =>
  Result.gen(function* () {
    const rest = unknownFields(message, messageKeys)
    const options = rest === undefined ? {} : { providerOptions: { [protocolId]: rest } }
    const blocks = blocksOf(message.content)
    if (message.role === "assistant") {
      const content: Array<AssistantPart> = []
      for (const [index, block] of blocks.entries()) {
        content.push(yield* decodeAssistantPart(block, `${at}.content[${index}]`))
      }
      return [{ role: "assistant", content, ...options }]
    }
    const parts: Array<UserPart | ToolResultPart> = []
    for (const [index, block] of blocks.entries()) parts.push(yield* decodePart(block, `${at}.content[${index}]`))
    if (message.role === "system") {
      const content = parts.filter((part) => part.type === "text")
      const providerOptions = { [protocolId]: { ...rest, role: "system" } }
      if (content.length === parts.length) return [{ role: "system", content, providerOptions }]
      return [{ role: "user", content: parts.filter((part) => part.type !== "tool-result"), providerOptions }]
    }
    return userTurns(parts, options)
  })

const blocksOf = (content: unknown): ReadonlyArray<WireObject> =>
  typeof content === "string" ? [{ type: "text", text: content }] : array(content).filter(isObject)

const decodeAssistantPart = (block: WireObject, at: string): Decoded<AssistantPart> =>
  Result.gen(function* () {
    const type = block.type as keyof typeof blockBodies
    if (Object.hasOwn(blockBodies, type)) yield* checked(blockBodies[type], block, at)
    const part = decodeBlock(block)
    if (part.type === "text") return { ...part, ...promptFields(block, textKeys) }
    return part.type === "tool-call" ? { ...part, ...compact({ cacheControl: cacheControl(block) }) } : part
  })

const decodePart = (block: WireObject, at: string): Decoded<UserPart | ToolResultPart> =>
  Result.gen(function* () {
    switch (block.type) {
      case "text": {
        const body = yield* checked(blockBodies.text, block, at)
        return { type: "text", text: body.text, ...promptFields(block, textKeys) }
      }
      case "image": {
        const { source } = yield* checked(blockBodies.image, block, at)
        const data = decodeSource(source)
        if (data === undefined) break
        return { type: "image", data, ...promptFields(block, imageKeys) }
      }
      case "document": {
        const { citations, context, source, title } = yield* checked(blockBodies.document, block, at)
        const data = decodeSource(source)
        if (data === undefined) break
        const said = { title: title ?? undefined, context: context ?? undefined, citations: citations?.enabled }
        return { type: "file", data, ...compact(said), ...promptFields(block, documentKeys) }
      }
      case "tool_result":
        return yield* decodeToolResult(block, at)
    }
    return { type: "provider", protocol: protocolId, value: block as Json }
  })

const decodeToolResult = (block: WireObject, at: string): Decoded<ToolResultPart> =>
  Result.gen(function* () {
    const body = yield* checked(blockBodies.tool_result, block, at)
    const fields = promptFields(block, resultKeys)
    const result = {
      type: "tool-result" as const,
      id: body.tool_use_id,
      ...compact({ isError: body.is_error ?? undefined })
    }
    if (typeof block.content === "string") return { ...result, output: block.content, ...fields }
    const output: Array<Extract<ContentPart, { type: "text" | "image" | "file" }>> = []
    let isWhole = true
    for (const [index, inner] of array(block.content).filter(isObject).entries()) {
      const part = yield* decodePart(inner, `${at}.content[${index}]`)
      if (part.type === "text" || part.type === "image" || part.type === "file") output.push(part)
      else {
        isWhole = false
        output.push(...readable(inner))
      }
    }
    if (isWhole)
      return { ...result, output: body.content === undefined || body.content === null ? "" : output, ...fields }
    const kept = { ...fields.providerOptions?.[protocolId], content: block.content as Json }
    return { ...result, output, ...fields, providerOptions: { [protocolId]: kept } }
  })

/** What another protocol can read of a search result: its text. */
const readable = (block: WireObject): ReadonlyArray<TextPart> =>
  array(block.content).flatMap((inner) => {
    const said = isObject(inner) ? text(inner.text) : undefined
    return said === undefined ? [] : [{ type: "text", text: said }]
  })

const promptFields = (
  block: WireObject,
  known: ReadonlySet<string>
): { readonly cacheControl?: CacheControl; readonly providerOptions?: ProviderOptions } => {
  const rest = unknownFields(block, known)
  return compact({
    cacheControl: cacheControl(block),
    providerOptions: rest === undefined ? undefined : { [protocolId]: rest }
  })
}

export const cacheControl = ({ cache_control: control }: WireObject): CacheControl | undefined => {
  if (!isObject(control)) return undefined
  return control.ttl === "5m" || control.ttl === "1h" ? { ttl: control.ttl } : {}
}
