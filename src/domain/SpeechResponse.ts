import * as Schema from "effect/Schema"
import { CallAnswerFields } from "./CallAnswer.ts"

/**
 * A recording of the text.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechResponse extends Schema.Schema.Type<typeof SpeechResponse> {}

/**
 * The schema of `SpeechResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SpeechResponse = Schema.Struct({
  audio: Schema.Uint8Array,
  /** IANA media type. */
  mediaType: Schema.String,
  ...CallAnswerFields
})
