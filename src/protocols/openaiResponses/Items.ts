import type {
  Citation,
  ImagePart,
  ProviderOptions,
  ReasoningPart,
  TextPart,
  ToolCallPart
} from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { base64Of, imageUrl } from "../wire/request/MediaInput.ts"
import { decodeArguments, decodeInputText } from "../wire/request/Tools.ts"
import {
  array,
  compact,
  isObject,
  nonNegativeInt,
  object,
  setOf,
  text,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

/** `providerOptions` and provider parts under this id hold wire objects of this protocol. */
export const protocolId = "openai-responses"

export const own = new OwnFields(protocolId)

/** The fields that the options of a part or message add to its wire object. */
export const optionsOf = (part: object, provider = protocolId): WireObject =>
  "providerOptions" in part ? own.patched({}, part.providerOptions as ProviderOptions | undefined, provider) : {}

/** A call whose input is text in one field, or a built-in tool with its name and the fields that are its input. */
type CallKind = (
  | { readonly written: string; readonly name?: undefined; readonly fields?: undefined }
  | { readonly written?: undefined; readonly name: string; readonly fields: ReadonlyArray<string> }
) & { readonly isServed?: true }

/** Source: https://platform.openai.com/docs/api-reference/responses/object */
const callKinds: { readonly [type: string]: CallKind } = {
  function_call: { written: "arguments" },
  custom_tool_call: { written: "input" },
  mcp_call: { written: "arguments", isServed: true },
  computer_call: { name: "computer", fields: ["action", "actions"] },
  local_shell_call: { name: "local_shell", fields: ["action"] },
  shell_call: { name: "shell", fields: ["action"] },
  apply_patch_call: { name: "apply_patch", fields: ["operation"] },
  tool_search_call: { name: "tool_search", fields: ["arguments"] },
  web_search_call: { name: "web_search", fields: ["action"], isServed: true },
  file_search_call: { name: "file_search", fields: ["queries"], isServed: true },
  code_interpreter_call: { name: "code_interpreter", fields: ["code"], isServed: true },
  image_generation_call: { name: "image_generation", fields: ["revised_prompt"], isServed: true }
}

const kindOf = (type: unknown): CallKind | undefined =>
  typeof type === "string" && Object.hasOwn(callKinds, type) ? callKinds[type] : undefined

/** The field that holds the input of a call as text, if its input is text. */
export const writtenField = (type: unknown): string | undefined => kindOf(type)?.written

/** A call of another server's own tool: an unknown type whose input is text (xAI's `x_search_call`, Azure's). */
const isForeign = ({ arguments: input, type }: WireObject): boolean =>
  typeof input === "string" && typeof type === "string" && type.endsWith("_call") && kindOf(type) === undefined

/** Whether nothing of an item is read, because its type is unknown: it is neither a message, nor reasoning, nor a call. */
export const isKeptWhole = (item: WireObject): boolean =>
  typeof item.type === "string" &&
  item.type !== "message" &&
  item.type !== "reasoning" &&
  kindOf(item.type) === undefined &&
  !isForeign(item)

/** Whether the server runs the call. xAI's searches of X are custom tools whose ids alone tell them from the caller's. */
export const isServed = (item: WireObject): boolean => {
  switch (item.type) {
    case "shell_call":
      return object(item.environment)?.type === "container_reference"
    case "tool_search_call":
      return item.execution !== "client"
    case "custom_tool_call":
      return text(item.call_id)?.startsWith("xs_call_") === true
    default:
      return kindOf(item.type)?.isServed === true || isForeign(item)
  }
}

/** The id that a call and its result share, as the server gave it. */
export const callIdOf = (item: WireObject): string | undefined => text(item.call_id) ?? text(item.id)

/** The item of a call with the id that `idOf` chooses; a call that the server runs keeps its own. */
export const withCallId = (item: WireObject, idOf: (id: unknown) => string): WireObject => {
  if (writtenField(item.type) === undefined) return item
  const wireId = callIdOf(item)
  const id = wireId !== undefined && isServed(item) ? wireId : idOf(wireId)
  return id === wireId ? item : { ...item, call_id: id }
}

/**
 * The call of an item, or undefined where the item is no call or lacks an id or a name. Unknown fields of a call that the
 * caller runs go to `providerOptions`, with the `type` unless it is a function.
 */
export const decodeCall = (item: WireObject): ToolCallPart | undefined => {
  const { type } = item
  const kind = kindOf(type)
  const id = callIdOf(item)
  if (kind === undefined && !isForeign(item)) return undefined
  const name = kind?.name ?? text(item.name) ?? (kind === undefined ? text(type)?.replace(/_call$/, "") : undefined)
  if (name === undefined || id === undefined) return undefined
  const isOwn = isServed(item)
  // xAI writes the input of all its own tools as text.
  const isText = kind?.fields === undefined || (isOwn && typeof item.arguments === "string")
  const input = isText ? decodeWritten(item) : { input: decodeFields(item, kind.fields) }
  const call: ToolCallPart = { type: "tool-call", id, name, ...input }
  if (isOwn) return { ...call, providerExecuted: true }
  const providerOptions = callOptions(item)
  return providerOptions === undefined ? call : { ...call, providerOptions }
}

/** Whether an item is a call of a tool that nobody can run. */
export const isNameless = (item: WireObject): boolean =>
  writtenField(item.type) !== undefined && text(item.name) === undefined && !isServed(item)

const decodeWritten = (item: WireObject): Pick<ToolCallPart, "input" | "rawInput"> => {
  const input = item[writtenField(item.type) ?? "arguments"]
  // Some servers send the arguments as an object.
  if (isObject(input)) return { input: input as Json }
  if (item.type !== "custom_tool_call") return decodeArguments(text(input) ?? "")
  return input === "" ? { rawInput: "" } : decodeInputText(text(input) ?? "")
}

const decodeFields = (item: WireObject, fields: ReadonlyArray<string>): Json => {
  const present = fields.filter((field) => item[field] !== undefined && item[field] !== null)
  const [only = "", ...more] = fields
  if (more.length === 0 && isObject(item[only])) return item[only] as Json
  return Object.fromEntries(present.map((field) => [field, item[field] as Json]))
}

/** The fields of a call's item that are not part of the call itself. */
export const callOptions = (item: WireObject): ProviderOptions | undefined => {
  const { status, type } = item
  const known = new Set(["call_id", "name", writtenField(type) ?? "", ...(kindOf(type)?.fields ?? [])])
  if (type === "function_call") known.add("type")
  if (status === "completed") known.add("status")
  return own.options(unknownFields(item, known))
}

/** The item of a call that the caller runs; its type is among its options unless it is a function. */
export const encodeCall = ({ id: call_id, input, name, rawInput }: ToolCallPart, type: string): WireObject => {
  const kind = kindOf(type)
  if (kind?.written !== undefined)
    return { type, call_id, name, [kind.written]: rawInput ?? JSON.stringify(input ?? {}) }
  const [only = "", ...more] = kind?.fields ?? []
  return compact({ type, call_id, status: "completed", ...(more.length === 0 ? { [only]: input } : object(input)) })
}

/** The type of a call's item, by the call's options. */
export const callType = ({ type }: WireObject): string =>
  typeof type === "string" && kindOf(type) !== undefined ? type : "function_call"

/**
 * The parts of an item other than a message. A call that the server ran is the call and then its whole item, so that it
 * goes back unchanged; a generated image is an image part with the rest of its item as options.
 */
export const decodeItem = (item: WireObject): ReadonlyArray<AssistantPart> => {
  if (item.type === "reasoning") return [decodeReasoning(item)]
  const call = decodeCall(item)
  if (call === undefined) return [own.part(item)]
  return isServed(item) ? [call, decodeImage(item) ?? own.part(item)] : [call]
}

const messageKeys = setOf("type role content")

/** The fields of a message besides its content: its id, its phase, and a status other than completed. */
export const messageOptions = (item: WireObject): ProviderOptions | undefined =>
  own.options(unknownFields(item.status === "completed" ? { ...item, status: undefined } : item, messageKeys))

const imageKeys = setOf("result")

const decodeImage = (item: WireObject): ImagePart | undefined => {
  const result = text(item.result)
  if (item.type !== "image_generation_call" || result === undefined) return undefined
  const format = text(item.output_format)
  const mediaType = format === undefined ? undefined : `image/${format === "svg" ? "svg+xml" : format}`
  return {
    type: "image",
    data: mediaType === undefined ? imageUrl(result) : `data:${mediaType};base64,${result}`,
    ...(mediaType === undefined ? {} : { mediaType }),
    providerOptions: { [protocolId]: unknownFields(item, imageKeys) ?? {} }
  }
}

/** The item of a generated image, or undefined where its bytes are not at hand. */
export const encodeImage = ({ data, mediaType }: ImagePart, options: WireObject): WireObject | undefined => {
  const image = base64Of(data, mediaType)
  return image && { type: "image_generation_call", status: "completed", ...options, result: image.base64 }
}

/** What separates the parts of a summary. */
export const separator = "\n\n"

/** The text of a reasoning item: `content` is the reasoning itself, `summary` is what OpenAI shows instead. */
export const reasoningText = (item: WireObject, kind: "content" | "summary"): string =>
  array(item[kind])
    .flatMap((part) => (isObject(part) ? (text(part.text) ?? []) : []))
    .join(separator)

/** `raw` is kept where the other fields cannot rebuild the item. Servers refuse to be sent its status. */
export const decodeReasoning = (item: WireObject): ReasoningPart => {
  const part: ReasoningPart = {
    type: "reasoning",
    text: reasoningText(item, "content") || reasoningText(item, "summary"),
    ...compact({ id: text(item.id), encrypted: text(item.encrypted_content), protocol: protocolId })
  }
  const raw = normalized(item)
  return JSON.stringify(normalized(reasoningItem(part))) === JSON.stringify(raw) ? part : { ...part, raw: raw as Json }
}

/** The item without empty fields and its status, with sorted keys. */
const normalized = (item: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([key, value]) => value !== null && value !== undefined && key !== "status")
      .filter(([key, value]) => key !== "content" || array(value).length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )

export const reasoningItem = ({ encrypted, id, text }: Omit<ReasoningPart, "type">): WireObject =>
  compact({
    type: "reasoning",
    id,
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: encrypted
  })

/** The item of a reasoning part, or undefined where nothing proves that a model of this protocol wrote it. */
export const encodeReasoning = (part: ReasoningPart): WireObject | undefined => {
  const { encrypted, id, protocol, raw } = part
  if (protocol !== protocolId) return undefined
  if (isObject(raw) && raw.type === "reasoning") return raw
  return id === undefined && encrypted === undefined ? undefined : reasoningItem(part)
}

const urlCitationKeys = setOf("type url title start_index end_index")

/** The citation of an annotation; `raw` is the annotation itself where the other fields cannot rebuild it. */
export const decodeAnnotation = (annotation: WireObject): Citation => {
  const { end_index, filename, index, start_index, title, type, url } = annotation
  const keys = Object.keys(annotation)
  const isPlain =
    type === "url_citation" &&
    urlCitationKeys.size === keys.length &&
    keys.every((key) => urlCitationKeys.has(key) && annotation[key] !== "")
  return compact({
    url: text(url),
    title: text(title) ?? text(filename),
    documentIndex: type === "file_citation" ? nonNegativeInt(index) : undefined,
    start: nonNegativeInt(start_index),
    end: nonNegativeInt(end_index),
    raw: isPlain ? undefined : (annotation as Json)
  })
}

const annotationTypes = setOf("url_citation file_citation container_file_citation file_path")

/** The annotation of a citation, or undefined for a place in a document of another protocol. */
const encodeAnnotation = ({ end, raw, start, title, url }: Citation, length: number): WireObject | undefined => {
  if (isObject(raw) && annotationTypes.has(text(raw.type) ?? "") && raw.url_citation === undefined) return raw
  return url === undefined
    ? undefined
    : { type: "url_citation", url, title: title ?? "", start_index: start ?? 0, end_index: end ?? length }
}

export const encodeAnnotations = (citations: TextPart["citations"] = [], text: string): ReadonlyArray<WireObject> =>
  citations.flatMap((citation): WireObject | ReadonlyArray<WireObject> => encodeAnnotation(citation, text.length) ?? [])

/** The content of a message that a part is, or undefined where the part is an item of its own. */
export const encodeText = (part: AssistantPart): WireObject | undefined => {
  switch (part.type) {
    case "text":
      return { type: "output_text", text: part.text, annotations: encodeAnnotations(part.citations, part.text) }
    case "refusal":
      return { type: "refusal", refusal: part.text }
    case "audio":
      return part.transcript === undefined ? undefined : { type: "output_text", text: part.transcript }
    default:
      return undefined
  }
}

/** Consecutive texts that are one message. */
export interface OutputMessage {
  readonly type: "message"
  readonly options: WireObject
  readonly content: Array<WireObject>
}

/** Parts by their index, with each run of texts that name no other message as one message. */
export const groupTexts = <Part extends AssistantPart>(
  parts: ReadonlyArray<Part>,
  provider = protocolId
): ReadonlyMap<number, Part | OutputMessage> => {
  const groups = new Map<number, Part | OutputMessage>()
  let open: OutputMessage | undefined
  for (const [index, part] of parts.entries()) {
    const content = encodeText(part)
    if (content === undefined) {
      open = undefined
      groups.set(index, part)
      continue
    }
    const options = part.type === "text" ? optionsOf(part, provider) : {}
    if (open === undefined || (part.type === "text" && options.id !== open.options.id)) {
      open = { type: "message", options, content: [] }
      groups.set(index, open)
    }
    open.content.push(content)
  }
  return groups
}
