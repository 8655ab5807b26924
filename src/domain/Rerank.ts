import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { Json, OptionalJson } from "./Json.ts"

/**
 * A request to rank documents by their relevance to a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  query: Schema.String,
  /** Texts, or objects where the provider accepts them. */
  documents: Schema.Array(Schema.Union([Schema.String, Schema.Record(Schema.String, Json)])),
  /** How many of the best results to return. Default all. */
  topN: Schema.optional(Schema.Int),
  /** The most tokens of each document that are read. */
  maxTokensPerDocument: Schema.optional(Schema.Int),
  /** Whether results include their documents. */
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
 * Ranked documents.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  /** The best first. */
  results: Schema.Array(
    Schema.Struct({
      /** The index of the document in the request. */
      index: Schema.Int,
      /** With most models between 0 and 1; comparable only within one model. */
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
