import { Anthropic } from "./Anthropic.ts"
import { LlamaCpp } from "./LlamaCpp.ts"
import { LmStudio } from "./LmStudio.ts"
import { Ollama } from "./Ollama.ts"
import { OpenAi } from "./OpenAi.ts"
import { OpenRouter } from "./OpenRouter.ts"
import type { AnyProvider } from "./Registry.ts"
import { Vllm } from "./Vllm.ts"

/**
 * The providers that this package knows. A local server counts as configured when its `*_BASE_URL` (or key) is set.
 *
 * @since 0.1.0
 * @category constants
 */
export const knownProviders: ReadonlyArray<AnyProvider> = [
  OpenAi,
  Anthropic,
  OpenRouter,
  Ollama,
  Vllm,
  LmStudio,
  LlamaCpp
]
