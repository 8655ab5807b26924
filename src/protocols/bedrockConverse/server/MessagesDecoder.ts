import * as Result from "effect/Result"
import type { CacheControl, FilePart, ImagePart, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { checked } from "../../wire/Issues.ts"
import { decodeBlock, decodeCachePoint } from "../wire/AssistantBlock.ts"
import { decodeMedia, mediaKinds } from "../wire/MediaBlock.ts"
import { blockBodies } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { userTurns } from "../../wire/Tools.ts"

type UserPart = UserMessage["content"][number]

type Decoded<A> = Result.Result<A, InvalidRequestError>

const messageKeys = new Set(["role", "content"])
const resultKeys = new Set(["toolUseId", "content", "status"])

/** Reads the blocks of instructions. */
export const decodeSystem = (system: unknown, at: string): Decoded<ReadonlyArray<TextPart>> =>
  Result.map(decodeParts(array(system).filter(isObject), at, decodePart), (parts) =>
    parts.filter((part) => part.type === "text")
  )

/**
 * Reads a message of the wire: tool results, which a user says there, become messages of their own. A system message
 * that changes tools is a user's message with the role among its options.
 */
export const decodeMessage = (message: WireObject, at: string): Decoded<ReadonlyArray<Message>> =>
  Result.gen(function* () {
    const rest = unknownFields(message, messageKeys)
    const options = rest === undefined ? {} : { providerOptions: { [protocolId]: rest } }
    const blocks = array(message.content).filter(isObject)
    if (message.role === "assistant") {
      const content = yield* decodeParts(blocks, `${at}.content`, decodeAssistantPart)
      return [{ role: "assistant", content, ...options }]
    }
    const parts = yield* decodeParts(blocks, `${at}.content`, decodePart)
    if (message.role !== "system") return userTurns(parts, options)
    const content = parts.filter((part) => part.type === "text")
    if (content.length === parts.length) {
      return [{ role: "system", content, providerOptions: { [protocolId]: { ...rest, role: "system" } } }]
    }
    const providerOptions = { [protocolId]: { ...rest, role: "system" } }
    return [{ role: "user", content: parts.filter((part) => part.type !== "tool-result"), providerOptions }]
  })

/** A cache point marks the part before it; before the first one there is nothing to keep. */
const decodeParts = <Part extends UserPart | AssistantPart | ToolResultPart>(
  blocks: ReadonlyArray<WireObject>,
  at: string,
  decode: (block: WireObject, at: string) => Decoded<Part>
): Decoded<Array<Part>> =>
  Result.gen(function* () {
    const parts: Array<Part> = []
    for (const [index, block] of blocks.entries()) {
      const last = parts.at(-1)
      const cacheControl = decodeCachePoint(block)
      if (cacheControl !== undefined && last !== undefined && isMarkable(last)) {
        parts[parts.length - 1] = { ...last, cacheControl } as Part
      } else parts.push(yield* decode(block, `${at}[${index}]`))
    }
    return parts
  })

const isMarkable = (part: { readonly type: string; readonly cacheControl?: CacheControl | undefined }): boolean =>
  part.type !== "reasoning" && part.type !== "provider" && part.cacheControl === undefined

const checkBlock = (block: WireObject, at: string): Decoded<unknown> => {
  const key = Object.keys(blockBodies).find((key) => block[key] !== undefined && block[key] !== null)
  return key === undefined
    ? Result.succeed(undefined)
    : checked(blockBodies[key as keyof typeof blockBodies] as typeof blockBodies.text, block[key], `${at}.${key}`)
}

const decodeAssistantPart = (block: WireObject, at: string): Decoded<AssistantPart> =>
  "toolResult" in block
    ? Result.succeed(decodeBlock(block))
    : Result.map(checkBlock(block, at), () => decodeBlock(block))

const decodePart = (block: WireObject, at: string): Decoded<UserPart | ToolResultPart> =>
  Result.map(checkBlock(block, at), () => {
    if (typeof block.text === "string") return { type: "text", text: block.text }
    const guarded = object(object(block.guardContent)?.text)?.text
    if (typeof guarded === "string") return guardedText(block, guarded)
    const result = object(block.toolResult)
    if (result !== undefined) return decodeToolResult(result)
    for (const kind of mediaKinds) {
      const media = object(block[kind])
      const part = media === undefined ? undefined : decodeMedia(kind, media)
      if (part !== undefined) return part
    }
    return { type: "provider", protocol: protocolId, value: block as Json }
  })

/** Another protocol reads the text; this one writes the block again that tells a guardrail to look at it. */
const guardedText = (block: WireObject, said: string): TextPart => ({
  type: "text",
  text: said,
  providerOptions: { [protocolId]: { text: null, guardContent: block.guardContent as Json } }
})

const decodeToolResult = (result: WireObject): ToolResultPart => {
  const { content, status } = result
  const output: Array<TextPart | ImagePart | FilePart> = []
  let isWhole = true
  for (const inner of array(content).filter(isObject)) {
    const part = decodeResultPart(inner)
    if (part === undefined) isWhole = false
    output.push(...(part === undefined ? readable(inner) : [part]))
  }
  const rest = unknownFields(result, resultKeys)
  const options = isWhole ? rest : { ...rest, content: content as Json }
  return {
    type: "tool-result",
    id: text(result.toolUseId) ?? "",
    output,
    ...compact({
      isError: status === undefined || status === null ? undefined : status === "error",
      providerOptions: options === undefined ? undefined : { [protocolId]: { toolResult: options } }
    })
  }
}

const decodeResultPart = (block: WireObject): TextPart | ImagePart | FilePart | undefined => {
  if (typeof block.text === "string") {
    return block.text === "" ? undefined : { type: "text", text: block.text }
  }
  for (const kind of ["image", "document", "video"] as const) {
    const media = object(block[kind])
    const part = media === undefined ? undefined : decodeMedia(kind, media)
    if (part !== undefined && part.type !== "audio") return part
  }
  return undefined
}

/** What another protocol can read of JSON, or of a search result: its text. */
const readable = (block: WireObject): ReadonlyArray<TextPart> => {
  if (block.json !== undefined) return [{ type: "text", text: JSON.stringify(block.json) }]
  return array(object(block.searchResult)?.content).flatMap((inner) => {
    const said = text(object(inner)?.text)
    return said === undefined ? [] : [{ type: "text", text: said }]
  })
}
