import { Alibaba } from "./Alibaba.ts"
import { Anthropic } from "./Anthropic.ts"
import { AzureAiFoundry } from "./AzureAiFoundry.ts"
import { AzureOpenAi } from "./AzureOpenAi.ts"
import { Bedrock } from "./Bedrock.ts"
import { BedrockAnthropic } from "./BedrockAnthropic.ts"
import { Cerebras } from "./Cerebras.ts"
import { CloudflareWorkersAi } from "./CloudflareWorkersAi.ts"
import { Cohere } from "./Cohere.ts"
import { Databricks } from "./Databricks.ts"
import { DeepInfra } from "./DeepInfra.ts"
import { Deepgram } from "./Deepgram.ts"
import { DeepSeek } from "./DeepSeek.ts"
import { ElevenLabs } from "./ElevenLabs.ts"
import { Fireworks } from "./Fireworks.ts"
import { GitHubCopilot } from "./GitHubCopilot.ts"
import { GitHubModels } from "./GitHubModels.ts"
import { Google } from "./Google.ts"
import { GoogleVertex } from "./GoogleVertex.ts"
import { GoogleVertexAnthropic } from "./GoogleVertexAnthropic.ts"
import { Groq } from "./Groq.ts"
import { HuggingFace } from "./HuggingFace.ts"
import { Jina } from "./Jina.ts"
import { LlamaCpp } from "./LlamaCpp.ts"
import { LmStudio } from "./LmStudio.ts"
import { MiniMax } from "./MiniMax.ts"
import { Mistral } from "./Mistral.ts"
import { Moonshot } from "./Moonshot.ts"
import { Nvidia } from "./Nvidia.ts"
import { Ollama } from "./Ollama.ts"
import { OpenAi } from "./OpenAi.ts"
import { OpenAiResponses } from "./OpenAiResponses.ts"
import { OpenRouter } from "./OpenRouter.ts"
import { Perplexity } from "./Perplexity.ts"
import type { AnyProvider, AnyService } from "./registry/RegistryShape.ts"
import { SambaNova } from "./SambaNova.ts"
import { SnowflakeCortex } from "./SnowflakeCortex.ts"
import { Together } from "./Together.ts"
import { Vllm } from "./Vllm.ts"
import { Voyage } from "./Voyage.ts"
import { Watsonx } from "./Watsonx.ts"
import { Xai } from "./Xai.ts"
import { Zai } from "./Zai.ts"

/**
 * The chat providers that have a class in this package.
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
  LlamaCpp,
  Alibaba,
  AzureAiFoundry,
  AzureOpenAi,
  Bedrock,
  BedrockAnthropic,
  Cerebras,
  CloudflareWorkersAi,
  Cohere,
  Databricks,
  DeepInfra,
  DeepSeek,
  Fireworks,
  GitHubCopilot,
  GitHubModels,
  Google,
  GoogleVertex,
  GoogleVertexAnthropic,
  Groq,
  HuggingFace,
  MiniMax,
  Mistral,
  Moonshot,
  Nvidia,
  OpenAiResponses,
  Perplexity,
  SambaNova,
  SnowflakeCortex,
  Together,
  Watsonx,
  Xai,
  Zai
]

/**
 * The providers that have a class in this package and do not chat.
 *
 * @since 0.1.0
 * @category constants
 */
export const knownServices: ReadonlyArray<AnyService> = [Deepgram, ElevenLabs, Jina, Voyage]
