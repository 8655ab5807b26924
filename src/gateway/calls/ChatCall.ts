import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type ChatEvent, isContent } from "effect-llm/domain/ChatEvent"
import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import { ServerError } from "effect-llm/domain/ChatResponse"
import * as Journal from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import type { ChatProtocol, DecodedRequest, EncodeResponseOptions } from "effect-llm/protocols/ChatProtocol"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import { type Failure, Refused, toProviderError } from "./Failure.ts"
import { Models } from "./Models.ts"
import * as ResponseWriter from "./ResponseWriter.ts"

/** Calls the model of a chat request and responds in the words of a protocol. */
export const answer = Effect.fnUntraced(function* (
  { caller, received }: Exchange,
  protocol: ChatProtocol,
  { includeUsage, model: name, request, stream }: DecodedRequest
): Effect.fn.Return<Answer, Failure, Models | Scope.Scope> {
  if (!caller.permits(name))
    return yield* new Refused({ error: new PermissionDeniedError({ detail: `this key may not call ${name}` }) })
  const models = yield* Models
  const model = caller.policy(yield* models.model("chat", name))
  const options: EncodeResponseOptions = {
    model: name,
    created: Math.floor(received.startedAtMillis / 1000),
    id: received.id,
    includeUsage
  }
  if (!stream) {
    const response = yield* Journal.annotate(model.generate(request), caller.annotations)
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: ResponseWriter.whole(protocol, response, options)
    }
  }
  const events = Model.streamOf(model)?.(request) ?? Stream.die(`${name} does not stream`)
  const writer = ResponseWriter.stream(protocol, options)
  return {
    status: 200,
    headers: { "content-type": writer.contentType, "cache-control": "no-cache" },
    body: yield* Journal.annotate(written(events, writer), caller.annotations)
  }
})

/**
 * The body of a stream. It begins with the first content, so that an error before that is a response of its own; an error
 * after it ends the stream in the words of the dialect.
 */
const written = Effect.fnUntraced(function* <E extends Failure>(
  events: Stream.Stream<ChatEvent, E>,
  writer: ResponseWriter.StreamWriter
): Effect.fn.Return<AnswerBody, E, Scope.Scope> {
  const services = yield* Effect.context<Scope.Scope>()
  const pull = Effect.provideContext(yield* Stream.toPull(events), services)
  const before: Array<string> = []
  let isOver = false
  while (true) {
    const chunk = yield* Pull.catchDone(pull, () => Effect.undefined)
    before.push(chunk === undefined ? writer.end() : writer.write(chunk))
    isOver = chunk === undefined
    if (isOver || chunk?.some(isContent) === true) break
  }
  const next = pull.pipe(
    Effect.map((chunk) => [writer.write(chunk)]),
    Effect.catchCause((cause): Pull.Pull<ReadonlyArray<string>> => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      isOver = true
      return Effect.succeed([Pull.isDoneCause(cause) ? writer.end() : writer.fail(errorIn(cause))])
    })
  )
  let first: ReadonlyArray<string> | undefined = before
  return Effect.suspend((): Pull.Pull<ReadonlyArray<string>> => {
    const texts = first
    first = undefined
    return texts !== undefined ? Effect.succeed(texts) : isOver ? Cause.done() : next
  })
})

const errorIn = (cause: Cause.Cause<Failure | Cause.Done>) => {
  const error = Cause.findErrorOption(cause)
  return error._tag === "Some" && error.value._tag !== "Done"
    ? toProviderError(error.value as Failure)
    : new ServerError({ status: 500, detail: "this is a bug in the gateway" })
}
