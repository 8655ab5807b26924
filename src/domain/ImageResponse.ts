import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { MediaData } from "./ContentPart.ts"

/**
 * The images that were made.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
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
export const ImageResponse: Schema.Codec<ImageResponse, unknown> = Schema.Struct({ ...fields, ...CallResponseFields })
