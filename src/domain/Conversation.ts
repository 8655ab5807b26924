import { InvalidRequestError } from "./errors/InvalidRequestError.ts"
import type { ContentPart, MediaData } from "./ContentPart.ts"
import type { ChatRequest } from "./ChatRequest.ts"
import { sniff } from "./MediaType.ts"

/**
 * Documented limits that can be checked before anything is sent.
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
 * What makes a conversation one that no model can take, or `undefined`: no messages, a tool result without its call,
 * a call that is answered twice or not at all before the next turn, bytes without a media type, an image over the limit.
 * The error names the message. Where the provider holds what came before (`previous_response_id` or `conversation`
 * among the options), a result may answer a call that is not here; there, or with a `prompt` that it holds, nothing need
 * be said.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = (request: ChatRequest, limits: ConversationLimits = {}): InvalidRequestError | undefined => {
  const invalid = (at: string, detail: string) => new InvalidRequestError({ at, detail })
  const answered = new Set<string>()
  const open = new Map<string, ReadonlyArray<string>>()
  let isAnswering = false
  const firstOpen = (when: string): InvalidRequestError | undefined => {
    const [first] = open
    if (first === undefined) return undefined
    const [id, [where = "messages"]] = first
    return invalid(where, `the tool call ${JSON.stringify(id)} has no tool result ${when}`)
  }
  const has = (...names: ReadonlyArray<string>) =>
    Object.values(request.providerOptions ?? {}).some((options) =>
      names.some((name) => (options[name] ?? null) !== null)
    )
  const goesOn = has("previous_response_id", "conversation")
  if (request.messages.length === 0 && !goesOn && !has("prompt")) return invalid("messages", "there are no messages")
  let images = 0
  for (const [m, message] of request.messages.entries()) {
    const at = `messages[${m}]`
    const isNext = message.role === "user" || (message.role === "assistant" && isAnswering)
    const unanswered = isNext ? firstOpen(`before the ${message.role} turn at ${at}`) : undefined
    if (unanswered !== undefined) return unanswered
    if (message.role !== "system") isAnswering = message.role === "tool"
    if (message.content.length === 0 && message.role !== "assistant") return invalid(at, "the message has no content")
    for (const [p, part] of (message.content as ReadonlyArray<ContentPart>).entries()) {
      const here = `${at}.content[${p}]`
      if (part.type === "tool-call" && part.providerExecuted !== true) {
        open.set(part.id, [...(open.get(part.id) ?? []), here])
      } else if (part.type === "tool-result") {
        const [first, ...more] = open.get(part.id) ?? []
        if (first === undefined && answered.has(part.id)) {
          return invalid(here, `the tool call ${JSON.stringify(part.id)} is answered twice`)
        }
        if (first === undefined && !goesOn) {
          return invalid(here, `no tool call ${JSON.stringify(part.id)} comes before this result`)
        }
        answered.add(part.id)
        if (more.length > 0) open.set(part.id, more)
        else open.delete(part.id)
      }
      for (const inner of [
        part,
        ...(part.type === "tool-result" && typeof part.output !== "string" ? part.output : [])
      ]) {
        if (inner.type !== "image" && inner.type !== "audio" && inner.type !== "file") continue
        if (inner.data instanceof Uint8Array && (inner.mediaType ?? "") === "" && sniff(inner.data) === undefined) {
          return invalid(here, "bytes need a mediaType, such as image/png")
        }
        if (inner.type !== "image") continue
        images++
        const size = byteLength(inner.data)
        if (limits.imageBytes !== undefined && size > limits.imageBytes) {
          return invalid(here, `the image has ${size} bytes; this provider takes at most ${limits.imageBytes}`)
        }
      }
    }
  }
  const unanswered = firstOpen("at the end of the conversation")
  if (unanswered !== undefined) return unanswered
  if (limits.images !== undefined && images > limits.images) {
    return invalid("messages", `there are ${images} images; this provider takes at most ${limits.images} in a request`)
  }
  return undefined
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
