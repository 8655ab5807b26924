import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Perplexity. Settings: `PERPLEXITY_API_KEY` or `PERPLEXITYAI_API_KEY`, `PERPLEXITY_BASE_URL` (default
 * `https://api.perplexity.ai`). It searches by itself, cites what it found and says what the answer cost; it takes no
 * tools. Reasoning models think within `<think>`.
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
