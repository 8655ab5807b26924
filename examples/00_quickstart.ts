/**
 * Streams an answer, then shows what happens when things go wrong: a 429 that is waited out, a stream that is cut in
 * half and begins again elsewhere.
 *
 *     npm start
 *
 * Uses OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENROUTER_API_KEY if one is set, else a local Ollama if it answers, else
 * the simulator.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Config, Console, Duration, Effect, Layer, Option, Stream } from "effect"
import { HttpClient } from "effect/http"
import {
  Anthropic,
  type Attempt,
  ChatModel,
  Fallback,
  Ollama,
  OpenAi,
  OpenAiCompatible,
  OpenRouter,
  type ProviderError,
  Retry
} from "effect-llm"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"

const print = (text: string) => Effect.sync(() => process.stdout.write(text))
