import type { FeatureName } from "./Features.ts"
import { type Upstream, upstreams } from "./Upstreams.ts"

/** What does not work, and why. */
export interface Limit {
  /** The titles of the clients; all without. */
  readonly clients?: ReadonlyArray<string>
  readonly upstreams: ReadonlyArray<Upstream>
  readonly features: ReadonlyArray<FeatureName>
  readonly because: string
}

export const limits: ReadonlyArray<Limit> = [
  {
    clients: ["genai, ollama"],
    upstreams: Object.keys(upstreams) as ReadonlyArray<Upstream>,
    features: ["cut", "reset", "overloaded"],
    because:
      "In streams of Ollama's it skips the line that says the error, and ends as if nothing were: a response without `captured_stop_reason` was cut off."
  },
  {
    clients: ["smolagents"],
    upstreams: ["ollama-chat"],
    features: ["tools", "streamedTools"],
    because:
      'It demands a call of a tool (`tool_choice: "required"`), which Ollama cannot: a 400 that names `tool_choice`.'
  },
  {
    clients: ["@ai-sdk/anthropic", "strands-agents, openai", "strands-agents, anthropic", "strands-agents, gemini"],
    upstreams: ["ollama-chat"],
    features: ["structured"],
    because: "Its typed values are calls of a tool that it demands, which Ollama cannot: a 400 that names the choice."
  }
]

export const limitOf = (client: string, upstream: Upstream, feature: FeatureName): Limit | undefined =>
  limits.find(
    ({ clients, features, upstreams }) =>
      features.includes(feature) && upstreams.includes(upstream) && (clients?.includes(client) ?? true)
  )
