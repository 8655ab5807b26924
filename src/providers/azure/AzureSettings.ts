import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import type { Authorize, AuthorizeOptions, Setting } from "../../client/ProviderDefinition.ts"

/**
 * The settings of Microsoft Entra: a token, or an application (tenant, id and secret) that obtains one.
 * Source: https://github.com/BerriAI/litellm/blob/main/litellm/llms/azure/common_utils.py
 */
export type EntraSetting = "entraToken" | "tenantId" | "clientId" | "clientSecret" | "scope"

export const entraSettings = (scope: string): { readonly [name in EntraSetting]: Setting } => ({
  entraToken: { config: "AZURE_AD_TOKEN", secret: true },
  tenantId: { config: "AZURE_TENANT_ID" },
  clientId: { config: "AZURE_CLIENT_ID" },
  clientSecret: { config: "AZURE_CLIENT_SECRET", secret: true },
  scope: { config: "AZURE_SCOPE", default: scope }
})

/** Signs with a token of Entra, unless there is a key. */
export const entraAuthorize =
  (provider: string) =>
  ({
    apiKey,
    settings
  }: AuthorizeOptions<EntraSetting>): Effect.Effect<Authorize | undefined, never, HttpClient.HttpClient> =>
    Effect.gen(function* () {
      if (apiKey !== undefined) return undefined
      const { clientId, clientSecret, entraToken, scope = "", tenantId } = settings
      const AccessToken = yield* Effect.promise(() => import("../../client/AccessToken.ts"))
      if (entraToken !== undefined) return AccessToken.bearer(Effect.succeed(Redacted.make(entraToken)))
      if (tenantId === undefined || clientId === undefined || clientSecret === undefined) return undefined
      const url = `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`
      const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope }
      const context = yield* Effect.context<HttpClient.HttpClient>()
      const obtain = Effect.provideContext(AccessToken.oauth(provider, url, form, [clientSecret]), context)
      return AccessToken.bearer(yield* AccessToken.cached(obtain))
    })

/** Every combination of an identity and an address. */
export const azureRequirements = (
  keys: ReadonlyArray<string>,
  addresses: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> =>
  [
    ...keys.map((key) => [key]),
    ["AZURE_AD_TOKEN"],
    ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]
  ].flatMap((identity) => addresses.map((address) => [...identity, address]))
