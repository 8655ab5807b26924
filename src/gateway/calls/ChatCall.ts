import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { ServerError } from "effect-llm/domain/ChatResponse"
import type { DecodedRequest, EncodeResponseOptions } from "effect-llm/protocols/ChatProtocol"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import * as Call from "./Call.ts"
import { type Failure, stopped, toProviderError } from "./Failure.ts"
import type { Models } from "./Models.ts"
import * as ResponseWriter from "./ResponseWriter.ts"

/** Calls the model of a chat request and responds in the words of a protocol. */
export const answer = Effect.fnUntraced(function* (
  exchange: Exchange,
  protocol: ResponseWriter.Writing,
  { includeUsage, model: name, request, stream }: DecodedRequest
): Effect.fn.Return<Answer, Failure, Models | Scope.Scope> {
  const { received } = exchange
  const options: EncodeResponseOptions = {
    model: name,
    created: Math.floor(received.startedAtMillis / 1000),
    id: received.id,
    includeUsage
  }
  if (!stream) {
    const { headers, response } = yield* Call.whole(exchange, "chat", name, request)
    return {
      status: 200,
      headers: { "content-type": "application/json", ...headers },
      body: ResponseWriter.whole(protocol, response, options)
    }
  }
  const { headers, pull } = yield* Call.stream(exchange, "chat", name, request)
  const writer = ResponseWriter.stream(protocol, options)
  return {
    status: 200,
    headers: { "content-type": writer.contentType, "cache-control": "no-cache", ...headers },
    body: written(pull, writer),
    ending: () => writer.fail(stopped)
  }
})

/** The body of a stream; an error ends it in the words of the dialect. */
const written = (
  pull: Call.Streamed<ChatEvent>["pull"],
  writer: ResponseWriter.StreamWriter
): Exclude<AnswerBody, string | Uint8Array> => {
  let isOver = false
  const next = Effect.matchCauseEffect(pull, {
    onSuccess: (events): Pull.Pull<ReadonlyArray<string>> => Effect.succeed([writer.write(events)]),
    onFailure: (cause): Pull.Pull<ReadonlyArray<string>> => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      isOver = true
      if (Pull.isDoneCause(cause)) return Effect.succeed([writer.end()])
      const error = Call.errorIn(cause)
      const failed = error === undefined ? bug : toProviderError(error)
      return Effect.as(error === undefined ? Effect.logError("A stream ended in a defect", cause) : Effect.void, [
        writer.fail(failed)
      ])
    }
  })
  return Effect.suspend(() => (isOver ? Cause.done() : next))
}

const bug = new ServerError({ status: 500, detail: "this is a bug in the gateway" })
