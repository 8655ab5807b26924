import * as Schema from "effect/Schema"

/**
 * Why a model stopped: it was done (`stop`), reached the token limit (`length`), waits for tool results (`tool-calls`),
 * the provider withheld the rest (`content-filter`), or any other reason, given in `rawFinishReason`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FinishReason: Schema.Codec<FinishReason> = Schema.Literals([
  "stop",
  "length",
  "tool-calls",
  "content-filter",
  "other"
])

/**
 * @since 0.1.0
 * @category models
 */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other"
