import * as Schema from "effect/Schema"
import { Bytes } from "./ContentPart.ts"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * A request for speech: a text to speak.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  text: Schema.String,
  /** The provider's name or id for the voice. */
  voice: Schema.optional(Schema.String),
  /** How to speak, in words. */
  instructions: Schema.optional(Schema.String),
  /** `mp3`, `wav`, `pcm`, `opus`, `aac`, `flac`, or the provider's own word. */
  format: Schema.optional(Schema.String),
  sampleRate: Schema.optional(Schema.Int),
  /** 1 is normal speed. */
  speed: Schema.optional(Schema.Finite),
  /** ISO 639-1. */
  language: Schema.optional(Schema.String),
  seed: Schema.optional(Schema.Int)
}

/**
 * The schema of `SpeechRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SpeechRequest: Schema.Codec<SpeechRequest> = Schema.Struct({ ...requestFields, ...CallRequestFields })

/**
 * A request as people write it: a bare string is the text.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechRequestInput = string | SpeechRequest

/**
 * The schema of `SpeechRequestInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SpeechRequestInput: Schema.Codec<SpeechRequestInput> = Schema.Union([Schema.String, SpeechRequest])

/**
 * Spoken audio.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  audio: Bytes,
  /** IANA media type. */
  mediaType: Schema.String
}

/**
 * The schema of `SpeechResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SpeechResponse: Schema.Codec<SpeechResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
