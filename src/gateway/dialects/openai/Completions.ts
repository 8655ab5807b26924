import * as Effect from "effect/Effect"
import { OpenAiCompletions } from "effect-llm/protocols/OpenAiCompletions"
import * as Call from "../../calls/Call.ts"
import * as ChatCall from "../../calls/ChatCall.ts"
import { costOf } from "../../calls/CallNotes.ts"
import { Refused } from "../../calls/Failure.ts"
import type { Models } from "../../calls/Models.ts"
import { json } from "../../http/Answer.ts"
import * as Body from "../../http/Body.ts"
import type { Route } from "../../http/Routes.ts"
import { openAi } from "./OpenAi.ts"
import { pathsOf } from "./Paths.ts"

/** How many prompts of one request are with providers at once. */
const concurrency = 4

/** OpenAI's old completions, over chat models. */
export const completions: ReadonlyArray<Route<Models>> = pathsOf("/completions").map((path) => ({
  method: "POST",
  path,
  dialect: openAi,
  access: "key",
  run: Effect.fnUntraced(function* (exchange) {
    const body = yield* Body.json(exchange.received)
    const { model } = exchange.params
    const decoded = OpenAiCompletions.decodeRequest(body, model === undefined ? undefined : { model })
    const { chats } = yield* Effect.mapError(Effect.fromResult(decoded), (error) => new Refused({ error }))
    const [first, ...others] = chats
    if (others.length === 0) {
      const { echo } = first
      return yield* ChatCall.answer(
        exchange,
        {
          ...OpenAiCompletions,
          encodeResponse: (response, options) => OpenAiCompletions.encodeResponses([[response, echo]], options),
          makeEncoder: (options) => OpenAiCompletions.makeEncoder({ ...options, echo })
        },
        first
      )
    }
    const calls = yield* Effect.forEach(chats, (chat) => Call.whole(exchange, "chat", chat.model, chat.request), {
      concurrency
    })
    const options = {
      model: first.model,
      created: Math.floor(exchange.received.startedAtMillis / 1000),
      id: exchange.received.id
    }
    return json(
      OpenAiCompletions.encodeResponses(
        calls.map(({ response }, index) => [response, chats[index]?.echo]),
        options
      ),
      { headers: { ...calls.at(-1)?.headers, ...costOf(...calls.map(({ response }) => response)) } }
    )
  })
}))
