/** The protocols of moderation: they are small, and loaded together. */
export { MistralModerations } from "./MistralModerations.ts"
export { OpenAiModerations } from "./OpenAiModerations.ts"
