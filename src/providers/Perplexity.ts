import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Perplexity: answers from the web, with citations.
 *
 * ```ts
 * const model = Perplexity.model("sonar-pro")
 * ```
 *
 * Settings: `PERPLEXITY_API_KEY` or `PERPLEXITYAI_API_KEY`; `PERPLEXITY_BASE_URL`.
 *
 * It searches by itself and takes no tools. Every response reports its cost.
 *
 * @see https://docs.perplexity.ai/api-reference/chat-completions-post
 * @since 0.1.0
 * @category providers
 */
export class Perplexity extends OpenAiCompatible.Service<Perplexity>()({
  id: "perplexity",
  baseUrl: "https://api.perplexity.ai",
  keyNames: ["PERPLEXITY_API_KEY", "PERPLEXITYAI_API_KEY"],
  quirks: { thinkTags: true }
}) {}
