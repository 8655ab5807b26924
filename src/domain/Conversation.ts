import { InvalidRequestError } from "./errors/InvalidRequestError.ts"
import type { ContentPart, MediaData } from "./ContentPart.ts"
import type { ChatRequest } from "./ChatRequest.ts"

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
 * a call that is not answered before the next user turn, bytes without a media type, an image over the limit.
 * The error names the message. Where the provider holds what came before (`previous_response_id` or `conversation`
 * among the options), a result may answer a call that is not here; there, or with a `prompt` that it holds, nothing need
 * be said.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = (request: ChatRequest, limits: ConversationLimits = {}): InvalidRequestError | undefined => {
  const invalid = (at: string, detail: string) => new InvalidRequestError({ at, detail })
  const called = new Set<string>()
  const unanswered = new Map<string, string>()
  const has = (...names: ReadonlyArray<string>) =>
    Object.values(request.providerOptions ?? {}).some((options) =>
      names.some((name) => (options[name] ?? null) !== null)
    )
  const goesOn = has("previous_response_id", "conversation")
  if (request.messages.length === 0 && !goesOn && !has("prompt")) return invalid("messages", "there are no messages")
  let images = 0
  for (const [m, message] of request.messages.entries()) {
    const at = `messages[${m}]`
    const [open] = unanswered
    if (message.role === "user" && open !== undefined) {
      const [id, where] = open
      return invalid(where, `the tool call ${JSON.stringify(id)} has no tool result before the user turn at ${at}`)
    }
    if (message.content.length === 0 && message.role !== "assistant") return invalid(at, "the message has no content")
    for (const [p, part] of (message.content as ReadonlyArray<ContentPart>).entries()) {
      const here = `${at}.content[${p}]`
      if (part.type === "tool-call" && part.providerExecuted !== true) {
        called.add(part.id)
        unanswered.set(part.id, here)
      } else if (part.type === "tool-result") {
        if (!called.has(part.id) && !goesOn)
          return invalid(here, `no tool call ${JSON.stringify(part.id)} comes before this result`)
        unanswered.delete(part.id)
      }
      for (const inner of [
        part,
        ...(part.type === "tool-result" && typeof part.output !== "string" ? part.output : [])
      ]) {
        if (inner.type !== "image" && inner.type !== "audio" && inner.type !== "file") continue
        if (inner.data instanceof Uint8Array && (inner.mediaType ?? "") === "") {
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
