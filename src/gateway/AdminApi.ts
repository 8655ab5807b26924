/**
 * The admin API of a gateway, and a client for it: keys, users, teams, budgets, spend, calls, health.
 *
 * ```ts
 * import { Console, Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import * as AdminApi from "effect-llm-gateway/AdminApi"
 *
 * export const program = Effect.gen(function* () {
 *   const admin = yield* AdminApi.client({ url: "http://127.0.0.1:4000", key: Redacted.make("sk-admin") })
 *   const { total } = yield* admin.ledger.spend({ query: { by: "model" } })
 *   yield* Console.log(total.cost)
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as OpenApi from "effect/http-api/OpenApi"
import type * as Redacted from "effect/Redacted"
import { budgetsApi, keysApi, teamsApi, usersApi } from "./admin/api/AccessApi.ts"
import { ledgerApi } from "./admin/api/LedgerApi.ts"
import { operationApi } from "./admin/api/OperationApi.ts"
import { selfApi } from "./admin/api/SelfApi.ts"

/**
 * The admin API. Errors are problems (RFC 9457).
 *
 * @since 0.1.0
 * @category constants
 */
export const api = HttpApi.make("effect-llm-gateway")
  .add(keysApi, usersApi, teamsApi, budgetsApi, ledgerApi, operationApi, selfApi)
  .prefix("/admin")
  .middleware(HttpApiMiddleware.ProblemDetails)
  // A limit whose name is mistyped would be no limit, and a filter none.
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error", errors: "all" })
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error", errors: "all" })
  .annotate(OpenApi.Title, "effect-llm gateway")

/**
 * A client of the admin API.
 *
 * @since 0.1.0
 * @category models
 */
export type Client = HttpApiClient.ForApi<typeof api>

/**
 * A client for the gateway at an address, with the key of an administrator.
 *
 * @since 0.1.0
 * @category constructors
 */
export const client = ({
  key,
  url
}: {
  readonly url: string
  readonly key?: Redacted.Redacted | undefined
}): Effect.Effect<Client, never, HttpClient.HttpClient> =>
  HttpApiClient.make(api, {
    baseUrl: url,
    transformClient: HttpClient.mapRequest((request) =>
      key === undefined ? request : HttpClientRequest.bearerToken(request, key)
    )
  })
