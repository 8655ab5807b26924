import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ContentPart, MediaData, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { type BlockDecoder, type Decoded, textsOfContent } from "../../wire/request/BlockMessages.ts"
import { checked } from "../../wire/request/Issues.ts"
import { nullable, record } from "../../wire/request/RequestCodec.ts"
import { decodeCacheMark, type UserTurnPart } from "../../wire/request/Tools.ts"
import { array, compact, setOf, isObject, type WireObject } from "../../wire/WireObject.ts"
import { decodeBlock, own, protocolId } from "../Messages.ts"

/** The fields of a prompt's part besides its content. */
export const promptSchemas = {
  cache_control: nullable(
    Schema.Struct({ type: Schema.Literal("ephemeral"), ttl: nullable(Schema.Literals(["5m", "1h"])) })
  )
}

const content = Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: Schema.String }))])

const source = Schema.Struct({
  type: Schema.String,
  data: Schema.optional(Schema.String),
  media_type: Schema.optional(Schema.String),
  url: Schema.optional(Schema.String),
  file_id: Schema.optional(Schema.String)
})

const call = Schema.Struct({
  ...promptSchemas,
  id: Schema.String,
  name: Schema.String,
  input: record
})

/** The blocks that the domain has parts for. */
const schemas = {
  text: Schema.Struct({ ...promptSchemas, text: Schema.String }),
  image: Schema.Struct({ ...promptSchemas, source }),
  document: Schema.Struct({
    ...promptSchemas,
    source,
    title: nullable(Schema.String),
    context: nullable(Schema.String),
    citations: nullable(Schema.Struct({ enabled: Schema.optional(Schema.Boolean) }))
  }),
  search_result: Schema.Struct({
    ...promptSchemas,
    source: Schema.String,
    title: Schema.String,
    content: Schema.Array(Schema.Struct({ text: Schema.String })),
    citations: nullable(Schema.Struct({ enabled: Schema.optional(Schema.Boolean) }))
  }),
  tool_result: Schema.Struct({
    ...promptSchemas,
    tool_use_id: Schema.String,
    content: nullable(content),
    is_error: nullable(Schema.Boolean)
  }),
  tool_use: call,
  server_tool_use: call,
  thinking: Schema.Struct({ thinking: Schema.String, signature: nullable(Schema.String) }),
  redacted_thinking: Schema.Struct({ data: Schema.String })
}

const textKeys = setOf("type text citations cache_control")
const imageKeys = setOf("type source cache_control")
const documentKeys = setOf("type source title context citations cache_control")
const resultKeys = setOf("type tool_use_id content is_error cache_control")

const decodeAssistantPart = (block: WireObject, at: string): Decoded<AssistantPart> => {
  // A model of another protocol gets the summary of the earlier conversation as text.
  if (block.type === "compaction" && typeof block.content === "string" && block.content.trim() !== "") {
    const { content, type } = block
    const { cacheControl, providerOptions } = promptFields(block, textKeys)
    const fields = { ...providerOptions?.[protocolId], type, content, text: null }
    return Result.succeed({ type: "text", text: content, ...compact({ cacheControl }), ...own.spread(fields) })
  }
  const type = block.type as keyof typeof schemas
  const schema: Schema.ConstraintDecoder<unknown> | undefined = Object.hasOwn(schemas, type) ? schemas[type] : undefined
  return Result.map(schema === undefined ? Result.succeed(block) : checked(schema, block, at), () => {
    const part = decodeBlock(block)
    if (part.type === "text") return { ...part, ...promptFields(block, textKeys) }
    return part.type === "tool-call"
      ? { ...part, ...compact({ cacheControl: decodeCacheMark(block.cache_control) }) }
      : part
  })
}

const decodePart = (block: WireObject, at: string): Decoded<UserTurnPart> => {
  switch (block.type) {
    case "text":
      return Result.map(checked(schemas.text, block, at), ({ text }) => ({
        type: "text",
        text,
        ...promptFields(block, textKeys)
      }))
    case "image":
      return Result.map(checked(schemas.image, block, at), ({ source }): UserTurnPart => {
        const data = decodeSource(source)
        return data === undefined ? own.part(block) : { type: "image", data, ...promptFields(block, imageKeys) }
      })
    case "document":
      return Result.map(checked(schemas.document, block, at), ({ citations, context, source, title }): UserTurnPart => {
        const data = decodeSource(source)
        if (data === undefined) return own.part(block)
        const described = { title: title ?? undefined, context: context ?? undefined, citations: citations?.enabled }
        return { type: "file", data, ...compact(described), ...promptFields(block, documentKeys) }
      })
    case "search_result":
      return Result.map(checked(schemas.search_result, block, at), ({ citations, content, source, title }) => ({
        type: "file",
        data: { text: content.map(({ text }) => text).join("\n") },
        title,
        ...compact({ context: source, citations: citations?.enabled }),
        ...searchFields(block)
      }))
    case "tool_result":
      return Result.flatMap(checked(schemas.tool_result, block, at), (body) => decodeToolResult(block, body, at))
    default:
      return Result.succeed(own.part(block))
  }
}

export const decoder: BlockDecoder = {
  protocol: protocolId,
  content,
  part: decodePart,
  assistantPart: decodeAssistantPart
}

const decodeToolResult = (
  block: WireObject,
  body: typeof schemas.tool_result.Type,
  at: string
): Decoded<ToolResultPart> => {
  const fields = promptFields(block, resultKeys)
  const result = {
    type: "tool-result" as const,
    id: body.tool_use_id,
    ...compact({ isError: body.is_error ?? undefined })
  }
  const content = block.content ?? ""
  if (typeof content === "string") return Result.succeed({ ...result, output: content, ...fields })
  const output: Array<Extract<ContentPart, { type: "text" | "image" | "file" }>> = []
  let isWhole = true
  for (const [index, inner] of array(content).filter(isObject).entries()) {
    const decoded = decodePart(inner, `${at}.content[${index}]`)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    const part = decoded.success
    const said = inToolResult(inner)
    if (said !== undefined) {
      isWhole = false
      output.push({ type: "text", text: said })
    } else if (part.type === "text" || part.type === "image" || part.type === "file") output.push(part)
    else {
      isWhole = false
      output.push(...textsOfContent(inner.content))
    }
  }
  if (isWhole) return Result.succeed({ ...result, output, ...fields })
  const options = { ...fields.providerOptions?.[protocolId], content: content as Json }
  return Result.succeed({ ...result, output, ...fields, ...own.spread(options) })
}

/** The text, for models of other protocols, of a block that only tool results have. */
const inToolResult = ({ content, source, title, tool_name, type }: WireObject): string | undefined => {
  if (type === "tool_reference" && typeof tool_name === "string") return tool_name
  if (type !== "search_result") return undefined
  const texts = textsOfContent(content).map(({ text }) => text)
  return [title, source, texts.join("\n")].filter((text) => typeof text === "string" && text !== "").join("\n\n")
}

/** The data of a source, or none where the domain has no form for it (a document made of blocks). */
const decodeSource = ({ data, file_id, media_type = "", type, url }: typeof source.Type): MediaData | undefined => {
  switch (type) {
    case "base64":
      return `data:${media_type};base64,${data ?? ""}`
    case "url":
      return url
    case "file":
      return file_id === undefined ? undefined : { fileId: file_id }
    case "text":
      return data === undefined ? undefined : { text: data }
    default:
      return undefined
  }
}

/** A result of a search is a document to others; of what makes it one here, a document has no `context`. */
const searchFields = (block: WireObject): ReturnType<typeof promptFields> => {
  const { type, source, content } = block
  const { cacheControl, providerOptions } = promptFields(block, documentKeys)
  const fields = { ...providerOptions?.[protocolId], type, source, content, context: null }
  return { ...(cacheControl !== undefined && { cacheControl }), ...own.spread(fields) }
}

const promptFields = (
  block: WireObject,
  known: ReadonlySet<string>
): Pick<TextPart, "cacheControl" | "providerOptions"> => ({
  ...compact({ cacheControl: decodeCacheMark(block.cache_control) }),
  ...own.rest(block, known)
})
