/** What a vendor's page says of a family of models and the packages leave out. */
export interface Fact {
  readonly provider: string
  readonly model: RegExp
  /** Only where the model is known to take these. */
  readonly where?: ReadonlyArray<string>
  readonly input?: ReadonlyArray<string>
  readonly capabilities?: ReadonlyArray<string>
  readonly source: string
}

export const facts: ReadonlyArray<Fact> = [
  {
    provider: "anthropic",
    model: /^claude-(?!2|instant|3-(?:opus|sonnet|haiku))/,
    where: ["image"],
    input: ["pdf"],
    source: "https://platform.claude.com/docs/en/build-with-claude/pdf-support"
  },
  {
    provider: "openai",
    model: /^(?:gpt-4o|gpt-4\.1|gpt-5|gpt-6|o[134])(?!.*(?:audio|realtime|image|transcribe|tts|search|spark|-mini-2024))/,
    where: ["image"],
    input: ["pdf"],
    source: "https://developers.openai.com/api/docs/guides/file-inputs"
  },
  {
    provider: "google",
    model: /^gemini-(?!.*(?:embedding|tts|image|live|omni))/,
    input: ["image", "pdf", "audio", "video"],
    source: "https://ai.google.dev/gemini-api/docs/document-processing"
  }
]

/** Providers whose models a monthly fee pays for. */
export const subscriptions = new Set(["openai-codex", "kimi-coding", "zai-coding", "qwen-token-plan", "xiaomi-token-plan"])

/** OpenAI's window from gpt-5.4 on; pi-ai stops at the long-context threshold. Source: models.dev, 2026-09-30. */
export const openAiLongWindow = 1_050_000

/** They list what others make: a name of its own says nothing that the id does not, nor do their retired models. */
export const gateways: ReadonlySet<string> = new Set([
  "openrouter", "huggingface", "cloudflare-ai-gateway", "opencode", "novita", "github-copilot", "cursor", "avian",
  "doubleword", "together", "fireworks", "deepinfra", "databricks", "snowflake", "watsonx", "sambanova", "cloudflare", "baseten",
  "azure", "bedrock", "vertex", "nvidia", "ovhcloud", "modal", "groq", "cerebras"
])

export const names: { readonly [provider: string]: string } = {
  alibaba: "Alibaba Model Studio",
  databricks: "Databricks",
  deepgram: "Deepgram",
  deepinfra: "DeepInfra",
  elevenlabs: "ElevenLabs",
  jina: "Jina AI",
  sambanova: "SambaNova",
  snowflake: "Snowflake Cortex",
  watsonx: "IBM watsonx.ai",
  anthropic: "Anthropic",
  "ant-ling": "Ant Ling",
  arcee: "Arcee",
  avian: "Avian",
  azure: "Azure OpenAI",
  baseten: "Baseten",
  bedrock: "Amazon Bedrock",
  cerebras: "Cerebras",
  cloudflare: "Cloudflare Workers AI",
  "cloudflare-ai-gateway": "Cloudflare AI Gateway",
  cohere: "Cohere",
  cursor: "Cursor",
  deepseek: "DeepSeek",
  doubleword: "Doubleword",
  fireworks: "Fireworks",
  "github-copilot": "GitHub Copilot",
  google: "Google Gemini",
  groq: "Groq",
  huggingface: "Hugging Face",
  "kimi-coding": "Kimi for Coding",
  meta: "Meta",
  minimax: "MiniMax",
  mistral: "Mistral",
  modal: "Modal",
  moonshotai: "Moonshot AI",
  novita: "Novita",
  nvidia: "NVIDIA NIM",
  openai: "OpenAI",
  "openai-codex": "OpenAI Codex",
  opencode: "opencode Zen",
  openrouter: "OpenRouter",
  ovhcloud: "OVHcloud",
  perplexity: "Perplexity",

  together: "Together AI",
  vercel: "Vercel AI Gateway",
  vertex: "Google Vertex AI",
  voyageai: "Voyage AI",
  xai: "xAI",
  xiaomi: "Xiaomi MiMo",
  zai: "Z.ai",
  zhipuai: "Zhipu AI"
}
