import * as Schema from "effect/Schema"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"

/**
 * The number of tokens of a chat request, counted by the provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCountResponse extends CallResponse, Schema.Struct.Type<typeof fields> {}

const fields = {
  /** All tokens that the model would read. */
  inputTokens: Schema.Int,
  /** Of `inputTokens`: those read from a cache. */
  cachedTokens: Schema.optional(Schema.Int)
}

/**
 * The schema of `TokenCountResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenCountResponse: Schema.Codec<TokenCountResponse, unknown> = Schema.Struct({
  ...fields,
  ...CallResponseFields
})
