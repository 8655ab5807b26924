import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import { failed, fromError } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Table from "../terminal/Table.ts"
import type { Address } from "./Address.ts"
import { needsKey, unreachable } from "./Admin.ts"

const Health = Schema.Struct({
  status: Schema.String,
  reasons: Schema.Array(Schema.String),
  providers: Schema.Record(
    Schema.String,
    Schema.Struct({ status: Schema.String, calls: Schema.Int, failed: Schema.Int, cooling: Schema.Int })
  )
})

/** `health`. */
export const health = Effect.fnUntraced(function* ({ json, key, url }: Address) {
  const request = HttpClientRequest.get(`${url.replace(/\/$/, "")}/health`)
  const response = yield* Effect.mapError(
    HttpClient.execute(key === undefined ? request : HttpClientRequest.bearerToken(request, key)),
    () => unreachable(url)
  )
  if (response.status === 401) return yield* needsKey(url)
  const found = yield* Effect.mapError(HttpClientResponse.schemaBodyJson(Health)(response), fromError)
  if (json) yield* printJson(found)
  else {
    yield* Console.log([`${url} is ${found.status}`, ...found.reasons].join(", "))
    const providers = Object.entries(found.providers)
    if (providers.length > 0)
      yield* Table.print(providers, [
        { title: "provider", value: ([name]) => name },
        { title: "state", value: ([, { status }]) => status },
        { title: "calls", align: "right", value: ([, { calls }]) => String(calls) },
        { title: "failed", align: "right", value: ([, { failed }]) => String(failed) }
      ])
  }
  if (found.status !== "ready") return yield* failed(`the gateway cannot serve: ${found.reasons.join(", ")}`)
}, Effect.provide(Services.http))
