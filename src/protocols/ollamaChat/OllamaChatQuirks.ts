import type { ChatRequest } from "../../domain/ChatRequest.ts"

/**
 * How models and servers of this protocol differ.
 *
 * @since 0.1.0
 * @category models
 */
export interface OllamaChatQuirks {
  /**
   * The efforts that can be sent as `think`. `none` is sent as `false`; another that is missing as the next lower one,
   * or as the lowest, and where there is none at all as `true`. Default: `low`, `medium`, `high` and `max`, which every
   * current server takes; one of before October 2025 takes them for gpt-oss alone.
   * Source: https://docs.ollama.com/capabilities/thinking
   */
  readonly thinkLevels: ReadonlyArray<NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>>
  /** Tokens of the chat template that a model without one of its own may leak into the answer; they are removed. Default none. */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is thinking up to `</think>`: Ollama itself tells it apart for models that it knows. Default false. */
  readonly thinkTags: boolean
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (quirks: Partial<OllamaChatQuirks> | undefined): OllamaChatQuirks => ({
  thinkLevels: ["low", "medium", "high", "max"],
  stripTokens: [],
  thinkTags: false,
  ...quirks
})
