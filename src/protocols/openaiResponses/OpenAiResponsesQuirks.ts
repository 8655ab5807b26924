/**
 * How servers that speak this protocol differ from OpenAI's own. Every default is what OpenAI does.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiResponsesQuirks {
  /** The role of instructions. Default `system`. */
  readonly systemRole: "system" | "developer"
  /**
   * How the end of a prompt prefix to cache is marked on parts. Default `none`: the server caches by itself and the
   * mark is left out with a warning. `prompt_cache_breakpoint` is OpenAI's, for gpt-5.6 and later.
   * Source: https://developers.openai.com/api/docs/guides/prompt-caching
   */
  readonly cacheControl: "none" | "prompt_cache_breakpoint"
  /** Whether to ask for encrypted thoughts where the server keeps nothing (`store: false`). Default true. */
  readonly encryptedReasoning: boolean
  /** Whether a `strict` schema is rewritten to the subset that OpenAI's strict mode accepts. Default true. */
  readonly strictSchemas: boolean
  /** Whether the server takes recordings (`input_audio`), as OpenRouter does. Default false. */
  readonly audioInput: boolean
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (quirks: Partial<OpenAiResponsesQuirks> | undefined): OpenAiResponsesQuirks => ({
  systemRole: "system",
  cacheControl: "none",
  encryptedReasoning: true,
  strictSchemas: true,
  audioInput: false,
  ...quirks
})
