import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * GitHub Models.
 *
 * ```ts
 * const model = GitHubModels.model("openai/gpt-6-luna")
 * ```
 *
 * Settings: `GITHUB_TOKEN` or `GITHUB_API_KEY`; `GITHUB_MODELS_BASE_URL`.
 *
 * The token needs the permission `models: read`.
 *
 * @see https://docs.github.com/en/github-models
 * @since 0.1.0
 * @category providers
 */
export class GitHubModels extends OpenAiCompatible.Service<GitHubModels>()({
  id: "github-models",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://models.github.ai/inference",
  keyNames: ["GITHUB_TOKEN", "GITHUB_API_KEY"],
  quirks: { topK: false }
}) {}
