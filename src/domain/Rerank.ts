import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { Json, OptionalJson } from "./Json.ts"

/**
 * Documents to be put in the order of how well they answer a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  query: Schema.String,
  /** Texts, or objects where the provider takes them. */
  documents: Schema.Array(Schema.Union([Schema.String, Schema.Record(Schema.String, Json)])),
  /** How many results come back: the best ones. All where it is absent. */
  topN: Schema.optional(Schema.Int),
  /** How many tokens of each document are read. */
  maxTokensPerDocument: Schema.optional(Schema.Int),
  /** Whether the results hold the documents. */
  returnDocuments: Schema.optional(Schema.Boolean),
  truncate: Schema.optional(Schema.Literals(["none", "end"]))
}

/**
 * The schema of `RerankRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RerankRequest: Schema.Codec<RerankRequest> = Schema.Struct({ ...requestFields, ...CallRequestFields })

/**
 * The documents in their new order.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
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
export const RerankResponse: Schema.Codec<RerankResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
