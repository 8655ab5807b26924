import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Ollama, by its OpenAI endpoint. Settings: `OLLAMA_BASE_URL` (default `http://localhost:11434/v1`); `OLLAMA_API_KEY` where
 * a proxy or Ollama's cloud asks for one.
 *
 * @see https://docs.ollama.com/api/openai-compatibility
 * @since 0.1.0
 * @category providers
 */
export class Ollama extends OpenAiCompatible.Service<Ollama>()({
  id: "ollama",
  baseUrl: "http://localhost:11434/v1",
  keyOptional: true,
  quirks: { ...OpenAiCompatible.localQuirks, reasoningField: "reasoning" }
}) {}
