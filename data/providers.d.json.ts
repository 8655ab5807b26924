interface Row {
  readonly name: string
  readonly baseUrl: string
  readonly keys: readonly [string, ...ReadonlyArray<string>]
  readonly docs: string
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
  readonly note?: string
  readonly source: ReadonlyArray<string>
  readonly checked: string
}

interface ClassRow extends Row {
  readonly class: string
}

interface RowWithoutChat extends Row {
  readonly class?: string
  readonly capabilities: ReadonlyArray<string>
}

type Setting = "account" | "host" | "location" | "product" | "project" | "region" | "resource"

type Id =
  | "302ai"
  | "abacus"
  | "abliteration"
  | "ai21"
  | "aihubmix"
  | "aimlapi"
  | "alibaba-cn"
  | "amazon-nova"
  | "arcee"
  | "assemblyai"
  | "azure-anthropic"
  | "baseten"
  | "bedrock-mantle"
  | "berget"
  | "chutes"
  | "clarifai"
  | "codestral"
  | "cometapi"
  | "compactifai"
  | "cortecs"
  | "crusoe"
  | "deepseek-anthropic"
  | "digitalocean"
  | "docker-model-runner"
  | "edenai"
  | "evroc"
  | "fastrouter"
  | "featherless"
  | "friendli"
  | "gmicloud"
  | "helicone"
  | "hetzner"
  | "hpc-ai"
  | "hyperbolic"
  | "iflow"
  | "inception"
  | "inference-net"
  | "infomaniak"
  | "io-net"
  | "kilo"
  | "kimi-coding"
  | "lambda"
  | "lemonade"
  | "llama"
  | "llamafile"
  | "llmgateway"
  | "longcat"
  | "meta"
  | "minimax-anthropic"
  | "minimax-cn"
  | "modelscope"
  | "moonshot-anthropic"
  | "moonshot-cn"
  | "morph"
  | "nano-gpt"
  | "nearai"
  | "nebius"
  | "novita"
  | "nscale"
  | "oci"
  | "ollama-cloud"
  | "opencode"
  | "opencode-go"
  | "ovhcloud"
  | "poe"
  | "poolside"
  | "privatemode"
  | "publicai"
  | "qiniu"
  | "regolo"
  | "requesty"
  | "sarvam"
  | "scaleway"
  | "siliconflow"
  | "siliconflow-cn"
  | "stackit"
  | "stepfun"
  | "stepfun-ai"
  | "streamlake"
  | "synthetic"
  | "tencent"
  | "tencent-cn"
  | "tinfoil"
  | "upstage"
  | "v0"
  | "venice"
  | "vercel"
  | "volcengine"
  | "vultr"
  | "wandb"
  | "xiaomi"
  | "zai-coding-plan"
  | "zenmux"
  | "zhipuai"

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
  readonly checked: string
  readonly sources: { readonly [name: string]: { readonly name: string; readonly url: string } }
  readonly providers: { readonly [id in Id]: Row } & { readonly [id in ClassId]: ClassRow } & {
    readonly [id in IdWithoutChat]: RowWithoutChat
  }
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const checked: (typeof table)["checked"]
export declare const sources: (typeof table)["sources"]
export declare const providers: (typeof table)["providers"]
