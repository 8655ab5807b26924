import * as Schema from "effect/Schema"
import { Bytes } from "./ContentPart.ts"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * A request for a transcription of audio.
 *
 * @since 0.1.0
 * @category models
 */
export interface TranscriptionRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  /** The bytes, or a URL that the provider reads. */
  audio: Schema.Union([Bytes, Schema.String]),
  /** IANA media type, such as `audio/mpeg`. */
  mediaType: Schema.optional(Schema.String),
  fileName: Schema.optional(Schema.String),
  /** ISO 639-1; detected by the provider where absent. */
  language: Schema.optional(Schema.String),
  /** Words and names to expect, or the text before the recording. */
  prompt: Schema.optional(Schema.String),
  temperature: Schema.optional(Schema.Finite),
  /** Which timestamps to return: of segments, of words, or both. */
  timestamps: Schema.optional(Schema.Array(Schema.Literals(["segment", "word"]))),
  /** Whether to identify speakers. */
  diarize: Schema.optional(Schema.Boolean),
  /** Whether to translate the text to English. */
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
 * A segment or a word of a recording; times are in seconds from its beginning.
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
 * A transcription.
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
  /** The duration of the recording in seconds. */
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
