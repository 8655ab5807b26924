import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * How many tokens a chat request has, by the provider's own count.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCount extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
  /** Everything that the model would read. */
  inputTokens: Schema.Int,
  /** Of `inputTokens`: what comes out of a cache. */
  cachedTokens: Schema.optional(Schema.Int)
}

/**
 * The schema of `TokenCount`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenCount: Schema.Codec<TokenCount, unknown> = Schema.Struct({ ...fields, ...CallResponseFields })
