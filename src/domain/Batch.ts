import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequestInput } from "./ChatRequest.ts"
import type { ChatResponse } from "./ChatResponse.ts"
import { OptionalJson } from "./Json.ts"
import type { ProviderError } from "./ProviderError.ts"

/**
 * How many requests of a batch are in each state.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchCounts extends Schema.Schema.Type<typeof batchCountsSchema> {}

const batchCountsSchema = Schema.Struct({
  total: Schema.optional(Schema.Int),
  succeeded: Schema.optional(Schema.Int),
  failed: Schema.optional(Schema.Int),
  pending: Schema.optional(Schema.Int)
})

/**
 * The schema of `BatchCounts`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchCounts: Schema.Codec<BatchCounts> = batchCountsSchema

/**
 * A set of requests that the provider runs in its own time, at a lower price.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch extends Schema.Schema.Type<typeof batchSchema> {}

const batchSchema = Schema.Struct({
  id: Schema.String,
  /** `completed`: every request succeeded or failed by itself. `failed`: none ran, for the reasons in `errors`. */
  state: Schema.Literals(["running", "completed", "failed", "expired", "canceled"]),
  /** The provider's own word for the state. */
  rawState: Schema.optional(Schema.String),
  counts: BatchCounts,
  /** Why the batch failed as a whole. */
  errors: Schema.Array(Schema.String),
  /** RFC 3339. */
  createdAt: Schema.optional(Schema.String),
  expiresAt: Schema.optional(Schema.String),
  endedAt: Schema.optional(Schema.String),
  /** The ids of the result files, or the URL of the results. */
  results: Schema.Array(Schema.String),
  /** The provider's own object. */
  raw: OptionalJson
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const Batch: Schema.Codec<Batch> = batchSchema

/**
 * One request of a batch. Its `customId` defaults to its index: `0`, `1`, ...
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchItem {
  readonly customId?: string | undefined
  readonly request: ChatRequestInput
}

/**
 * The outcome of one request: its response, or its error.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchResult {
  readonly customId: string
  readonly result: Result.Result<ChatResponse, ProviderError>
}
