import { azureRequirements, entraAuthorize, entraSettings, type EntraSetting } from "./azure/AzureSettings.ts"
import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

const capabilities = { embedding: Protocols.openAiEmbeddings }

/**
 * Azure AI Foundry: the models of every vendor deployed in one resource.
 *
 * ```ts
 * const model = AzureAiFoundry.model("my-deployment")
 * ```
 *
 * Settings:
 *
 * - identity: `AZURE_AI_API_KEY` (sent as `api-key`), or Entra as for `AzureOpenAi`, with `AZURE_SCOPE` (default
 *   `https://ai.azure.com/.default`);
 * - address: `AZURE_AI_RESOURCE_NAME`, or the whole URL as `AZURE_FOUNDRY_BASE_URL`. The older inference API
 *   (`https://<resource>.services.ai.azure.com/models`) also needs `AZURE_AI_API_VERSION`.
 *
 * The name of a model is the name of its deployment.
 *
 * @see https://learn.microsoft.com/en-us/azure/ai-foundry/foundry-models/concepts/endpoints
 * @since 0.1.0
 * @category providers
 */
export class AzureAiFoundry extends OpenAiCompatible.Service<AzureAiFoundry>()<
  "azure-foundry",
  "resource" | "apiVersion" | EntraSetting,
  typeof capabilities
>({
  id: "azure-foundry",
  capabilities,
  baseUrl: "https://{resource}.services.ai.azure.com/openai/v1",
  auth: { header: "api-key" },
  authorize: entraAuthorize("azure-foundry"),
  keyNames: ["AZURE_AI_API_KEY"],
  settings: {
    resource: { config: "AZURE_AI_RESOURCE_NAME" },
    apiVersion: { config: "AZURE_AI_API_VERSION", query: "api-version" },
    ...entraSettings("https://ai.azure.com/.default")
  },
  requiredSettings: azureRequirements(["AZURE_AI_API_KEY"], ["AZURE_AI_RESOURCE_NAME", "AZURE_FOUNDRY_BASE_URL"]),
  quirks: { topK: false },
  rows: "azure"
}) {}
