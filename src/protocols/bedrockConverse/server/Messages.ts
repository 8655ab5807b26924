import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { FilePart, ImagePart, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import { Json } from "../../../domain/Json.ts"
import { type BlockDecoder, type Decoded, textsOfContent } from "../../wire/request/BlockMessages.ts"
import { checked } from "../../wire/request/Issues.ts"
import { nullable, record } from "../../wire/request/RequestCodec.ts"
import type { UserTurnPart } from "../../wire/request/Tools.ts"
import { array, compact, setOf, isObject, object, text, unknownFields, type WireObject } from "../../wire/WireObject.ts"
import { decodeMedia, mediaKinds, own, protocolId } from "../Media.ts"
import { decodeBlock, decodeCachePoint } from "../Messages.ts"

const media = Schema.Struct({ format: nullable(Schema.String), source: nullable(record) })

/** The blocks that the domain has parts for. */
const schemas: { readonly [key: string]: Schema.ConstraintDecoder<unknown> } = {
  text: Schema.String,
  image: media,
  video: media,
  audio: media,
  document: Schema.Struct({
    format: nullable(Schema.String),
    name: Schema.String,
    source: record,
    context: nullable(Schema.String),
    citations: nullable(Schema.Struct({ enabled: Schema.optional(Schema.Boolean) }))
  }),
  toolUse: Schema.Struct({ toolUseId: Schema.String, name: Schema.String, input: Json }),
  toolResult: Schema.Struct({
    toolUseId: Schema.String,
    content: Schema.Array(record),
    status: nullable(Schema.Literals(["success", "error"]))
  })
}

const resultKeys = setOf("toolUseId content status")

const checkBlock = (block: WireObject, at: string): Decoded<unknown> => {
  for (const [key, schema] of Object.entries(schemas)) {
    if (block[key] !== undefined && block[key] !== null) return checked(schema, block[key], `${at}.${key}`)
  }
  return Result.succeed(undefined)
}

const decodePart = (block: WireObject): UserTurnPart => {
  if (typeof block.text === "string") return { type: "text", text: block.text }
  const guarded = object(object(block.guardContent)?.text)?.text
  if (typeof guarded === "string") {
    // Other protocols read the text; this one writes the block again that makes a guardrail look at it.
    const options = { text: null, guardContent: block.guardContent as Json }
    return { type: "text", text: guarded, providerOptions: own.options(options) }
  }
  if (isObject(block.toolResult)) return decodeToolResult(block.toolResult)
  for (const kind of mediaKinds) {
    const part = decodeMedia(kind, block)
    if (part !== undefined) return part
  }
  return own.part(block)
}

export const decoder: BlockDecoder = {
  protocol: protocolId,
  content: Schema.Array(record),
  part: (block, at) => Result.map(checkBlock(block, at), () => decodePart(block)),
  assistantPart: (block, at) =>
    Result.map("toolResult" in block ? Result.succeed(block) : checkBlock(block, at), () => decodeBlock(block)),
  cachePoint: decodeCachePoint
}

const decodeToolResult = (result: WireObject): ToolResultPart => {
  const { content, status } = result
  const output: Array<TextPart | ImagePart | FilePart> = []
  let isWhole = true
  for (const block of array(content).filter(isObject)) {
    const part = decodeResultPart(block)
    if (part === undefined) isWhole = false
    output.push(...(part === undefined ? readableTexts(block) : [part]))
  }
  const rest = unknownFields(result, resultKeys)
  const options = isWhole ? rest : { ...rest, content: content as Json }
  return {
    type: "tool-result",
    id: text(result.toolUseId) ?? "",
    output,
    ...compact({
      isError: status === undefined || status === null ? undefined : status === "error",
      providerOptions: own.options({ toolResult: options })
    })
  }
}

const decodeResultPart = (block: WireObject): TextPart | ImagePart | FilePart | undefined => {
  if (typeof block.text === "string") return block.text === "" ? undefined : { type: "text", text: block.text }
  for (const kind of mediaKinds) {
    const part = decodeMedia(kind, block)
    if (part !== undefined && part.type !== "audio") return part
  }
  return undefined
}

/** JSON or a search result as text, for other protocols. */
const readableTexts = ({ json, searchResult }: WireObject): ReadonlyArray<TextPart> =>
  json !== undefined ? [{ type: "text", text: JSON.stringify(json) }] : textsOfContent(object(searchResult)?.content)
