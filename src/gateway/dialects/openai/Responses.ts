import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { ChatProtocol, DecodedRequest } from "effect-llm/protocols/ChatProtocol"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import * as ChatCall from "../../calls/ChatCall.ts"
import { type Failure, invalid } from "../../calls/Failure.ts"
import type { Models } from "../../calls/Models.ts"
import { type Answer, json } from "../../http/Answer.ts"
import * as Body from "../../http/Body.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import { Background } from "../../responses/Background.ts"
import { available, type Continued, continued } from "../../responses/Continuation.ts"
import * as Documents from "../../responses/Documents.ts"
import { recorded } from "../../responses/Recording.ts"
import { ResponseStore, type WireObject } from "../../responses/ResponseStore.ts"
import { openAi } from "./OpenAi.ts"
import { responsePaths } from "./Paths.ts"

/** What responses need beyond models. */
export type ResponseServices = ResponseStore | Background

/** How long the client waits for a response to be stored: it has been paid for, and is not lost with its copy. */
const longestSave = "2 seconds"

/** How long a call in the background may take. */
const longestCall = "1 hour"

const createResponse = Effect.fnUntraced(function* (
  exchange: Exchange
): Effect.fn.Return<Answer, Failure, Models | ResponseServices | Scope.Scope> {
  const received = yield* Body.json(exchange.received)
  if (!isObject(received)) return yield* invalid("the body is not an object")
  const { background, stream } = received
  const { body, ...conversation } = yield* continued(exchange.caller.id, received)
  const { model } = exchange.params
  const isBackground = background === true
  const decoded = yield* ChatCall.decode(
    exchange,
    OpenAiResponses,
    background === undefined ? body : { ...body, background: undefined },
    model === undefined ? undefined : { model }
  )
  const kept = received.store === false ? decoded : { ...decoded, request: withKeptFields(decoded.request) }
  if (!isBackground) return yield* call(exchange, received, conversation, kept, received.store !== false)
  if (received.store === false) return yield* invalid("a response in the background is stored", { at: "store" })
  if (stream === true) {
    return yield* invalid("a response in the background is not streamed: retrieve it until it is completed", {
      at: "stream"
    })
  }
  return yield* callInBackground(exchange, received, conversation, kept)
})

/** Labels are kept with the response: a provider gets them only where it keeps responses itself. */
const withKeptFields = ({ metadata, providerOptions, ...request }: ChatRequest): ChatRequest =>
  metadata === undefined
    ? { ...request, providerOptions }
    : {
        ...request,
        providerOptions: {
          ...providerOptions,
          [OpenAiResponses.id]: { ...providerOptions?.[OpenAiResponses.id], metadata }
        }
      }

type Conversation = Omit<Continued, "body">

/** Calls the model; what comes is kept where the client does not say otherwise. */
const call = Effect.fnUntraced(function* (
  exchange: Exchange,
  requestBody: WireObject,
  { input, previous }: Conversation,
  decoded: DecodedRequest,
  isStored: boolean
): Effect.fn.Return<Answer, Failure, Models | ResponseServices | Scope.Scope> {
  const answer = yield* ChatCall.answer(exchange, repeating(requestBody, exchange.received.id), decoded)
  if (!isStored) return answer
  const store = yield* ResponseStore
  const caller = exchange.caller.id
  return yield* recorded(answer, (document) =>
    typeof document.id !== "string"
      ? Effect.void
      : store.save({ caller, id: document.id, previous, input, document }).pipe(
          Effect.timeout(longestSave),
          Effect.catch((error) => Effect.logWarning(`The response ${document.id} was not stored`, error))
        )
  )
})

const callInBackground = Effect.fnUntraced(function* (
  exchange: Exchange,
  requestBody: WireObject,
  conversation: Conversation,
  decoded: DecodedRequest
): Effect.fn.Return<Answer, Failure, Models | ResponseServices> {
  const { caller, received } = exchange
  const store = yield* ResponseStore
  const background = yield* Background
  const services = yield* Effect.context<Models | ResponseServices>()
  const id = `resp_${received.id}`
  const created = Math.floor(received.startedAtMillis / 1000)
  const document = Documents.unfinished("queued", { id, created, model: decoded.model, requestBody })
  const stored = { caller: caller.id, id, ...conversation, document }
  yield* available(store.save(stored))
  const finish = (document: WireObject) =>
    Effect.catch(store.finish({ ...stored, document }), (error) =>
      Effect.logError(`The response ${id} was made and could not be stored`, error)
    )
  const made = call(exchange, requestBody, conversation, { ...decoded, stream: false }, false).pipe(
    Effect.flatMap((answer) => recorded(answer, (response) => finish({ ...response, id, background: true }))),
    Effect.timeoutOrElse({
      duration: longestCall,
      orElse: () => finish(Documents.withError(document, "server_error", "the call took too long"))
    }),
    Effect.catch((failure) => finish(Documents.failed(document, failure))),
    Effect.catchDefect((defect) =>
      Effect.andThen(
        Effect.logError("A response in the background ended in a defect", defect),
        finish(Documents.withError(document, "server_error", "this is a bug in the gateway"))
      )
    ),
    Effect.onInterrupt(() => finish(Documents.withError(document, "server_error", "the gateway was stopped"))),
    Effect.asVoid,
    Effect.scoped,
    Effect.provideContext(services)
  )
  yield* background.run(caller.id, id, made)
  return json(document)
})

/** The protocol whose responses repeat their request, and have ids by which they can be told from others'. */
const repeating = (requestBody: WireObject, requestId: string): ChatProtocol => {
  const ownId = `resp_${requestId}`
  const idOf = (id: string | undefined) => (id?.startsWith("resp_") === true ? id : ownId)
  return {
    ...OpenAiResponses,
    encodeResponse: (response, options) =>
      OpenAiResponses.encodeResponse(response.with({ id: idOf(response.id) }), { ...options, requestBody }),
    makeEncoder: (options) => {
      const encoder = OpenAiResponses.makeEncoder({ ...options, id: ownId, requestBody })
      return {
        ...encoder,
        encode: (event: ChatEvent) =>
          encoder.encode(event.type === "response-metadata" ? { ...event, id: idOf(event.id) } : event),
        end: () => encoder.end(),
        fail: (error) => encoder.fail(error)
      }
    }
  }
}

const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

/** Clients that find no WebSocket here go on over HTTP at once, but only after a 426. */
const refuseUpgrade: Route["run"] = ({ received: { headers } }) =>
  headers.upgrade === undefined
    ? invalid("responses are created by POST", { status: 405, headers: { allow: "POST" } })
    : invalid("responses are served over HTTP, not over a WebSocket", {
        status: 426,
        headers: { upgrade: "HTTP/1.1", connection: "close" }
      })

export const responses: ReadonlyArray<Route<Models | ResponseServices>> = responsePaths("").flatMap((path) => [
  { method: "POST", path, dialect: openAi, access: "key", run: createResponse },
  { method: "GET", path, dialect: openAi, access: "open", run: refuseUpgrade }
])
