import { azureNeeds, entraAuthorize, entraSettings, type EntraSetting } from "./azure/AzureSettings.ts"
import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

const capabilities = { embedding: Protocols.openAiEmbeddings }

/**
 * Azure AI Foundry: the models of every vendor that are deployed in one resource. The name of a model is that of its
 * deployment. Settings:
 *
 * - who asks: `AZURE_AI_API_KEY` (sent as `api-key`), or Entra's as with `AzureOpenAi`, with `AZURE_SCOPE` (default
 *   `https://ai.azure.com/.default`).
 * - where: `AZURE_AI_RESOURCE_NAME`, or the whole address as `AZURE_FOUNDRY_BASE_URL`. The older inference API
 *   (`https://<resource>.services.ai.azure.com/models`) needs `AZURE_AI_API_VERSION` too.
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
  needs: azureNeeds(["AZURE_AI_API_KEY"], ["AZURE_AI_RESOURCE_NAME", "AZURE_FOUNDRY_BASE_URL"]),
  quirks: { topK: false },
  rows: "azure"
}) {}
