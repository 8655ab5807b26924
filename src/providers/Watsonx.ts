import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import { compatibleQuirks } from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

type Setting = "region" | "url" | "project" | "space" | "version" | "token" | "zenKey" | "iamUrl"

/**
 * IBM watsonx.ai.
 *
 * ```ts
 * const model = Watsonx.model("openai/gpt-oss-120b")
 * ```
 *
 * Settings:
 *
 * - identity: `WATSONX_APIKEY` or `WATSONX_API_KEY`, which is exchanged for a token at `WATSONX_IAM_URL` (default
 *   `https://iam.cloud.ibm.com/identity/token`) and renewed; or a token, `WATSONX_TOKEN`; or on your own cluster
 *   `WATSONX_ZENAPIKEY`;
 * - address: `WATSONX_REGION` (default `us-south`), or `WATSONX_URL`; or the whole URL as `WATSONX_BASE_URL`;
 * - `WATSONX_PROJECT_ID` or `WATSONX_DEPLOYMENT_SPACE_ID`; `WATSONX_VERSION`, the date of the API (default `2024-03-13`).
 *
 * A deployment is named as `deployment/<id or serving name>`.
 *
 * @see https://cloud.ibm.com/apidocs/watsonx-ai
 * @see https://www.ibm.com/watsonx/developer/get-started/quick-start
 * @since 0.1.0
 * @category providers
 */
export class Watsonx extends Provider.Service<Watsonx>()<"watsonx", OpenAiChatQuirks, Setting>({
  id: "watsonx",
  protocol: Protocols.watsonxChat,
  baseUrl: ({ region = "us-south", url = `https://${region}.ml.cloud.ibm.com` }) =>
    `${url.replace(/(?<!\/)\/+$/, "")}/ml/v1`,
  keyNames: ["WATSONX_APIKEY", "WATSONX_API_KEY"],
  settings: {
    region: { config: "WATSONX_REGION" },
    url: { config: "WATSONX_URL" },
    project: { config: "WATSONX_PROJECT_ID", body: "project_id" },
    space: { config: "WATSONX_DEPLOYMENT_SPACE_ID", body: "space_id" },
    version: { config: "WATSONX_VERSION", query: "version", default: "2024-03-13" },
    token: { config: "WATSONX_TOKEN", secret: true },
    zenKey: { config: "WATSONX_ZENAPIKEY", secret: true },
    iamUrl: { config: "WATSONX_IAM_URL", default: "https://iam.cloud.ibm.com/identity/token" }
  },
  requiredSettings: [["WATSONX_APIKEY"], ["WATSONX_API_KEY"], ["WATSONX_TOKEN"], ["WATSONX_ZENAPIKEY"]],
  authorize: ({ apiKey, settings: { iamUrl = "", token, zenKey } }) =>
    Effect.gen(function* () {
      if (token === undefined && zenKey === undefined && apiKey === undefined) return undefined
      const AccessToken = yield* Effect.promise(() => import("../client/AccessToken.ts"))
      if (token !== undefined) return AccessToken.bearer(Effect.succeed(Redacted.make(token)))
      if (apiKey === undefined) return AccessToken.scheme("ZenApiKey", Redacted.make(zenKey ?? ""))
      const context = yield* Effect.context<HttpClient.HttpClient>()
      const key = Redacted.value(apiKey)
      const form = { grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: key }
      const obtain = AccessToken.oauth("watsonx", iamUrl, form, [key])
      return AccessToken.bearer(yield* AccessToken.cached(Effect.provideContext(obtain, context)))
    }),
  quirks: { ...compatibleQuirks, topK: false, streamUsage: false }
}) {}
