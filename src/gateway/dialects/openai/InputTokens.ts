import * as Effect from "effect/Effect"
import * as Protocols from "effect-llm/providers/Protocols"
import * as CountTokens from "../../calls/CountTokens.ts"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { openAi } from "./OpenAi.ts"
import { responsePaths } from "./Paths.ts"

/** How many tokens the input of a response would have, without sending it. */
export const inputTokens: ReadonlyArray<Route<Models>> = responsePaths("/input_tokens").map((path) => ({
  method: "POST",
  path,
  dialect: openAi,
  access: "key",
  run: (exchange) =>
    Effect.flatMap(Protocols.openAiTokenCount, (server) => CountTokens.answer(exchange, server, exchange.params.model))
}))
