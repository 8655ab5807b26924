import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Fireworks AI: open models.
 *
 * ```ts
 * const model = Fireworks.model("accounts/fireworks/models/kimi-k3")
 * ```
 *
 * Settings: `FIREWORKS_API_KEY` or `FIREWORKS_AI_API_KEY`; `FIREWORKS_BASE_URL`.
 *
 * `providerOptions: { fireworks: { reasoning_history: "preserved" } }` makes a model read the reasoning of earlier
 * turns.
 *
 * @see https://docs.fireworks.ai/api-reference/post-chatcompletions
 * @since 0.1.0
 * @category providers
 */
export class Fireworks extends OpenAiCompatible.Service<Fireworks>()({
  id: "fireworks",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.fireworks.ai/inference/v1",
  keyNames: ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"],
  quirks: { reasoningField: "reasoning_content" }
}) {}
