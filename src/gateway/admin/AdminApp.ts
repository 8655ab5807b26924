import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Refused } from "../calls/Failure.ts"
import { type Answer, json } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import type { AdminServices } from "./AdminHandler.ts"
import type { DocumentedRoute } from "./OpenApiDocument.ts"

/** Responds to requests of the admin API; the first request loads its code. */
export class AdminApp extends Context.Service<
  AdminApp,
  {
    readonly respond: (exchange: Exchange) => Effect.Effect<Answer, Refused, Scope.Scope>
    /** The OpenAPI document of every route. */
    readonly document: Effect.Effect<Answer>
  }
>()("effect-llm-gateway/AdminApp") {
  /** `routes` are those that the OpenAPI document lists. */
  static readonly layer = (routes: ReadonlyArray<DocumentedRoute>): Layer.Layer<AdminApp, never, AdminServices> =>
    Layer.effect(
      this,
      Effect.gen(function* () {
        const context = yield* Effect.context<AdminServices | Scope.Scope>()
        const handler = yield* Effect.cached(
          Effect.promise(() => import("./AdminHandler.ts")).pipe(
            Effect.flatMap(({ make }) => make),
            Effect.provideContext(context)
          )
        )
        const document = yield* Effect.cached(
          Effect.map(
            Effect.promise(() => import("./OpenApiDocument.ts")),
            ({ openApiDocument }) => json(openApiDocument(routes))
          )
        )
        return { respond: (exchange) => Effect.flatMap(handler, (respond) => respond(exchange)), document }
      })
    )
}
