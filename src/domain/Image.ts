import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { MediaData } from "./ContentPart.ts"

/**
 * An input image: its bytes, a URL, or a file that the provider already stores.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageInput extends Schema.Schema.Type<typeof imageInputSchema> {}

const imageInputSchema = Schema.Struct({
  data: MediaData,
  /** IANA media type; required when `data` is bytes. */
  mediaType: Schema.optional(Schema.String),
  fileName: Schema.optional(Schema.String)
})

/**
 * The schema of `ImageInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageInput: Schema.Codec<ImageInput> = imageInputSchema

/**
 * A request for images, made from a prompt or from input images.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  prompt: Schema.String,
  /** Images to edit, or to use as references. */
  images: Schema.optional(Schema.Array(ImageInput)),
  /** Only its transparent areas are edited. */
  mask: Schema.optional(ImageInput),
  negativePrompt: Schema.optional(Schema.String),
  /** How many images to make. */
  n: Schema.optional(Schema.Int),
  /** Width and height in pixels, `1024x1024`, or a word of the provider's (`auto`, `2K`). */
  size: Schema.optional(Schema.String),
  /** Width to height, `16:9`. */
  aspectRatio: Schema.optional(Schema.String),
  /** The provider's own word (`low`, `hd`, ...). */
  quality: Schema.optional(Schema.String),
  style: Schema.optional(Schema.String),
  background: Schema.optional(Schema.Literals(["auto", "opaque", "transparent"])),
  /** IANA media type of the generated images. */
  mediaType: Schema.optional(Schema.String),
  /** For lossy formats, 0 to 100. */
  compression: Schema.optional(Schema.Int),
  seed: Schema.optional(Schema.Int),
  /** Whether the response holds URLs rather than bytes, where the provider offers both. */
  responseFormat: Schema.optional(Schema.Literals(["bytes", "url"]))
}

/**
 * The schema of `ImageRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageRequest: Schema.Codec<ImageRequest> = Schema.Struct({ ...requestFields, ...CallRequestFields })

/**
 * A request as people write it: a bare string is the prompt.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageRequestInput = string | ImageRequest

/**
 * The schema of `ImageRequestInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageRequestInput: Schema.Codec<ImageRequestInput> = Schema.Union([Schema.String, ImageRequest])

/**
 * Generated images.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  images: Schema.Array(
    Schema.Struct({
      /** The bytes, or a URL that expires after a while. */
      data: MediaData,
      mediaType: Schema.optional(Schema.String),
      /** The prompt as the provider rewrote it. */
      revisedPrompt: Schema.optional(Schema.String)
    })
  ),
  /** Text that the model wrote along with the images. */
  text: Schema.optional(Schema.String),
  /** Seconds since 1970. */
  created: Schema.optional(Schema.Int)
}

/**
 * The schema of `ImageResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageResponse: Schema.Codec<ImageResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
