/**
 * Checks of conversations that need no network: what no model accepts, and what exceeds documented limits.
 *
 * ```ts
 * const error = Conversation.check(request) // InvalidRequestError | undefined
 * ```
 *
 * Every call is checked this way already; use it to check what you store.
 *
 * @since 0.1.0
 */
import { InvalidRequestError } from "./CallErrors.ts"
import type { ContentPart, MediaData } from "./ContentPart.ts"
import type { ChatRequest } from "./ChatRequest.ts"
import { sniff } from "./MediaType.ts"

/**
 * Documented limits that are checked before a request is sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConversationLimits {
  /** The largest image, in bytes. */
  readonly imageBytes?: number | undefined
  /** The most images in one request. */
  readonly images?: number | undefined
  /** The most pixels of a side of an image, and where there are more than `manyImages` images. */
  readonly imagePixels?: number | undefined
  readonly manyImages?: number | undefined
  readonly manyImagePixels?: number | undefined
  /** The largest request, in bytes of its body. */
  readonly requestBytes?: number | undefined
}

/**
 * Returns the error of a conversation that no model accepts: no messages, a tool result without its call, a call with
 * two results or none before the next turn, bytes without a media type. The error names the message. Where the provider
 * stores earlier turns (`previous_response_id` or `conversation` in the options), a result may belong to a call that is
 * not here; with those, or with a stored `prompt`, there may be no messages.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = (request: ChatRequest): InvalidRequestError | undefined => {
  const invalid = (at: string, detail: string) => new InvalidRequestError({ at, detail })
  const answered = new Set<string>()
  const open = new Map<string, ReadonlyArray<() => string>>()
  let isAnswering = false
  const firstOpen = (when: string): InvalidRequestError | undefined => {
    const [first] = open
    if (first === undefined) return undefined
    const [id, [where]] = first
    return invalid(where?.() ?? "messages", `the tool call ${JSON.stringify(id)} has no tool result ${when}`)
  }
  const isContinuation = isContinued(request)
  if (request.messages.length === 0 && !isContinuation && !hasOption(request, "prompt"))
    return invalid("messages", "there are no messages")
  for (const [m, { content, role }] of request.messages.entries()) {
    const isNext = role === "user" || (role === "assistant" && isAnswering)
    const unanswered = isNext && open.size > 0 ? firstOpen(`before the ${role} turn at messages[${m}]`) : undefined
    if (unanswered !== undefined) return unanswered
    if (role !== "system") isAnswering = role === "tool"
    if (content.length === 0 && role !== "assistant") return invalid(`messages[${m}]`, "the message has no content")
    for (const [p, part] of (content as ReadonlyArray<ContentPart>).entries()) {
      if (part.type === "text") continue
      const here = () => `messages[${m}].content[${p}]`
      if (part.type === "tool-call" && part.providerExecuted !== true) {
        open.set(part.id, [...(open.get(part.id) ?? []), here])
      } else if (part.type === "tool-result") {
        const [first, ...more] = open.get(part.id) ?? []
        if (first === undefined && answered.has(part.id)) {
          return invalid(here(), `the tool call ${JSON.stringify(part.id)} has two results`)
        }
        if (first === undefined && !isContinuation) {
          return invalid(here(), `no tool call ${JSON.stringify(part.id)} comes before this result`)
        }
        answered.add(part.id)
        if (more.length > 0) open.set(part.id, more)
        else open.delete(part.id)
      }
      for (const inner of withOutput(part)) {
        if (!("data" in inner)) continue
        if (inner.data instanceof Uint8Array && (inner.mediaType ?? "") === "" && sniff(inner.data) === undefined) {
          return invalid(here(), "bytes need a mediaType, such as image/png")
        }
      }
    }
  }
  return firstOpen("at the end of the conversation")
}

/**
 * Whether the provider stores earlier turns of the conversation, by its options.
 *
 * @since 0.1.0
 * @category guards
 */
export const isContinued = (request: ChatRequest): boolean => hasOption(request, "previous_response_id", "conversation")

const hasOption = ({ providerOptions = {} }: ChatRequest, ...names: ReadonlyArray<string>): boolean =>
  Object.values(providerOptions).some((options) => names.some((name) => (options[name] ?? null) !== null))

/** A part, and those of its output. */
const withOutput = (part: ContentPart): ReadonlyArray<ContentPart> =>
  part.type === "tool-result" && typeof part.output !== "string" ? [part, ...part.output] : [part]

/**
 * Returns where and how a conversation exceeds the documented limits of its provider. Another provider may accept it.
 *
 * @since 0.1.0
 * @category validation
 */
export const excess = (
  request: ChatRequest,
  { imageBytes, images = Infinity }: ConversationLimits
): { readonly at: string; readonly detail: string } | undefined => {
  if (imageBytes === undefined && images === Infinity) return undefined
  let count = 0
  for (const [m, message] of request.messages.entries()) {
    for (const [p, part] of (message.content as ReadonlyArray<ContentPart>).entries()) {
      for (const inner of withOutput(part)) {
        if (inner.type !== "image") continue
        count++
        const size = byteLength(inner.data)
        if (imageBytes === undefined || size <= imageBytes) continue
        const detail = `the image has ${size} bytes; this provider accepts at most ${imageBytes}`
        return { at: `messages[${m}].content[${p}]`, detail }
      }
    }
  }
  return count > images
    ? { at: "messages", detail: `there are ${count} images; this provider accepts at most ${images} in a request` }
    : undefined
}

const byteLength = (data: MediaData): number => {
  if (data instanceof Uint8Array) return data.byteLength
  if (typeof data !== "string" || !data.startsWith("data:")) return 0
  const comma = data.indexOf(",")
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0
  return data.slice(0, comma).endsWith(";base64")
    ? Math.floor(((data.length - comma - 1) * 3) / 4) - padding
    : data.length - comma - 1
}
