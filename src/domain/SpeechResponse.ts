import * as Schema from "effect/Schema"
import { Bytes } from "./Bytes.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * A recording of the text.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

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
export const SpeechResponse: Schema.Codec<SpeechResponse, unknown> = Schema.Struct({ ...fields, ...CallResponseFields })
