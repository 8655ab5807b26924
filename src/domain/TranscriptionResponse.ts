import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

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
export interface TranscriptionResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
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
  ...fields,
  ...CallResponseFields
})
