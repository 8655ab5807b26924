/** The protocols of token counts: they are small, and loaded together. */
export { AnthropicTokenCount } from "./AnthropicTokenCount.ts"
export { BedrockTokenCount } from "./BedrockTokenCount.ts"
export { CohereTokenize } from "./CohereTokenize.ts"
export { GoogleTokenCount, VertexTokenCount } from "./GoogleTokenCount.ts"
export { OpenAiTokenCount } from "./OpenAiTokenCount.ts"
