import * as Effect from "effect/Effect"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import * as ChatCall from "../../calls/ChatCall.ts"
import { invalid, Refused } from "../../calls/Failure.ts"
import type { Models } from "../../calls/Models.ts"
import * as Body from "../../http/Body.ts"
import type { Route } from "../../http/Routes.ts"
import { openAi } from "./OpenAi.ts"
import { versionedPathsOf } from "./Paths.ts"

const paths = [...versionedPathsOf("/responses"), "/openai/responses", "/openai/deployments/{model}/responses"]

const create: ReadonlyArray<Route<Models>> = paths.map((path) => ({
  method: "POST",
  path,
  dialect: openAi,
  access: "key",
  run: Effect.fnUntraced(function* (exchange) {
    const body = yield* Body.json(exchange.received)
    const { model } = exchange.params
    const decoded = OpenAiResponses.decodeRequest(body, model === undefined ? undefined : { model })
    const request = yield* Effect.mapError(Effect.fromResult(decoded), (error) => new Refused({ error }))
    return yield* ChatCall.answer(exchange, OpenAiResponses, request)
  })
}))

/** Clients that find no WebSocket here go on over HTTP at once, but only after a 426. */
const upgrade: ReadonlyArray<Route> = paths.map((path) => ({
  method: "GET",
  path,
  dialect: openAi,
  access: "open",
  run: ({ received: { headers } }) =>
    headers.upgrade === undefined
      ? invalid("responses are created by POST", { status: 405, headers: { allow: "POST" } })
      : invalid("responses are served over HTTP, not over a WebSocket", {
          status: 426,
          headers: { upgrade: "HTTP/1.1", connection: "close" }
        })
}))

export const responses: ReadonlyArray<Route<Models>> = [...create, ...upgrade]
