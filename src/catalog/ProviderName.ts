/** Other names of providers: genai-prices, models.dev, pi, LiteLLM. */
const aliases: { readonly [name: string]: string } = {
  "x-ai": "xai",
  grok: "xai",
  aws: "bedrock",
  "amazon-bedrock": "bedrock",
  bedrock_converse: "bedrock",
  "bedrock-mantle": "bedrock",
  "bedrock-anthropic": "bedrock",
  gemini: "google",
  "google-ai-studio": "google",
  "google-vertex": "vertex",
  "google-vertex-anthropic": "vertex",
  together_ai: "together",
  togetherai: "together",
  fireworks_ai: "fireworks",
  "fireworks-ai": "fireworks",
  moonshot: "moonshotai",
  "moonshot-anthropic": "moonshotai",
  "deepseek-anthropic": "deepseek",
  "minimax-anthropic": "minimax",
  "openai-responses": "openai",
  voyage: "voyageai",
  azure_ai: "azure",
  "azure-openai": "azure",
  "azure-foundry": "azure",
  cohere_chat: "cohere",
  mistralai: "mistral",
  codestral: "mistral",
  "zai-org": "zai",
  "z-ai": "zai",
  nvidia_nim: "nvidia",
  github_copilot: "github-copilot",
  vercel_ai_gateway: "vercel",
  "vercel-ai-gateway": "vercel",
  "cloudflare-workers-ai": "cloudflare",
  dashscope: "alibaba",
  jina_ai: "jina",
  bedrock_mantle: "bedrock",
  "fireworks_ai-embedding-models": "fireworks",
  "text-completion-openai": "openai",
  meta_llama: "meta",
  xiaomi_mimo: "xiaomi"
}

/** LiteLLM has a name for each maker whose models Vertex AI serves: `vertex_ai-anthropic_models`. */
const vertex = /^vertex_ai(?:-|$)/

/**
 * The one name that the catalog uses for a provider that has several.
 *
 * @since 0.1.0
 * @category getters
 */
export const canonical = (name: string): string => {
  const lower = name.toLowerCase()
  return Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : vertex.test(lower) ? "vertex" : lower
}

/** Instances of other providers, by name. */
const others = new Map<string, string>()

/**
 * Registers that a provider serves the models of another, with their prices and context windows.
 *
 * @since 0.1.0
 * @category constructors
 */
export const register = (name: string, other: string): void => {
  if (canonical(name) !== canonical(other)) others.set(name.toLowerCase(), other)
}

/**
 * The name that `provider/model` has at the provider whose models it has, where that is another one.
 *
 * @since 0.1.0
 * @category getters
 */
export const elsewhere = (name: string): string | undefined => {
  const slash = name.indexOf("/")
  const other = slash <= 0 ? undefined : others.get(name.slice(0, slash).trim().toLowerCase())
  return other === undefined ? undefined : other + name.slice(slash)
}
