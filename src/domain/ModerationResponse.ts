import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * One judgement for each input, in the order of the inputs.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModerationResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
  results: Schema.Array(
    Schema.Struct({
      flagged: Schema.Boolean,
      /** By the provider's own names of the categories. */
      categories: Schema.Record(Schema.String, Schema.Boolean),
      /** Between 0 and 1. */
      scores: Schema.Record(Schema.String, Schema.Finite),
      /** Which kinds of input (`text`, `image`) a category was judged on. */
      appliedInputTypes: Schema.optional(Schema.Record(Schema.String, Schema.Array(Schema.String)))
    })
  )
}

/**
 * The schema of `ModerationResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationResponse: Schema.Codec<ModerationResponse, unknown> = Schema.Struct({
  ...fields,
  ...CallResponseFields
})
