import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"

/** Whose models are listed: the providers that have a class here, the makers, and gateways that a source lists whole. */
const providers = new Set([
  "alibaba", "ant-ling", "anthropic", "arcee", "avian", "azure", "baseten", "bedrock", "cerebras", "cloudflare",
  "cloudflare-ai-gateway", "cohere", "cursor", "databricks", "deepgram", "deepinfra", "deepseek", "doubleword", "elevenlabs",
  "fireworks", "github-copilot", "google", "groq", "huggingface", "jina", "kimi-coding", "meta", "minimax", "mistral", "modal",
  "moonshotai", "novita", "nvidia", "openai", "openai-codex", "opencode", "openrouter", "ovhcloud", "perplexity",
  "sambanova", "snowflake", "together", "vertex", "voyageai", "watsonx", "xai", "xiaomi", "zai", "zhipuai"
])

export const isIncluded = ({ id, provider }: CatalogModel): boolean =>
  providers.has(provider) && !(provider === "perplexity" && id.includes("/"))

/** Gateways with hundreds of models of which most are gone: only what a second source lists too. */
export const needsTwo: ReadonlySet<string> = new Set(["fireworks", "novita"])
