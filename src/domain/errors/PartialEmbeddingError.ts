export { PartialEmbeddingError } from "../ChatResponse.ts"
