/**
 * How servers that speak this protocol differ from OpenAI's own. Every default is what OpenAI does.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiChatQuirks {
  /** The field of the output limit. Default `max_completion_tokens`; most other servers know only `max_tokens`. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens"
  /** The role of instructions. Default `system`. */
  readonly systemRole: "system" | "developer"
  /** Whether the server supports `top_k`. Default false. */
  readonly topK: boolean
  /**
   * The parameter of reasoning: `reasoning_effort` (effort only; the default), OpenRouter's
   * `reasoning: { effort | max_tokens }`, `thinking: { type }`, which turns it on or off, alone (Kimi K2) or with the
   * effort beside it (DeepSeek, Z.ai), Alibaba's `enable_thinking` and `thinking_budget`, or none.
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
   * The field in which earlier reasoning is sent back. Default `none`: it is left out, as OpenAI recommends.
   * DeepSeek and most local servers take `reasoning_content`, Groq, Cerebras and Ollama `reasoning`, OpenRouter
   * `reasoning_details`, which keeps signatures.
   */
  readonly reasoningField: "none" | "reasoning_content" | "reasoning" | "reasoning_details"
  /**
   * The `reasoningField` of an assistant message without reasoning, where the server requires the field (DeepSeek V4 and
   * Kimi, when they reason). Default none.
   * Sources: https://api-docs.deepseek.com/guides/thinking_mode and
   * https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model
   */
  readonly reasoningPlaceholder: string | undefined
  /**
   * Whether a last assistant message, which the model is to continue, needs `prefix: true` (DeepSeek below
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
  /** Whether streams are requested with `stream_options.include_usage`. Default true. */
  readonly streamUsage: boolean
  /** Whether a `strict` schema is rewritten to the subset that OpenAI's strict mode accepts. Default true. */
  readonly strictSchemas: boolean
  /** Whether `metadata` is refused without `store: true` (in `providerOptions`). Default true. */
  readonly metadataNeedsStore: boolean
  /** Whether call ids may have more than 40 characters. Default false. */
  readonly longCallIds: boolean
  /**
   * Whether images and audio of other types than OpenAI's (PNG, JPEG, GIF, WebP; WAV, MP3) may be sent. Default false.
   * Sources: https://platform.openai.com/docs/guides/images-vision and https://platform.openai.com/docs/guides/audio
   */
  readonly anyMedia: boolean
  /** Whether a document may be given by its URL, as with OpenRouter. Default false. */
  readonly fileUrls: boolean
  /**
   * Whether an earlier refusal and the id of earlier audio are sent back in fields of their own (`refusal`, `audio`). Other
   * servers than OpenAI's reject unknown fields; they get the refusal and the transcript as text. Default true.
   * Source: https://github.com/tashfeenahmed/freellmapi/issues/1070 (Groq: "property ... is unsupported")
   */
  readonly assistantFields: boolean
  /**
   * Whether several texts may be a list. Servers other than OpenAI's may accept only a string (DeepSeek: "invalid type:
   * sequence, expected a string"); they get one text, with blank lines between the parts. Default true.
   * Source: https://github.com/QwenLM/qwen-code/pull/2320
   */
  readonly textParts: boolean
  /**
   * Whether the arguments of an earlier call may be any text. vLLM, SGLang and llama-server refuse a conversation for ever in
   * which a model wrote something else than a JSON object; they get such text within one. Default true.
   * Source: https://github.com/vllm-project/vllm/issues/43995
   */
  readonly rawArguments: boolean
  /** Whether images of earlier responses may be sent back, as with OpenRouter. Default false. */
  readonly assistantImages: boolean
  /**
   * Whether reasoning tokens come on top of `completion_tokens` (xAI, Google). Where `total_tokens` proves either, that
   * decides. Default false.
   */
  readonly reasoningOutsideOutput: boolean
  /**
   * Tokens of the chat template that a local server may leak into the end of the text; they are removed there, with a
   * warning. Anywhere else they are text. Default none.
   */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is reasoning up to `</think>`. Default false. */
  readonly thinkTags: boolean
}

/** OpenAI's own server. */
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
  assistantFields: true,
  textParts: true,
  rawArguments: true,
  assistantImages: false,
  reasoningOutsideOutput: false,
  stripTokens: [],
  thinkTags: false
}

export const withDefaults = (quirks: Partial<OpenAiChatQuirks> | undefined): OpenAiChatQuirks =>
  quirks === undefined ? defaultQuirks : { ...defaultQuirks, ...quirks }

/** Models of OpenAI that refuse `max_tokens`. */
export const refusesMaxTokens = /(?:^|[./])(?:o\d|gpt-[5-9])/
