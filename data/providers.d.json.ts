import type { RowId as Id, RowSetting as Setting } from "../src/providers/RowId.ts"

interface Row {
  readonly baseUrl: string
  readonly keys: readonly [string, ...ReadonlyArray<string>]
  readonly protocol?: string
  readonly auth?: string
  readonly keyOptional?: true
  readonly settings?: {
    readonly [name in Setting]?: {
      readonly config: readonly [string, ...ReadonlyArray<string>]
      readonly default?: string
    }
  }
  readonly rows?: string
  readonly quirks?: "local" | { readonly [name: string]: string | boolean }
  readonly body?: { readonly [name: string]: boolean }
}

interface ClassRow extends Row {
  readonly class: string
}

interface RowWithoutChat extends Row {
  readonly class?: string
  readonly capabilities: ReadonlyArray<string>
}

type ClassId =
  | "alibaba"
  | "anthropic"
  | "azure"
  | "azure-foundry"
  | "bedrock"
  | "bedrock-anthropic"
  | "cerebras"
  | "cloudflare"
  | "cohere"
  | "databricks"
  | "deepinfra"
  | "deepseek"
  | "fireworks"
  | "github-copilot"
  | "github-models"
  | "google"
  | "google-vertex"
  | "google-vertex-anthropic"
  | "groq"
  | "huggingface"
  | "llama-cpp"
  | "lmstudio"
  | "minimax"
  | "mistral"
  | "moonshot"
  | "nvidia"
  | "ollama"
  | "openai"
  | "openai-responses"
  | "openrouter"
  | "perplexity"
  | "sambanova"
  | "snowflake"
  | "together"
  | "vllm"
  | "watsonx"
  | "xai"
  | "zai"

type IdWithoutChat = "deepgram" | "elevenlabs" | "jina" | "voyage"

declare const table: {
  readonly providers: { readonly [id in Id]: Row } & { readonly [id in ClassId]: ClassRow } & {
    readonly [id in IdWithoutChat]: RowWithoutChat
  }
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const providers: (typeof table)["providers"]
