import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { Json } from "./Json.ts"

/**
 * Documents to be put in the order of how well they answer a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankRequest extends CallRequest, Schema.Struct.Type<typeof fields> {}

const fields = {
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
export const RerankRequest: Schema.Codec<RerankRequest> = Schema.Struct({ ...fields, ...CallRequestFields })
