import type { Frame } from "../../../domain/Frame.ts"
import type { ImageInput, ImageRequest, ImageResponse } from "../../../domain/Image.ts"
import type { Json } from "../../../domain/Json.ts"
import type { CallServer, EncodeCallOptions } from "../../Protocol.ts"
import { type CallParameters, type FormFile, isFile } from "../../wire/CallCodec.ts"
import { CallReader } from "../../wire/CallReader.ts"
import { base64Of } from "../../wire/request/MediaInput.ts"
import { compact, object, text, type WireObject } from "../../wire/WireObject.ts"

const scalars = { n: "number", output_compression: "number", partial_images: "number", stream: "boolean" } as const

/** Reads a request of either endpoint: only that for edits has images. */
export const decodeRequest =
  (
    protocol: string,
    parameters: CallParameters<ImageRequest>
  ): CallServer<ImageRequest, ImageResponse>["decodeRequest"] =>
  (body, pathModel) => {
    const reader = new CallReader(protocol, body, scalars)
    const model = reader.model(pathModel)
    const images = [...reader.list("image"), ...reader.list("images")].map((image) => imageOf(image))
    const [mask, ...masks] = reader.list("mask").map(imageOf)
    const format = reader.word("response_format", ["b64_json", "url"])
    const mediaType = reader.word("output_format", ["png", "jpeg", "webp"])
    const stream = reader.flag("stream")
    if (images.includes(undefined)) reader.invalid("image", "expected a file, an image_url or a file_id")
    const fields = reader.parameters<ImageRequest>(parameters)
    if (fields.n !== undefined && fields.n < 1) reader.invalid("n", "expected at least one image")
    if (masks.length > 0) reader.invalid("mask", "expected one image")
    return reader.end<ImageRequest>({
      model,
      stream,
      format,
      request: {
        prompt: reader.text("prompt"),
        ...fields,
        ...compact({
          images: images.length === 0 ? undefined : images.filter((image) => image !== undefined),
          mask,
          mediaType: mediaType && `image/${mediaType}`,
          responseFormat: format && (format === "url" ? "url" : "bytes")
        })
      }
    })
  }

const imageOf = (u: unknown): ImageInput | undefined => {
  if (isFile(u)) return fileOf(u)
  const { file_id: fileId, image_url: url } = object(u) ?? {}
  return typeof url === "string" ? { data: url } : typeof fileId === "string" ? { data: { fileId } } : undefined
}

const fileOf = ({ bytes, fileName, mediaType }: FormFile): ImageInput => ({
  data: bytes,
  fileName,
  ...(mediaType !== "application/octet-stream" && { mediaType })
})

/** Whether all images of a response came as bytes, or as addresses. */
export const isInFormat = ({ images }: ImageResponse, format: string): boolean =>
  images.every(({ data }) => data instanceof Uint8Array === (format === "b64_json"))

/** The fields of a response besides its images. */
const descriptions = ["background", "output_format", "quality", "size"] as const

export const encodeResponse = (
  { created, images, raw, usage }: ImageResponse,
  options: EncodeCallOptions<ImageRequest>
): Json => {
  const fields = object(raw) ?? {}
  return compact({
    created: created ?? options.created,
    data: images.map(({ data, mediaType, revisedPrompt }) =>
      compact({ ...imageFields(data, mediaType), revised_prompt: revisedPrompt })
    ),
    ...Object.fromEntries(descriptions.map((name) => [name, text(fields[name])])),
    usage: usageOf(usage)
  }) as Json
}

const imageFields = (data: ImageResponse["images"][number]["data"], mediaType: string | undefined): WireObject => {
  const inline = base64Of(data, mediaType)
  return inline === undefined ? { url: typeof data === "string" ? data : undefined } : { b64_json: inline.base64 }
}

const usageOf = ({ inputTokens, outputTokens }: ImageResponse["usage"]): WireObject | undefined => {
  const { image: inputImages = 0, total: input } = inputTokens
  const { image: outputImages = 0, total: output } = outputTokens
  return input === undefined || output === undefined
    ? undefined
    : {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        input_tokens_details: { text_tokens: Math.max(0, input - inputImages), image_tokens: inputImages },
        output_tokens_details: { text_tokens: Math.max(0, output - outputImages), image_tokens: outputImages }
      }
}

/** One event for each image, without images that are still being made. */
export const encodeWholeStream = (
  response: ImageResponse,
  options: EncodeCallOptions<ImageRequest>
): ReadonlyArray<Frame> => {
  const { images, raw, usage } = response
  const { request } = options
  const fields = object(raw) ?? {}
  const type = request.images === undefined ? "image_generation.completed" : "image_edit.completed"
  return images.map(({ data, mediaType }) => {
    const event = {
      type,
      ...imageFields(data, mediaType),
      created_at: response.created ?? options.created,
      size: text(fields.size) ?? request.size ?? "auto",
      quality: text(fields.quality) ?? request.quality ?? "auto",
      background: text(fields.background) ?? request.background ?? "auto",
      output_format: text(fields.output_format) ?? (mediaType ?? "image/png").replace("image/", ""),
      usage: usageOf(usage) ?? noTokens
    }
    return { event: type, data: JSON.stringify(event) }
  })
}

const noTokens = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { text_tokens: 0, image_tokens: 0 }
}
