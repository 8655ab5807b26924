/** The protocols of embeddings: they are small, and loaded together. */
export { BedrockEmbeddings } from "./BedrockEmbeddings.ts"
export { CohereEmbed } from "./CohereEmbed.ts"
export {
  CompatibleEmbeddings,
  JinaEmbeddings,
  MistralEmbeddings,
  NvidiaEmbeddings,
  OpenAiEmbeddings,
  OpenRouterEmbeddings,
  VoyageEmbeddings
} from "./CompatibleEmbeddings.ts"
export { GoogleEmbeddings, VertexEmbeddings } from "./GoogleEmbeddings.ts"
export { OllamaEmbed } from "./OllamaEmbed.ts"
