import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Anthropic: the Claude models.
 *
 * ```ts
 * const model = Anthropic.model("claude-haiku-5-5")
 * ```
 *
 * Settings: `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`.
 *
 * Betas are switched on with `providerOptions: { anthropic: { betas: ["..."] } }`.
 *
 * @see https://platform.claude.com/docs/en/api/overview
 * @see https://platform.claude.com/docs/en/api/versioning
 * @since 0.1.0
 * @category providers
 */
export class Anthropic extends Provider.Service<Anthropic>()({
  id: "anthropic",
  capabilities: {
    tokenCount: Protocols.anthropicTokenCount,
    files: Protocols.anthropicFiles,
    batches: Protocols.anthropicBatches
  },
  protocol: Protocols.anthropicMessages,
  baseUrl: "https://api.anthropic.com",
  auth: { header: "x-api-key" },
  headers: { "anthropic-version": "2023-06-01" }
}) {}
