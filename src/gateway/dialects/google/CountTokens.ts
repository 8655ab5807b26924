import * as Effect from "effect/Effect"
import * as Protocols from "effect-llm/providers/Protocols"
import * as CountTokens from "../../calls/CountTokens.ts"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { google, placesOf } from "./Google.ts"

/** How many tokens a request would have, without sending it. */
export const countTokens = placesOf(":countTokens").map(({ modelOf, path }): Route<Models> => ({
  method: "POST",
  path,
  dialect: google,
  access: "key",
  run: (exchange) =>
    Effect.flatMap(Protocols.googleTokenCount, (server) => CountTokens.answer(exchange, server, modelOf(exchange)))
}))
