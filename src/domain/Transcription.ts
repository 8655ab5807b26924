import * as Schema from "effect/Schema"
import { Bytes } from "./ContentPart.ts"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * A recording to be written down.
 *
 * @since 0.1.0
 * @category models
 */
export interface TranscriptionRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
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
  ...requestFields,
  ...CallRequestFields
})

/**
 * A stretch of a recording; times are in seconds from its beginning.
 *
 * @since 0.1.0
 * @category models
 */
export interface TranscriptionSegment extends Schema.Schema.Type<typeof transcriptionSegmentSchema> {}

const transcriptionSegmentSchema = Schema.Struct({
  text: Schema.String,
  start: Schema.optional(Schema.Finite),
  end: Schema.optional(Schema.Finite),
  speaker: Schema.optional(Schema.String),
  /** Between 0 and 1. */
  confidence: Schema.optional(Schema.Finite)
})

/**
 * The schema of `TranscriptionSegment`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TranscriptionSegment: Schema.Codec<TranscriptionSegment> = transcriptionSegmentSchema

/**
 * What is said in a recording.
 *
 * @since 0.1.0
 * @category models
 */
export interface TranscriptionResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  text: Schema.String,
  segments: Schema.optional(Schema.Array(TranscriptionSegment)),
  words: Schema.optional(Schema.Array(TranscriptionSegment)),
  language: Schema.optional(Schema.String),
  /** The length of the recording in seconds. */
  duration: Schema.optional(Schema.Finite)
}

/**
 * The schema of `TranscriptionResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TranscriptionResponse: Schema.Codec<TranscriptionResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
