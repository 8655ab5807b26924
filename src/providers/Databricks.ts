import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

const workspaceOf = (host: string): string => `https://${host.replace(/^https?:\/\//, "").replace(/(?<!\/)\/+$/, "")}`

/**
 * Databricks.
 *
 * ```ts
 * const model = Databricks.model("databricks-gpt-oss-120b")
 * ```
 *
 * Settings: `DATABRICKS_HOST` (the workspace) or `DATABRICKS_BASE_URL`; `DATABRICKS_TOKEN` or `DATABRICKS_API_KEY`, or
 * the service principal `DATABRICKS_CLIENT_ID` and `DATABRICKS_CLIENT_SECRET`.
 *
 * The name of a model is the name of its serving endpoint.
 *
 * @see https://docs.databricks.com/aws/en/machine-learning/foundation-models/
 * @see https://github.com/BerriAI/litellm/blob/main/litellm/llms/databricks/common_utils.py
 * @since 0.1.0
 * @category providers
 */
export class Databricks extends OpenAiCompatible.Service<Databricks>()({
  id: "databricks",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: ({ host }) => (host === undefined ? undefined : `${workspaceOf(host)}/serving-endpoints`),
  keyNames: ["DATABRICKS_TOKEN", "DATABRICKS_API_KEY"],
  settings: {
    host: { config: "DATABRICKS_HOST" },
    clientId: { config: "DATABRICKS_CLIENT_ID" },
    clientSecret: { config: "DATABRICKS_CLIENT_SECRET", secret: true }
  },
  requiredSettings: [
    ["DATABRICKS_TOKEN", "DATABRICKS_HOST"],
    ["DATABRICKS_TOKEN", "DATABRICKS_BASE_URL"],
    ["DATABRICKS_API_KEY", "DATABRICKS_HOST"],
    ["DATABRICKS_API_KEY", "DATABRICKS_BASE_URL"],
    ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_HOST"]
  ],
  authorize: ({ apiKey, settings: { clientId, clientSecret, host } }) =>
    Effect.gen(function* () {
      if (apiKey !== undefined || clientId === undefined || clientSecret === undefined) return undefined
      if (host === undefined) return undefined
      const AccessToken = yield* Effect.promise(() => import("../client/AccessToken.ts"))
      const context = yield* Effect.context<HttpClient.HttpClient>()
      const form = { grant_type: "client_credentials", scope: "all-apis" }
      const basic = { name: clientId, secret: clientSecret }
      const obtain = AccessToken.oauth("databricks", `${workspaceOf(host)}/oidc/v1/token`, form, [clientSecret], basic)
      return AccessToken.bearer(yield* AccessToken.cached(Effect.provideContext(obtain, context)))
    }),
  quirks: { topK: false }
}) {}
