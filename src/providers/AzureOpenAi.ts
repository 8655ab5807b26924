import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import { azureRequirements, entraAuthorize, entraSettings, type EntraSetting } from "./azure/AzureSettings.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

type Setting = "resource" | "endpoint" | "apiVersion" | EntraSetting

/** A dated version selects the older API, where the deployment is in the path. */
const isDated = (apiVersion: string | undefined): boolean => apiVersion !== undefined && /^\d/.test(apiVersion)

const capabilities = { embedding: Protocols.openAiEmbeddings }

/**
 * Azure OpenAI.
 *
 * ```ts
 * const model = AzureOpenAi.model("my-deployment")
 * ```
 *
 * Settings:
 *
 * - identity: `AZURE_API_KEY` or `AZURE_OPENAI_API_KEY` (sent as `api-key`); or an Entra token, `AZURE_AD_TOKEN`; or an Entra
 *   application, `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, with `AZURE_SCOPE` (default
 *   `https://cognitiveservices.azure.com/.default`); or `layerToken`;
 * - address: `AZURE_RESOURCE_NAME`, or `AZURE_OPENAI_ENDPOINT` or `AZURE_API_BASE` (`https://<resource>.openai.azure.com`), or
 *   the whole URL as `AZURE_BASE_URL`;
 * - `AZURE_API_VERSION`: leave it out for the v1 API. A dated version (`2024-10-21`) selects the older API, at
 *   `/openai/deployments/<model>/chat/completions`; an `AZURE_BASE_URL` then ends in `/openai`.
 *
 * The name of a model is the name of its deployment.
 *
 * @see https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle
 * @see https://github.com/vercel/ai/blob/main/packages/azure/src/azure-openai-provider.ts
 * @since 0.1.0
 * @category providers
 */
export class AzureOpenAi extends Provider.Service<AzureOpenAi>()<
  "azure",
  OpenAiChatQuirks,
  Setting,
  typeof capabilities
>({
  id: "azure",
  capabilities,
  protocol: Protocols.openAiChat,
  baseUrl: ({ apiVersion, endpoint, resource }) => {
    const host = endpoint ?? (resource === undefined ? undefined : `https://${resource}.openai.azure.com`)
    if (host === undefined) return undefined
    return `${host.replace(/(?<!\/)\/+(?:openai(?:\/v1)?\/*)?$/, "")}/openai${isDated(apiVersion) ? "" : "/v1"}`
  },
  path: (model, _stream, { apiVersion }) =>
    `${isDated(apiVersion) ? `/deployments/${encodeURIComponent(model)}` : ""}/chat/completions`,
  capabilityPath: (path, model, { apiVersion }) =>
    isDated(apiVersion) ? `/deployments/${encodeURIComponent(model)}${path}` : path,
  auth: { header: "api-key" },
  authorize: entraAuthorize("azure"),
  keyNames: ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
  settings: {
    resource: { config: "AZURE_RESOURCE_NAME" },
    endpoint: { config: ["AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"] },
    apiVersion: { config: ["AZURE_API_VERSION", "AZURE_OPENAI_API_VERSION"], query: "api-version" },
    ...entraSettings("https://cognitiveservices.azure.com/.default")
  },
  requiredSettings: azureRequirements(
    ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
    ["AZURE_RESOURCE_NAME", "AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE", "AZURE_BASE_URL"]
  )
}) {
  /**
   * A layer that signs requests with the effect's token. The effect runs for every request, so let it cache the token.
   */
  static layerToken(
    token: Effect.Effect<Redacted.Redacted, ProviderError>,
    options: Omit<Provider.LayerOptions<OpenAiChatQuirks, Setting>, "apiKey" | EntraSetting>
  ): Layer.Layer<AzureOpenAi, Config.ConfigError, HttpClient.HttpClient> {
    const authorize = () =>
      Effect.map(
        Effect.promise(() => import("../client/AccessToken.ts")),
        ({ bearer }) => bearer(token)
      )
    return Layer.effect(AzureOpenAi, Provider.make({ ...AzureOpenAi.definition, authorize }, options))
  }
}
