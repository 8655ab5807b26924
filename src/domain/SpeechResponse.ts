import * as Schema from "effect/Schema"
import { Bytes } from "./Bytes.ts"
import { type CallAnswer, CallAnswerFields } from "./CallAnswer.ts"

/**
 * A recording of the text.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechResponse extends CallAnswer, Schema.Struct.Type<typeof fields> {}

const fields = {
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
export const SpeechResponse: Schema.Codec<SpeechResponse, unknown> = Schema.Struct({ ...fields, ...CallAnswerFields })
