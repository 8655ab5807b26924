import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ConversationLimits } from "../domain/Conversation.ts"
import type { ContentPart, ImagePart } from "../domain/ContentPart.ts"
import { imageSize } from "../tokens/media/ImageRule.ts"
import { mediaBytes } from "../tokens/media/MediaBytes.ts"

/** Bytes from the start of an image among which its size is looked for. */
const header = 256 * 1024

/** What is wrong with the size of an image whose bytes are in the request, if anything is. */
export const checkImages = (
  request: ChatRequest,
  limits: ConversationLimits
): { readonly at: string; readonly detail: string } | undefined => {
  const images = request.messages.flatMap(({ content }, m) =>
    (content as ReadonlyArray<ContentPart>).flatMap((part, p) =>
      imagesOf(part).map((image) => ({ image, at: `messages[${m}].content[${p}]` }))
    )
  )
  const many = limits.manyImages !== undefined && images.length > limits.manyImages
  const most = (many ? limits.manyImagePixels : undefined) ?? limits.imagePixels ?? Infinity
  for (const { at, image } of images) {
    const bytes = mediaBytes(image.data, header)?.bytes
    const size = bytes === undefined ? undefined : imageSize(bytes)
    if (size === undefined || Math.max(size.width, size.height) <= most) continue
    const among = many ? ` in a request with more than ${limits.manyImages} images` : ""
    const detail = `the image has ${size.width}x${size.height} pixels; this provider takes at most ${most} a side${among}`
    return { at, detail }
  }
  return undefined
}

const imagesOf = (part: ContentPart): ReadonlyArray<ImagePart> =>
  part.type === "image"
    ? [part]
    : part.type === "tool-result" && typeof part.output !== "string"
      ? part.output.filter((inner) => inner.type === "image")
      : []
