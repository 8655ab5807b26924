/**
 * The names of OpenTelemetry's conventions for generative AI, as they were on 2026-11-30:
 * - v1.41.0 of https://github.com/open-telemetry/semantic-conventions (docs/gen-ai), which dashboards read, and
 * - v0.1.0 of https://github.com/open-telemetry/semantic-conventions-genai, the first release of its own.
 */
export type Version = "1.41" | "0.1"

/** The names that both versions share. */
export const attribute = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  conversation: "gen_ai.conversation.id",
  outputType: "gen_ai.output.type",
  requestModel: "gen_ai.request.model",
  stream: "gen_ai.request.stream",
  maxTokens: "gen_ai.request.max_tokens",
  temperature: "gen_ai.request.temperature",
  topP: "gen_ai.request.top_p",
  topK: "gen_ai.request.top_k",
  stop: "gen_ai.request.stop_sequences",
  seed: "gen_ai.request.seed",
  frequencyPenalty: "gen_ai.request.frequency_penalty",
  presencePenalty: "gen_ai.request.presence_penalty",
  choices: "gen_ai.request.choice.count",
  encodings: "gen_ai.request.encoding_formats",
  dimensions: "gen_ai.embeddings.dimension.count",
  responseId: "gen_ai.response.id",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  firstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  tokenType: "gen_ai.token.type",
  systemInstructions: "gen_ai.system_instructions",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  toolDefinitions: "gen_ai.tool.definitions",
  errorType: "error.type",
  serverAddress: "server.address",
  serverPort: "server.port"
} as const

/** What the conventions have no name for. */
export const ours = {
  model: "effect_llm.model",
  attempts: "effect_llm.attempts",
  attemptNumber: "effect_llm.attempt.number",
  attemptWait: "effect_llm.attempt.wait",
  cost: "effect_llm.cost.usd",
  unpriced: "effect_llm.cost.unpriced",
  requestId: "effect_llm.request.id",
  cached: "effect_llm.cached",
  coalesced: "effect_llm.coalesced",
  decision: "effect_llm.decision",
  limit: "effect_llm.limit",
  costMetric: "effect_llm.client.cost",
  unpricedMetric: "effect_llm.client.unpriced",
  tokensMetric: "effect_llm.client.tokens",
  attemptsMetric: "effect_llm.client.attempts",
  decisionsMetric: "effect_llm.client.decisions",
  waitMetric: "effect_llm.client.limit.wait",
  openCircuitsMetric: "effect_llm.client.circuits.open"
} as const

/** The names that differ. A metric is `undefined` where a version has none for the operation. */
export interface Names {
  readonly cacheWriteTokens: string
  readonly reasoningLevel: string | undefined
  readonly duration: (operation: string) => string
  readonly firstChunk: string
  readonly tokens: (operation: string, type: TokenType) => string | undefined
}

export type TokenType = "input" | "output"

const inference = new Set(["chat", "generate_content", "text_completion"])

export const names: { readonly [V in Version]: Names } = {
  "1.41": {
    cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
    reasoningLevel: undefined,
    duration: () => "gen_ai.client.operation.duration",
    firstChunk: "gen_ai.client.operation.time_to_first_chunk",
    tokens: () => "gen_ai.client.token.usage"
  },
  "0.1": {
    cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
    reasoningLevel: "gen_ai.request.reasoning.level",
    duration: (operation) =>
      inference.has(operation)
        ? "gen_ai.client.inference.duration"
        : operation === "embeddings"
          ? "gen_ai.client.embeddings.duration"
          : "gen_ai.client.operation.duration",
    firstChunk: "gen_ai.client.inference.time_to_first_chunk",
    tokens: (operation, type) =>
      inference.has(operation)
        ? `gen_ai.client.inference.operation.${type}_tokens`
        : operation === "embeddings" && type === "input"
          ? "gen_ai.client.embeddings.operation.input_tokens"
          : undefined
  }
}

/** Bucket boundaries of durations in seconds, and of tokens. */
export const seconds: ReadonlyArray<number> = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]
export const tokens: ReadonlyArray<number> = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864
]

/** Any value that a version lists nothing for, and any that would be one too many. */
export const other = "_OTHER"

/** The well-known names of providers, where they are not our ids. */
const wellKnownProviders: { readonly [id: string]: string } = {
  azure: "azure.ai.openai",
  "azure-foundry": "azure.ai.inference",
  bedrock: "aws.bedrock",
  "bedrock-anthropic": "aws.bedrock",
  google: "gcp.gemini",
  "google-vertex": "gcp.vertex_ai",
  "google-vertex-anthropic": "gcp.vertex_ai",
  mistral: "mistral_ai",
  moonshot: "moonshot_ai",
  "openai-responses": "openai",
  watsonx: "ibm.watsonx.ai",
  xai: "x_ai"
}

export const providerName = (id: string): string =>
  Object.hasOwn(wellKnownProviders, id) ? (wellKnownProviders[id] ?? id) : id
