import * as Effect from "effect/Effect"
import { ChatResponse } from "effect-llm/domain/ChatResponse"
import * as Usage from "effect-llm/domain/Usage"
import type { DecodedRequest } from "effect-llm/protocols/ChatProtocol"
import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import { OllamaGenerate } from "effect-llm/protocols/OllamaGenerate"
import * as ChatCall from "../../calls/ChatCall.ts"
import type { Models } from "../../calls/Models.ts"
import type { Answer } from "../../http/Answer.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ChatServer } from "../ChatRoute.ts"
import { nameOf } from "./ModelName.ts"
import { ollama } from "./Ollama.ts"

/** Chats, and completions of a prompt. */
export const chat: ReadonlyArray<Route<Models | ModelDirectory>> = [
  { path: "/api/chat", server: OllamaChat },
  { path: "/api/generate", server: OllamaGenerate }
].map(({ path, server }) => ({
  method: "POST",
  path,
  dialect: ollama,
  access: "key",
  run: Effect.fnUntraced(function* (exchange) {
    const decoded = yield* ChatCall.read(exchange, server)
    const request = { ...decoded, model: yield* nameOf(decoded.model) }
    return yield* request.request.messages.length === 0
      ? loaded(exchange, server, request)
      : ChatCall.answer(exchange, server, request)
  })
}))

/** The response to a request that only loads a model, or unloads it: there is nothing to load here. */
const loaded = Effect.fnUntraced(function* (
  { caller, received }: Exchange,
  server: ChatServer,
  { model, request, stream }: DecodedRequest
) {
  const { find } = yield* ModelDirectory
  yield* find(caller, model)
  const response = new ChatResponse({
    content: [],
    finishReason: "other",
    rawFinishReason: request.providerOptions?.[OllamaChat.id]?.keep_alive === 0 ? "unload" : "load",
    usage: Usage.unknown,
    warnings: [],
    attempts: []
  })
  const created = Math.floor(received.startedAtMillis / 1000)
  const body = JSON.stringify(server.encodeResponse(response, { model, created, id: received.id }))
  return {
    status: 200,
    headers: { "content-type": stream ? "application/x-ndjson" : "application/json" },
    body: stream ? `${body}\n` : body
  } satisfies Answer
})
