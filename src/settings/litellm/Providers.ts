import { compatible, type Kinds } from "../build/Kinds.ts"

/** LiteLLM's provider prefixes whose providers have another id here. Source: https://docs.litellm.ai/docs/providers */
const ids: { readonly [prefix: string]: string } = {
  azure_ai: "azure-foundry",
  bedrock_converse: "bedrock",
  bedrock_mantle: "bedrock-mantle",
  vertex_ai: "google-vertex",
  vertex_ai_beta: "google-vertex",
  gemini: "google",
  cohere_chat: "cohere",
  together_ai: "together",
  fireworks_ai: "fireworks",
  ollama_chat: "ollama",
  hosted_vllm: "vllm",
  lm_studio: "lmstudio",
  llamafile: "llamafile",
  docker_model_runner: "docker-model-runner",
  nvidia_nim: "nvidia",
  jina_ai: "jina",
  dashscope: "alibaba",
  github: "github-models",
  featherless_ai: "featherless",
  friendliai: "friendli",
  lambda_ai: "lambda",
  meta_llama: "llama",
  vercel_ai_gateway: "vercel",
  oci: "oci",
  gradient_ai: "digitalocean",
  ai21_chat: "ai21",
  aiml: "aimlapi",
  moonshot: "moonshot",
  "nano-gpt": "nano-gpt",
  custom_openai: compatible,
  openai_like: compatible,
  litellm_proxy: compatible
}

/** The provider that LiteLLM assumes for a model without a prefix. */
const byName: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^(?:gpt-|chatgpt|o\d|ft:gpt|text-embedding-|dall-e|gpt-image|tts-|whisper|omni-moderation|text-moderation|codex-|computer-use)/,
    "openai"
  ],
  [/^claude-/, "anthropic"],
  [/^(?:gemini-|text-bison|chat-bison|imagen|veo-)/, "google-vertex"],
  [/^(?:command|embed-(?:english|multilingual)|rerank-)/, "cohere"],
  [/^(?:anthropic\.|amazon\.|meta\.|mistral\.|cohere\.|ai21\.)/, "bedrock"]
]

/** Servers whose keys are placeholders, as in `api_key: none`. */
export const placeholder =
  /^(?:none|null|dummy|fake|empty|not[-_ ]?needed|anything|any|x+|sk-(?:fake|dummy|none|xxx+|no-key-required)|no[-_ ]?key.*|ollama|lm-studio|fake-key|placeholder|your[-_ ].*|)$/i

export interface Target {
  /** The id of the provider; `undefined` if there is none. */
  readonly provider: string | undefined
  readonly model: string
  /** Whether the provider was guessed from the name of the model. */
  readonly isGuessed: boolean
}

/** The provider and model that LiteLLM's `model` stands for. */
export const targetOf = (name: string, custom: string | undefined, hasBaseUrl: boolean, kinds: Kinds): Target => {
  const slash = name.indexOf("/")
  const prefix = custom ?? (slash < 0 ? undefined : name.slice(0, slash))
  const model = custom !== undefined && !name.startsWith(`${custom}/`) ? name : name.slice(slash + 1)
  const known = prefix === undefined ? undefined : idOf(prefix, kinds)
  if (prefix === undefined || (known === undefined && custom === undefined && guess(name) !== undefined)) {
    const guessed = guess(name) ?? (hasBaseUrl ? compatible : undefined)
    return { provider: guessed === "openai" && hasBaseUrl ? compatible : guessed, model: name, isGuessed: true }
  }
  if (known === "openai" && hasBaseUrl) return { provider: compatible, model, isGuessed: false }
  if (known === "openai" && model.startsWith("responses/"))
    return { provider: "openai-responses", model: model.slice("responses/".length), isGuessed: false }
  if (known === "bedrock")
    return { provider: known, model: model.replace(/^(?:converse|invoke)\//, ""), isGuessed: false }
  if (known === "google-vertex" && model.startsWith("claude-"))
    return { provider: "google-vertex-anthropic", model, isGuessed: false }
  return { provider: known, model, isGuessed: false }
}

const guess = (name: string): string | undefined => byName.find(([pattern]) => pattern.test(name))?.[1]

const idOf = (prefix: string, kinds: Kinds): string | undefined =>
  [ids[prefix], prefix, prefix.replaceAll("_", "-")].find((id) => id !== undefined && kinds.has(id))
