import * as Schema from "effect/Schema"
import { Bytes } from "./Bytes.ts"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"

/**
 * A recording to be written down.
 *
 * @since 0.1.0
 * @category models
 */
export interface TranscriptionRequest extends CallRequest, Schema.Struct.Type<typeof fields> {}

const fields = {
  /** The bytes, or an address that the provider reads. */
  audio: Schema.Union([Bytes, Schema.String]),
  /** IANA media type, such as `audio/mpeg`. */
  mediaType: Schema.optional(Schema.String),
  fileName: Schema.optional(Schema.String),
  /** ISO 639-1; the provider finds it out where it is absent. */
  language: Schema.optional(Schema.String),
  /** Words and names to expect, or what was said before. */
  prompt: Schema.optional(Schema.String),
  temperature: Schema.optional(Schema.Finite),
  /** Times of segments, of words, or of both. */
  timestamps: Schema.optional(Schema.Array(Schema.Literals(["segment", "word"]))),
  /** Whether speakers are told apart. */
  diarize: Schema.optional(Schema.Boolean),
  /** Whether the text comes in English, whatever is spoken. */
  translate: Schema.optional(Schema.Boolean)
}

/**
 * The schema of `TranscriptionRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TranscriptionRequest: Schema.Codec<TranscriptionRequest> = Schema.Struct({
  ...fields,
  ...CallRequestFields
})
