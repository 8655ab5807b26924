import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { MediaData, ProviderOptions, ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { inlineOf } from "../wire/request/MediaInput.ts"
import { decodeInput, encodeInput } from "../wire/request/Tools.ts"
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

/** `providerOptions` and provider parts under this id are wire objects of this protocol. */
export const protocolId = "google-generate-content"

export const own = new OwnFields(protocolId)

type Options = ProviderOptions[string]

/** The fields that have a value, or `undefined` where none has. */
export const nonEmpty = (fields: WireObject): Options | undefined => {
  const known = compact(fields)
  return Object.keys(known).length === 0 ? undefined : (known as Options)
}

/**
 * A repeated field: one value may stand without the array around it, as in protobuf's JSON. tidyverse/ellmer sends
 * `systemInstruction.parts` so, and the API takes it.
 */
export const listOf = (u: unknown): ReadonlyArray<unknown> =>
  Array.isArray(u) ? u : u === undefined || u === null ? [] : [u]

/**
 * The object with its own keys in camel case, since the API reads both spellings (`inline_data`, `inlineData`).
 * Source: https://protobuf.dev/programming-guides/json
 */
export const camel = (record: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replaceAll(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value
    ])
  )

/** A part of a request in camel case; what calls and results hold keeps its spelling. */
export const camelPart = (part: WireObject): WireObject => {
  const fields = camel(part)
  const nested = ["functionCall", "functionResponse", "inlineData", "fileData", "toolCall", "toolResponse"].flatMap(
    (key) => (isObject(fields[key]) ? [[key, camel(fields[key])] as const] : [])
  )
  return { ...fields, ...Object.fromEntries(nested) }
}

/** Begins the ids of calls that came without one; such ids are not sent back. */
export const callIdPrefix = "gemini-"

export const encodeCallId = (id: string): string | undefined => (id.startsWith(callIdPrefix) ? undefined : id)

/**
 * Stands in for the signature of a call that another model made: Gemini 3 and later refuse a call without one.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const noSignature = "skip_thought_signature_validator"

/** The name of calls that run code; their input is `{ language, code }`. */
const codeExecution = "code_execution"

/** Each part has one of these fields, which tells its kind. */
export const partKinds = [
  "text",
  "functionCall",
  "functionResponse",
  "inlineData",
  "fileData",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse"
]

export const textKeys = setOf("text thought")
export const thoughtKeys: ReadonlySet<string> = new Set([...textKeys, "thoughtSignature"])
/** The API takes an empty text, and some turns hold nothing else: `text` in its options keeps it. */
const emptyTextKeys = setOf("thought")
const callKeys = setOf("id name args partialArgs willContinue")

/** Reads a part of a response; one that the domain has no part for becomes a provider part. */
export const decodePart = (part: WireObject, idOf: (serverId: unknown) => string): AssistantPart => {
  const { executableCode, functionCall, thought, toolCall } = part
  if (isObject(functionCall) && typeof functionCall.name === "string") {
    const known = part.thoughtSignature === noSignature ? ["functionCall", "thoughtSignature"] : ["functionCall"]
    return {
      type: "tool-call",
      id: idOf(functionCall.id),
      name: functionCall.name,
      ...decodeInput(functionCall.args),
      ...own.spread({
        ...unknownFields(part, new Set(known)),
        functionCall: unknownFields(functionCall, callKeys)
      })
    }
  }
  if (typeof part.text === "string") {
    return thought === true
      ? {
          type: "reasoning",
          text: part.text,
          ...compact({ signature: text(part.thoughtSignature) }),
          protocol: protocolId,
          ...own.rest(part, thoughtKeys)
        }
      : { type: "text", text: part.text, ...own.rest(part, part.text === "" ? emptyTextKeys : textKeys) }
  }
  if (isObject(executableCode) && typeof executableCode.code === "string") {
    const { id, ...input } = executableCode
    return serverCall(part, "executableCode", text(id) ?? idOf(undefined), codeExecution, input)
  }
  if (isObject(toolCall) && typeof toolCall.toolType === "string") {
    return serverCall(part, "toolCall", text(toolCall.id) ?? idOf(undefined), toolCall.toolType, toolCall.args)
  }
  const media = thought === true ? undefined : decodeMedia(part)
  const kind = media?.mediaType?.split("/", 1)[0]
  if (media !== undefined && (kind === "image" || kind === "audio")) {
    return { type: kind, ...compact(media) }
  }
  return own.part(part)
}

const serverCall = (part: WireObject, key: string, id: string, name: string, input: unknown): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  input: (input ?? {}) as Json,
  providerExecuted: true,
  ...own.rest(part, new Set([key]))
})

/** A call without its own options; `undefined` where another provider ran it. */
export const encodeCall = (call: ToolCallPart, withId: boolean): WireObject | undefined => {
  const { input, name, providerExecuted } = call
  const id = withId ? encodeCallId(call.id) : undefined
  if (providerExecuted !== true) return { functionCall: compact({ id, name, args: encodeInput(call) }) }
  if (name === codeExecution && isObject(input) && typeof input.code === "string") {
    return { executableCode: compact({ ...input, id }) }
  }
  return /^[A-Z][A-Z_]*$/.test(name) ? { toolCall: compact({ toolType: name, args: input, id }) } : undefined
}

/** The media types that Gemini reads, for URLs without one. */
const mediaTypes: { readonly [extension: string]: string } = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/md",
  html: "text/html",
  csv: "text/csv",
  wav: "audio/wav",
  mp3: "audio/mp3",
  flac: "audio/flac",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  mov: "video/mov",
  webm: "video/webm"
}

const filesUrl = "https://generativelanguage.googleapis.com/v1beta/"
const mediaKeys = setOf("data mimeType fileUri")

/**
 * Bytes and text go inline, anything else by its URL. A file of the Files API may be named with or without the API's URL
 * (`files/abc`).
 * Source: https://ai.google.dev/api/caching#Part
 */
export const encodeMedia = (data: MediaData, mediaType: string | undefined): WireObject => {
  if (typeof data === "object" && "fileId" in data) {
    return fileData(data.fileId.startsWith("files/") ? filesUrl + data.fileId : data.fileId, mediaType)
  }
  if (typeof data === "object" && "text" in data) return inlineData(Base64.encode(data.text), mediaType ?? "text/plain")
  // Recordings have parameters in their type: `audio/L16;codec=pcm;rate=24000`.
  const [head, named = ""] = (typeof data === "string" && /^data:([^,]*);base64,/.exec(data)) || []
  if (head !== undefined) return inlineData(String(data).slice(head.length), named || mediaType)
  if (typeof data !== "string" || data.startsWith("data:")) {
    const inline = inlineOf(data, mediaType)
    return inlineData(inline.base64, inline.mediaType)
  }
  const extension = /\.(\w+)$/.exec(data.split(/[?#]/, 1)[0] ?? "")?.[1]?.toLowerCase() ?? ""
  return fileData(data, mediaType ?? (Object.hasOwn(mediaTypes, extension) ? mediaTypes[extension] : undefined))
}

const inlineData = (data: string, mimeType: string | undefined): WireObject => ({
  inlineData: compact({ mimeType, data })
})

const fileData = (fileUri: string, mimeType: string | undefined): WireObject => ({
  fileData: compact({ mimeType, fileUri })
})

/** Reads `inlineData` or `fileData` of a part, and the rest of the part as options. */
export const decodeMedia = (
  part: WireObject
):
  | {
      readonly data: MediaData
      readonly mediaType: string | undefined
      readonly providerOptions?: ProviderOptions | undefined
    }
  | undefined => {
  const key = isObject(part.inlineData) ? "inlineData" : "fileData"
  const media = camel(object(part[key]) ?? {})
  const { data, fileUri } = media
  const mediaType = text(media.mimeType)
  const options = own.spread({ ...unknownFields(part, new Set([key])), [key]: unknownFields(media, mediaKeys) })
  if (typeof data === "string") {
    const plain = mediaType === "text/plain" ? Result.getOrUndefined(Base64.decodeString(data)) : undefined
    return plain !== undefined && Base64.encode(plain) === data
      ? { data: { text: plain }, mediaType: undefined, ...options }
      : { data: `data:${mediaType ?? ""};base64,${data}`, mediaType, ...options }
  }
  if (typeof fileUri !== "string") return undefined
  const isFile = fileUri.startsWith(filesUrl) || !/^[\w+.-]+:/.test(fileUri)
  return { data: isFile ? { fileId: fileUri } : fileUri, mediaType, ...options }
}

type Container = Record<string, unknown> | Array<unknown>

/**
 * The arguments of a call that arrive in pieces: each names its place (`$.items[0].name`), and texts may go on.
 * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 */
export class PartialArgs {
  readonly value: { readonly [key: string]: Json }

  constructor(input: unknown) {
    this.value = isObject(input) ? { ...(input as { readonly [key: string]: Json }) } : {}
  }

  add(pieces: unknown): void {
    for (const piece of array(pieces)) {
      if (!isObject(piece) || typeof piece.jsonPath !== "string") continue
      const value = piece.stringValue ?? nonNegativeInt(piece.numberValue) ?? piece.numberValue ?? piece.boolValue
      if (value === undefined && !Object.hasOwn(piece, "nullValue")) continue
      this.#set(stepsOf(piece.jsonPath), value ?? null)
    }
  }

  #set(steps: ReadonlyArray<string | number>, value: unknown): void {
    let container: Container = this.value as Container
    for (const [depth, step] of steps.entries()) {
      const before = Object.hasOwn(container, step) ? (container as Record<string | number, unknown>)[step] : undefined
      const next = steps[depth + 1]
      if (next === undefined) {
        put(container, step, typeof before === "string" && typeof value === "string" ? before + value : value)
      } else if (typeof before === "object" && before !== null) {
        container = before as Container
      } else {
        const inner: Container = typeof next === "number" ? [] : {}
        put(container, step, inner)
        container = inner
      }
    }
  }
}

const stepsOf = (path: string): ReadonlyArray<string | number> =>
  [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? single ?? double ?? "") : Number(index)
  )

/** A list grows by one at a time, and a key is never one of the prototype's. */
const put = (container: Container, step: string | number, value: unknown): void => {
  if (Array.isArray(container)) container[Math.min(Number(step), container.length)] = value
  else Object.defineProperty(container, step, { value, writable: true, enumerable: true, configurable: true })
}
