import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequestInput } from "./ChatRequest.ts"
import type { ChatResponse } from "./ChatResponse.ts"
import { OptionalJson } from "./Json.ts"
import type { ProviderError } from "./ProviderError.ts"

/**
 * How many requests of a batch are where.
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
 * Many requests that a provider answers when it has time, at a lower price.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch extends Schema.Schema.Type<typeof batchSchema> {}

const batchSchema = Schema.Struct({
  id: Schema.String,
  /** `completed`: every request was answered or failed by itself. `failed`: none was, for what `errors` say. */
  state: Schema.Literals(["running", "completed", "failed", "expired", "canceled"]),
  /** The provider's own word for it. */
  rawState: Schema.optional(Schema.String),
  counts: BatchCounts,
  /** Why it failed as a whole. */
  errors: Schema.Array(Schema.String),
  /** RFC 3339. */
  createdAt: Schema.optional(Schema.String),
  expiresAt: Schema.optional(Schema.String),
  endedAt: Schema.optional(Schema.String),
  /** The files, or the address, where the provider put the results. */
  results: Schema.Array(Schema.String),
  /** What the provider said. */
  raw: OptionalJson
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const Batch: Schema.Codec<Batch> = batchSchema

/**
 * One request of a batch. Without a `customId` it is named by its place: `0`, `1` ...
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchItem {
  readonly customId?: string | undefined
  readonly request: ChatRequestInput
}

/**
 * What became of one request: its answer, or why there is none.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchResult {
  readonly customId: string
  readonly result: Result.Result<ChatResponse, ProviderError>
}
