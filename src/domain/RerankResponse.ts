import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { OptionalJson } from "./Json.ts"

/**
 * The documents in their new order.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
  /** The best first. */
  results: Schema.Array(
    Schema.Struct({
      /** The place of the document in the request. */
      index: Schema.Int,
      /** Between 0 and 1 with most models; comparable only within one model. */
      relevanceScore: Schema.Finite,
      document: OptionalJson
    })
  )
}

/**
 * The schema of `RerankResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RerankResponse: Schema.Codec<RerankResponse, unknown> = Schema.Struct({ ...fields, ...CallResponseFields })
