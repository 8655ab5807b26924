/** The protocols of batches: they are small, and loaded together. */
export { AnthropicBatches } from "./AnthropicBatches.ts"
export { MistralBatches } from "./MistralBatches.ts"
export { OpenAiBatches } from "./OpenAiBatches.ts"
