import * as Effect from "effect/Effect"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import * as ChatCall from "../../calls/ChatCall.ts"
import type { Models } from "../../calls/Models.ts"
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
    const { model } = exchange.params
    const request = yield* ChatCall.read(exchange, OpenAiChat, model === undefined ? undefined : { model })
    return yield* ChatCall.answer(exchange, OpenAiChat, request)
  })
}))
