import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { Dialect } from "../dialects/Dialect.ts"
import { openAi } from "../dialects/openai/OpenAi.ts"
import type { Route } from "../http/Routes.ts"
import { AdminApp } from "./AdminApp.ts"
import * as Effect from "effect/Effect"

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  503: "Service Unavailable"
}

/** The dialect of the admin API: errors are problem details (RFC 9457). */
export const admin: Dialect = {
  ...openAi,
  name: "admin",
  errorMediaType: "application/problem+json",
  encodeError: (error: ProviderError, options) => {
    const { status } = openAi.encodeError(error, options)
    return { status, body: { type: "about:blank", status, title: titles[status] ?? "Error", detail: error.message } }
  }
}

const methods = ["GET", "POST", "PATCH", "PUT", "DELETE"] as const

const route = (method: Route["method"], path: string, access: Route["access"]): Route<AdminApp> => ({
  method,
  path,
  dialect: admin,
  access,
  run: (exchange) => Effect.flatMap(AdminApp, ({ respond }) => respond(exchange))
})

/** The admin API: for administrators, apart from `/admin/me`, which every key may read. */
export const adminRoutes: ReadonlyArray<Route<AdminApp>> = [
  route("GET", "/admin/me", "key"),
  route("GET", "/admin/me/{rest...}", "key"),
  {
    method: "GET",
    path: "/openapi.json",
    dialect: admin,
    access: "key",
    run: () => Effect.flatMap(AdminApp, ({ document }) => document)
  },
  ...methods.map((method) => route(method, "/admin/{rest...}", "admin"))
]
