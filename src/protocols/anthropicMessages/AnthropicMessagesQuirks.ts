import { type Effort, withThinkingDefaults } from "../wire/ClaudeThinking.ts"

/**
 * How models and servers of this protocol differ. Every default is what Anthropic's current models do.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnthropicMessagesQuirks {
  /**
   * `max_tokens` where the request names no `maxOutputTokens`: the wire demands one, and it includes thinking.
   * Default 32000, which every current model takes (64,000 is the limit of Claude 4.5, 128,000 that of later ones).
   * Source: https://platform.claude.com/docs/en/about-claude/models/overview
   */
  readonly maxOutputTokens: number
  /**
   * How the model is asked to think: by a `budget` in tokens, by effort alone (`adaptive`), or either way (`both`, the
   * default: an effort is sent as effort, a budget as budget). On a model that only knows budgets an effort becomes
   * one: minimal 1024, low 2048, medium 8192, high 16384, xhigh 24576, max 32000, and at most what leaves 1024 tokens
   * of `max_tokens` for the answer.
   * Source: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
   */
  readonly thinking: "adaptive" | "budget" | "both"
  /**
   * The efforts that the model has words for; `none` means that thinking can be turned off. `minimal` is sent as
   * `low`, any other effort that is missing as the next lower one, with a warning. Default: all of Anthropic's, and
   * none but `none` where `thinking` is `budget`.
   * Source: https://platform.claude.com/docs/en/build-with-claude/effort
   */
  readonly reasoningEfforts: ReadonlyArray<Effort>
  /** How thinking is turned off. Default `disabled`; Claude Sonnet 5.5 takes only `between_tools`. */
  readonly thinkingOff: "disabled" | "between_tools"
  /**
   * Whether a tool's schema can be enforced while the model writes (`strict`). Default true; not before Claude 4.5.
   * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
   */
  readonly strictTools: boolean
  /**
   * Whether a system message may stand in the middle of a conversation (Claude Opus 4.8, Sonnet 5 and later, on
   * Anthropic's own API). Default false: it then joins the instructions at the front, with a warning.
   * Source: https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
   */
  readonly systemInConversation: boolean
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (quirks: Partial<AnthropicMessagesQuirks> | undefined): AnthropicMessagesQuirks => ({
  ...withThinkingDefaults(quirks),
  strictTools: true,
  systemInConversation: false,
  ...quirks
})
