import * as Hash from "effect/Hash"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Message } from "../../domain/Message.ts"

interface Key {
  readonly key: string
  readonly ttlMillis: number
}

const shortMillis = 5 * 60_000
const longMillis = 60 * 60_000

interface Marked {
  readonly cacheControl?: { readonly ttl?: "5m" | "1h" | undefined } | undefined
}

export const isChat = (request: CallRequest): request is ChatRequest =>
  "messages" in request && Array.isArray(request.messages)

const partsOf = ({ content }: Message): ReadonlyArray<Marked> => (Array.isArray(content) ? content : [])

/** The ttl of the longest cache that the request asks for, or the providers' default. */
const ttlOf = (request: CallRequest): number => {
  if (!isChat(request)) return shortMillis
  const isLong = ({ cacheControl }: Marked): boolean => cacheControl?.ttl === "1h"
  const asksForLong =
    request.tools?.some(isLong) === true || request.messages.some((message) => partsOf(message).some(isLong))
  return asksForLong ? longMillis : shortMillis
}

const isMarked = ({ cacheControl }: Marked): boolean => cacheControl !== undefined

/** The beginning of a prompt, which stays as a conversation grows: up to a cache mark, or else the first message of the user. */
const beginning = ({ messages, tools = [] }: ChatRequest): string => {
  let text = tools.map(toolText).join(" ")
  if (tools.some(isMarked)) return text
  for (const message of messages) {
    text += ` ${message.role}`
    for (const part of partsOf(message)) {
      text += ` ${partText(part)}`
      if (isMarked(part)) return text
    }
    if (message.role !== "system") break
  }
  return text
}

/** The text of tools, which are the same objects in every call. */
const knownTools = new WeakMap<object, string>()

const toolText = (tool: object): string => {
  const known = knownTools.get(tool)
  if (known !== undefined) return known
  const text = JSON.stringify(tool)
  knownTools.set(tool, text)
  return text
}

/** A part without its mark: marks move as a conversation grows. */
const partText = (part: Marked & { readonly text?: unknown }): string => {
  if (typeof part.text === "string") return part.text
  const { cacheControl: _, ...unmarked } = part
  return JSON.stringify(unmarked, withoutBytes)
}

/** Replaces images and recordings by their size and first bytes. */
const withoutBytes = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? [value.length, ...value.subarray(0, 64)] : value

/** Pins by the beginning of the prompt. */
export const byPrompt = (request: CallRequest): Key | undefined => {
  if (!isChat(request) || request.messages.length === 0) return undefined
  const text = beginning(request)
  return { key: `prompt ${Hash.string(text)} ${text.length}`, ttlMillis: ttlOf(request) }
}

/** A random number that is the same for everything with this key. */
export const seedOf = (key: string): number => (Hash.string(key) >>> 0) / 2 ** 32

/** Pins by the session of the call, or by a custom key. */
export const bySession = (
  request: CallRequest,
  session: string | undefined,
  keyOf?: (request: CallRequest, session: string | undefined) => string | undefined
): Key | undefined => {
  const metadata = isChat(request) ? request.metadata : undefined
  const own = session ?? metadata?.session ?? metadata?.session_id ?? request.user
  const key = keyOf === undefined ? own : keyOf(request, session)
  return key === undefined ? undefined : { key: `session ${key}`, ttlMillis: ttlOf(request) }
}
