import type { Canonical } from "../domain/Capability.ts"
import { type ChatRequest, type ChatRequestInput, check } from "../domain/ChatRequest.ts"
import type { TokenCount } from "../domain/TokenCount.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCounting {
  readonly id: "token-count"
  readonly Input: ChatRequestInput
  readonly Request: ChatRequest
  readonly Answer: TokenCount
  readonly Event: never
}

/**
 * A model whose provider counts the tokens of a chat request without answering it: `ask` it, and use the combinators of
 * `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenCounter<E = never, R = never> = CallModel<TokenCounting, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<TokenCounting> = { ...forms.tokenCount, check }
