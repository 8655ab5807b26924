import * as Schema from "effect/Schema"
import { FinishReason } from "../../domain/FinishReason.ts"

const Count = Schema.optional(Schema.Int)

const spentSchema = Schema.TaggedUnion({
  /** In US dollars, exact. An estimate where the call did not end well, so that counts may be missing. */
  Priced: { usd: Schema.BigDecimalFromString, estimated: Schema.optional(Schema.Boolean) },
  /** Why the cost of some attempt is unknown (`UnpricedReason`), and what is known of the others. */
  Unpriced: { reason: Schema.String, atLeast: Schema.optional(Schema.BigDecimalFromString) }
})

/**
 * The cost of a call, or why it is unknown.
 *
 * @since 0.1.0
 * @category models
 */
export type Spent = typeof spentSchema.Type

const attemptSchema = Schema.Struct({
  model: Schema.String,
  /** The tag of the error; absent on success. */
  error: Schema.optional(Schema.String),
  millis: Schema.Finite,
  /** Before the attempt. */
  waitMillis: Schema.optional(Schema.Finite),
  cost: Schema.optional(spentSchema)
})

/**
 * An attempt of a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedAttempt extends Schema.Schema.Type<typeof attemptSchema> {}

const annotationsSchema = {
  tenant: Schema.optional(Schema.String),
  team: Schema.optional(Schema.String),
  key: Schema.optional(Schema.String),
  user: Schema.optional(Schema.String),
  session: Schema.optional(Schema.String),
  run: Schema.optional(Schema.String),
  tags: Schema.optional(Schema.Record(Schema.String, Schema.String))
}

const callRecordSchema = Schema.TaggedStruct("Call", {
  /** Unique, so that a record that was written twice counts once. */
  id: Schema.String,
  /** When the call began. */
  at: Schema.DateTimeUtcFromString,
  /** Until the end of the call, and until the first content of a stream. */
  millis: Schema.Finite,
  firstTokenMillis: Schema.optional(Schema.Finite),
  capability: Schema.String,
  streamed: Schema.Boolean,
  /** The id of the model that was called; of a chain, all of its models. */
  model: Schema.String,
  /** The provider and model that responded, as reported; of a call that was cut short before, those that were called. */
  provider: Schema.optional(Schema.String),
  servedModel: Schema.optional(Schema.String),
  ...annotationsSchema,
  outcome: Schema.Literals(["success", "error", "interrupted", "defect"]),
  finishReason: Schema.optional(FinishReason),
  /** The tag of the error, and its HTTP status. */
  error: Schema.optional(Schema.String),
  status: Schema.optional(Schema.Int),
  /** All attempts, the successful one last. */
  attempts: Schema.Array(attemptSchema),
  /** Totals include their parts. Of a call that was cut short, and whose provider had reported nothing, they are estimates. */
  inputTokens: Count,
  cacheReadTokens: Count,
  cacheWriteTokens: Count,
  outputTokens: Count,
  reasoningTokens: Count,
  estimatedTokens: Schema.optional(Schema.Boolean),
  /** Other units, by meter: `inputCharacters`, `outputImages`. */
  units: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  cost: Schema.optional(spentSchema),
  /** Whether the response came from a cache. */
  cached: Schema.optional(Schema.Boolean),
  /** The provider's id of the request. */
  requestId: Schema.optional(Schema.String),
  traceId: Schema.optional(Schema.String),
  /** JSON of the messages, by attribute of OpenTelemetry; only where content is switched on. */
  content: Schema.optional(Schema.Record(Schema.String, Schema.String))
})

/**
 * A call, as it is recorded at its end. It holds no text of the request or the response unless content is switched on.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallRecord extends Schema.Schema.Type<typeof callRecordSchema> {}

const droppedRecordSchema = Schema.TaggedStruct("Dropped", {
  id: Schema.String,
  at: Schema.DateTimeUtcFromString,
  /** How many records are missing here. */
  count: Schema.Int
})

/**
 * Says in a sink that records are missing from it.
 *
 * @since 0.1.0
 * @category models
 */
export interface DroppedRecord extends Schema.Schema.Type<typeof droppedRecordSchema> {}

/**
 * What a sink receives.
 *
 * @since 0.1.0
 * @category models
 */
export type Entry = CallRecord | DroppedRecord

/**
 * The schema of `Entry`; what it encodes is JSON, one line of a file.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Entry = Schema.Union([callRecordSchema, droppedRecordSchema])

/**
 * Whom a call is for. `key` is the id of the key that a caller presented, and no secret; `session` is the conversation, `run` a job
 * or a run of an agent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Annotations {
  readonly tenant?: string | undefined
  readonly team?: string | undefined
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly session?: string | undefined
  readonly run?: string | undefined
  readonly tags?: { readonly [name: string]: string } | undefined
}
