/** A model of a provider for those who name none: cheap, general-purpose and with no announced retirement. */
export const defaultModels: { readonly [provider: string]: string } = {
  openai: "gpt-6-luna",
  anthropic: "claude-haiku-5-5",
  openrouter: "openai/gpt-6-luna",
  deepseek: "deepseek-v4-flash",
  google: "gemini-3.8-flash",
  groq: "openai/gpt-oss-120b",
  mistral: "mistral-small-latest",
  xai: "grok-4.7"
}
