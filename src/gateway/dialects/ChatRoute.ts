import * as Effect from "effect/Effect"
import type { ChatProtocol, RequestPath } from "effect-llm/protocols/ChatProtocol"
import * as ChatCall from "../calls/ChatCall.ts"
import type { Models } from "../calls/Models.ts"
import type { Writing } from "../calls/ResponseWriter.ts"
import * as Body from "../http/Body.ts"
import type { Exchange, Route } from "../http/Routes.ts"
import type { Dialect } from "./Dialect.ts"

/** The path of a chat, and what it states of the request. */
export interface ChatPlace {
  readonly path: string
  readonly pathOf?: (exchange: Exchange) => RequestPath | undefined
}

/** The server half of a protocol of chats. */
export type ChatServer = Pick<ChatProtocol, "decodeRequest"> & Writing

/** A chat in the words of a protocol, which may depend on the request. */
export const chatRoute = (
  dialect: Dialect,
  protocol: ChatServer | ((exchange: Exchange, body: unknown) => ChatServer),
  { path, pathOf }: ChatPlace
): Route<Models> => ({
  method: "POST",
  path,
  dialect,
  access: "key",
  run: (exchange) =>
    Effect.flatMap(Body.json(exchange.received), (body) => {
      const spoken = typeof protocol === "function" ? protocol(exchange, body) : protocol
      return Effect.flatMapEager(ChatCall.decode(exchange, spoken, body, pathOf?.(exchange)), (decoded) =>
        ChatCall.answer(exchange, spoken, decoded)
      )
    })
})
