/** The protocols of files: they are small, and loaded together. */
export { AnthropicFiles } from "./AnthropicFiles.ts"
export { GoogleFiles } from "./GoogleFiles.ts"
export { MistralFiles, OpenAiFiles } from "./OpenAiFiles.ts"
