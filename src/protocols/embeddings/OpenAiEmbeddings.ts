import { make } from "./EmbeddingDialect.ts"
import { partsOf } from "./Inputs.ts"

const limits = () => ({ inputs: 2048, tokens: 300_000 })

/**
 * OpenAI's embeddings, as OpenAI and Azure serve them: floats come in Base64. A call holds 2,048 inputs and 300,000 tokens.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export const OpenAiEmbeddings = make({
  id: "openai-embeddings",
  dimensions: "dimensions",
  base64: true,
  user: true,
  tokens: true,
  limits
})

/** The same of other servers, of which many know no Base64. */
export const CompatibleEmbeddings = make({
  id: "openai-embeddings",
  dimensions: "dimensions",
  user: true,
  tokens: true
})

/**
 * OpenRouter's embeddings: of texts and, with the models that see, of images.
 *
 * @see https://openrouter.ai/docs/api_reference/embeddings
 */
export const OpenRouterEmbeddings = make({
  id: "openai-embeddings",
  dimensions: "dimensions",
  user: true,
  tokens: true,
  media: (content, at, encoder) => ({ content: partsOf(content, at, encoder) })
})
