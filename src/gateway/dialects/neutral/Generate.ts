import * as Effect from "effect/Effect"
import * as ChatCall from "../../calls/ChatCall.ts"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import { neutral } from "./Neutral.ts"
import { neutralChat } from "./NeutralChat.ts"

/** A chat with a model by its name here, its name at its provider, or both. */
export const generate: ReadonlyArray<Route<Models | ModelDirectory>> = [
  {
    method: "POST",
    path: "/llm/generate",
    dialect: neutral,
    access: "key",
    run: Effect.fnUntraced(function* (exchange) {
      const request = yield* ChatCall.read(exchange, neutralChat)
      const { nameOf } = yield* ModelDirectory
      const model = yield* nameOf(exchange.caller, request.model)
      return yield* ChatCall.answer(exchange, neutralChat, { ...request, model })
    })
  }
]
