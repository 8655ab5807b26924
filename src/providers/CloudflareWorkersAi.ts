import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Cloudflare Workers AI, through its OpenAI-compatible endpoint.
 *
 * ```ts
 * const model = CloudflareWorkersAi.model("@cf/zai-org/glm-5.2")
 * ```
 *
 * Settings: `CLOUDFLARE_API_KEY` or `CLOUDFLARE_API_TOKEN`, and `CLOUDFLARE_ACCOUNT_ID`; or the whole URL as
 * `CLOUDFLARE_BASE_URL`.
 *
 * @see https://developers.cloudflare.com/workers-ai/
 * @since 0.1.0
 * @category providers
 */
export class CloudflareWorkersAi extends OpenAiCompatible.Service<CloudflareWorkersAi>()({
  id: "cloudflare",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1",
  keyNames: ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"],
  settings: { account: { config: "CLOUDFLARE_ACCOUNT_ID" } }
}) {}
