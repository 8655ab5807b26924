import type { TokenCounting, Kind } from "../domain/Capability.ts"
import { cachedFields, check, make } from "../domain/ChatRequest.ts"
import { TokenCountResponse } from "../domain/TokenCountResponse.ts"
import type { Model } from "./Model.ts"

/**
 * A model whose provider counts the tokens of a chat request without responding to it.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenCounter<E = never, R = never> = Model<TokenCounting, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<TokenCounting> = {
  id: "token-count",
  empty: { messages: [] },
  make,
  check,
  caching: { fields: cachedFields, response: TokenCountResponse }
}
