/**
 * How servers that speak this protocol differ from OpenAI's own. Every default is what OpenAI does.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiChatQuirks {
  /** The field that limits the length of the answer. Default `max_completion_tokens`; most other servers know only `max_tokens`. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens"
  /** The role of instructions. Default `system`. */
  readonly systemRole: "system" | "developer"
  /** Whether the server takes `top_k`. Default false. */
  readonly topK: boolean
  /**
   * How the depth of thinking is asked for: `reasoning_effort` (effort only; the default), OpenRouter's
   * `reasoning: { effort | max_tokens }`, `thinking: { type }`, which turns it on or off, alone (Kimi K2) or with the
   * effort beside it (DeepSeek, Z.ai), Alibaba's `enable_thinking` and `thinking_budget`, or not at all.
   * Sources: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens,
   * https://api-docs.deepseek.com/guides/thinking_mode and
   * https://github.com/vercel/ai/blob/main/packages/alibaba/src/alibaba-chat-language-model.ts
   */
  readonly reasoningParameter:
    | "reasoning_effort"
    | "reasoning"
    | "thinking"
    | "thinking+reasoning_effort"
    | "enable_thinking"
    | "none"
  /**
   * The field in which earlier thoughts go back to the server. Default `none`: they are left out, as OpenAI asks.
   * DeepSeek and most local servers take `reasoning_content`, Groq, Cerebras and Ollama `reasoning`, OpenRouter
   * `reasoning_details`, which keeps signatures.
   */
  readonly reasoningField: "none" | "reasoning_content" | "reasoning" | "reasoning_details"
  /**
   * What stands in `reasoningField` of an assistant message without reasoning, where the server refuses to do without
   * (DeepSeek V4 and Kimi, when they think). Default none.
   * Sources: https://api-docs.deepseek.com/guides/thinking_mode and
   * https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model
   */
  readonly reasoningPlaceholder: string | undefined
  /**
   * Whether a last assistant message, from which the model is to go on, says so by `prefix: true` (DeepSeek below
   * `https://api.deepseek.com/beta`). Default false.
   * Source: https://api-docs.deepseek.com/guides/chat_prefix_completion
   */
  readonly prefix: boolean
  /**
   * How the end of a prompt prefix to cache is marked on parts and tools. Default `none`: the server caches by itself
   * and the mark is left out with a warning. `cache_control` is Anthropic's object, lifetime included (OpenRouter,
   * LiteLLM); `prompt_cache_breakpoint` is OpenAI's, for gpt-5.6 and later, on parts only.
   * Sources: https://openrouter.ai/docs/features/prompt-caching and
   * https://developers.openai.com/api/docs/guides/prompt-caching
   */
  readonly cacheControl: "none" | "cache_control" | "prompt_cache_breakpoint"
  /** Whether to ask for usage within streams with `stream_options.include_usage`. Default true. */
  readonly streamUsage: boolean
  /** Whether a `strict` schema is rewritten to the subset that OpenAI's strict mode accepts. Default true. */
  readonly strictSchemas: boolean
  /** Whether `metadata` is refused without `store: true` (in `providerOptions`). Default true. */
  readonly metadataNeedsStore: boolean
  /** Whether ids of calls may have more than 40 characters. Default false. */
  readonly longCallIds: boolean
  /**
   * Whether images and recordings of other types than OpenAI's (PNG, JPEG, GIF, WebP; WAV, MP3) may be sent. Default false.
   * Sources: https://platform.openai.com/docs/guides/images-vision and https://platform.openai.com/docs/guides/audio
   */
  readonly anyMedia: boolean
  /** Whether a document may be given by its URL, as with OpenRouter. Default false. */
  readonly fileUrls: boolean
  /**
   * Whether a refusal and the id of a recording go back in fields of their own (`refusal`, `audio`). Other servers than
   * OpenAI's refuse fields that they do not know; there the words go back as text. Default true.
   * Source: https://github.com/tashfeenahmed/freellmapi/issues/1070 (Groq: "property ... is unsupported")
   */
  readonly answerFields: boolean
  /**
   * Whether several texts may be a list. Servers other than OpenAI's may take only a string (DeepSeek: "invalid type:
   * sequence, expected a string"); there the texts are one, with blank lines between them. Default true.
   * Source: https://github.com/QwenLM/qwen-code/pull/2320
   */
  readonly textParts: boolean
  /** Whether images of earlier answers may go back, as with OpenRouter. Default false. */
  readonly assistantImages: boolean
  /**
   * Whether the tokens of thinking come on top of `completion_tokens` (xAI, Google). Where `total_tokens` proves
   * either, it decides. Default false.
   */
  readonly reasoningOutsideOutput: boolean
  /**
   * Tokens of the chat template that a local server may leak into the end of the text; they are removed there, with a
   * warning. Anywhere else they are text. Default none.
   */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is thinking up to `</think>`. Default false. */
  readonly thinkTags: boolean
}

/**
 * OpenAI's own server.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultQuirks: OpenAiChatQuirks = {
  maxTokensField: "max_completion_tokens",
  systemRole: "system",
  topK: false,
  reasoningParameter: "reasoning_effort",
  reasoningField: "none",
  reasoningPlaceholder: undefined,
  prefix: false,
  cacheControl: "none",
  streamUsage: true,
  strictSchemas: true,
  metadataNeedsStore: true,
  longCallIds: false,
  anyMedia: false,
  fileUrls: false,
  answerFields: true,
  textParts: true,
  assistantImages: false,
  reasoningOutsideOutput: false,
  stripTokens: [],
  thinkTags: false
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (quirks: Partial<OpenAiChatQuirks> | undefined): OpenAiChatQuirks =>
  quirks === undefined ? defaultQuirks : { ...defaultQuirks, ...quirks }
