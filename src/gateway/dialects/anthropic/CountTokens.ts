import * as Effect from "effect/Effect"
import * as Protocols from "effect-llm/providers/Protocols"
import * as CountTokens from "../../calls/CountTokens.ts"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { anthropic } from "./Anthropic.ts"

/** How many tokens a message would have, without sending it. */
export const countTokens = ["/v1", ""].map((prefix): Route<Models> => ({
  method: "POST",
  path: `${prefix}/messages/count_tokens`,
  dialect: anthropic,
  access: "key",
  run: (exchange) => Effect.flatMap(Protocols.anthropicTokenCount, (server) => CountTokens.answer(exchange, server))
}))
