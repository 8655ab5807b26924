import type { ProviderOptions } from "../domain/ContentPart.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * How OpenRouter chooses a provider: the `provider` object of its API.
 *
 * @see https://openrouter.ai/docs/guides/routing/provider-selection
 * @since 0.1.0
 * @category models
 */
export interface OpenRouterRouting {
  /** Providers to try, in this order. */
  readonly order?: ReadonlyArray<string> | undefined
  /** Only these providers. */
  readonly only?: ReadonlyArray<string> | undefined
  readonly ignore?: ReadonlyArray<string> | undefined
  /** Whether to try other providers if the first fails. Default true. */
  readonly allow_fallbacks?: boolean | undefined
  /** Only providers that support every parameter of the request. Default false: others silently drop parameters. */
  readonly require_parameters?: boolean | undefined
  readonly data_collection?: "allow" | "deny" | undefined
  /** Only providers with zero data retention. */
  readonly zdr?: boolean | undefined
  readonly sort?: "price" | "throughput" | "latency" | undefined
  readonly quantizations?: ReadonlyArray<string> | undefined
  /** The highest price, in US dollars per million tokens. */
  readonly max_price?: { readonly prompt?: number | undefined; readonly completion?: number | undefined } | undefined
}

/**
 * OpenRouter: the models of many providers with one key.
 *
 * ```ts
 * const model = OpenRouter.model("anthropic/claude-sonnet-5")
 * ```
 *
 * Settings: `OPENROUTER_API_KEY`, `OPENROUTER_BASE_URL`, and for its rankings `OPENROUTER_REFERER` and
 * `OPENROUTER_TITLE`.
 *
 * Every response reports its cost (`usage.reportedCost`). `routing` chooses among the providers of a model.
 *
 * @see https://openrouter.ai/docs/api-reference/overview
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 * @see https://openrouter.ai/docs/app-attribution
 * @since 0.1.0
 * @category providers
 */
export class OpenRouter extends Provider.Service<OpenRouter>()({
  id: "openrouter",
  capabilities: { embedding: Protocols.openRouterEmbeddings },
  protocol: Protocols.openAiChat,
  baseUrl: "https://openrouter.ai/api/v1",
  settings: {
    referer: { header: "http-referer", config: "OPENROUTER_REFERER" },
    title: { header: "x-title", config: "OPENROUTER_TITLE" }
  },
  // The list of models is open to all. Source: https://openrouter.ai/docs/api-reference/api-keys/get-current-api-key
  checkPath: "/key",
  quirks: {
    maxTokensField: "max_tokens",
    topK: true,
    reasoningParameter: "reasoning",
    reasoningField: "reasoning_details",
    cacheControl: "cache_control",
    // Usage is always in the stream; the parameter is deprecated.
    streamUsage: false,
    metadataNeedsStore: false,
    longCallIds: true,
    anyMedia: true,
    fileUrls: true,
    assistantImages: true
  }
}) {
  /** The `providerOptions` that choose providers, and models to try after the first. */
  static routing(provider: OpenRouterRouting, models?: ReadonlyArray<string>): ProviderOptions {
    const options = JSON.parse(JSON.stringify({ provider, models })) as ProviderOptions[string]
    return { openrouter: options }
  }
}
