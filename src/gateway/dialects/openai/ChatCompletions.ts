import * as Effect from "effect/Effect"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import * as ChatCall from "../../calls/ChatCall.ts"
import type { Models } from "../../calls/Models.ts"
import { Refused } from "../../calls/Failure.ts"
import * as Body from "../../http/Body.ts"
import type { Route } from "../../http/Routes.ts"
import { openAi } from "./OpenAi.ts"
import { pathsOf } from "./Paths.ts"

/** Chat completions, with and without the version, and where Azure has them. */
export const chatCompletions: ReadonlyArray<Route<Models>> = pathsOf("/chat/completions").map((path) => ({
  method: "POST",
  path,
  dialect: openAi,
  access: "key",
  run: Effect.fnUntraced(function* (exchange) {
    const body = yield* Body.json(exchange.received)
    const { model } = exchange.params
    const decoded = OpenAiChat.decodeRequest(body, model === undefined ? undefined : { model })
    const request = yield* Effect.mapError(Effect.fromResult(decoded), (error) => new Refused({ error }))
    return yield* ChatCall.answer(exchange, OpenAiChat, request)
  })
}))
