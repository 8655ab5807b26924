import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { MediaData } from "./ContentPart.ts"

/**
 * An image that is given: its bytes, a URL, or a file that the provider already holds.
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
 * An image to be made from a prompt, or from images that are given.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  prompt: Schema.String,
  /** The images to edit, or to take as references; none to generate. */
  images: Schema.optional(Schema.Array(ImageInput)),
  /** Only what is transparent in it is edited. */
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
  /** IANA media type of the images to be made. */
  mediaType: Schema.optional(Schema.String),
  /** Of lossy formats, 0 to 100. */
  compression: Schema.optional(Schema.Int),
  seed: Schema.optional(Schema.Int),
  /** Whether the answer holds addresses rather than bytes, where the provider has the choice. */
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
 * The images that were made.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  images: Schema.Array(
    Schema.Struct({
      /** The bytes, or an address that is good for a while. */
      data: MediaData,
      mediaType: Schema.optional(Schema.String),
      /** The prompt as the provider rewrote it. */
      revisedPrompt: Schema.optional(Schema.String)
    })
  ),
  /** What the model said beside them. */
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
