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
import { ProviderObjects } from "../../objects/ProviderObjects.ts"
import { CurrentSettings } from "../../operations/CurrentSettings.ts"
import { Background } from "../../responses/Background.ts"
import { available, type Continued, continued } from "../../responses/Continuation.ts"
import * as Documents from "../../responses/Documents.ts"
import { advice, type Keeping, keepingOf, kept } from "../../responses/Keeping.ts"
import { recorded } from "../../responses/Recording.ts"
import { ResponseStore, type WireObject } from "../../responses/ResponseStore.ts"
import * as ServedBy from "../../responses/ServedBy.ts"
import type { Store, StoreError } from "../../store/Store.ts"
import { openAi } from "./OpenAi.ts"
import { responsePaths } from "./Paths.ts"
import { responsesFor } from "./PortableTools.ts"

/** What responses need beyond models. */
export type ResponseServices = ResponseStore | Background | ProviderObjects | CurrentSettings | Store

/** How long the client waits for a response to be stored: it has been paid for, and is not lost with its copy. */
const longestSave = "2 seconds"

/** How long a call in the background may take. */
const longestCall = "1 hour"

const createResponse = Effect.fnUntraced(function* (
  exchange: Exchange
): Effect.fn.Return<Answer, Failure, Models | ResponseServices | Scope.Scope> {
  const received = yield* Body.json(exchange.received)
  if (!isObject(received)) return yield* invalid("the body is not an object")
  const { caller, params } = exchange
  const { background, stream } = received
  const named = params.model ?? (typeof received.model === "string" ? received.model : undefined)
  const { body, ...conversation } = yield* continued({ caller: caller.id, model: named }, received)
  const isBackground = background === true
  const protocol = responsesFor(body)
  const decoded = yield* ChatCall.decode(
    exchange,
    protocol,
    background === undefined ? body : { ...body, background: undefined },
    params.model === undefined ? undefined : { model: params.model }
  )
  const keeping = keepingOf(caller, (yield* CurrentSettings).get())
  const requested: Requested = {
    received,
    protocol,
    conversation,
    decoded: received.store === false ? decoded : { ...decoded, request: withKeptFields(decoded.request) },
    // What continues a conversation of which only its provider has the beginning is kept by that alone.
    keeping: received.store === false || conversation.atProvider !== undefined ? undefined : keeping
  }
  if (!isBackground) return yield* call(exchange, requested)
  if (received.store === false) return yield* invalid("a response in the background is stored", { at: "store" })
  if (requested.keeping === undefined) {
    return yield* invalid(`a response in the background is retrieved later; ${advice}`, { at: "background" })
  }
  if (stream === true) {
    return yield* invalid("a response in the background is not streamed: retrieve it until it is completed", {
      at: "stream"
    })
  }
  return yield* callInBackground(exchange, requested, requested.keeping)
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

/** A requested response. */
interface Requested {
  /** The body of the request. */
  readonly received: WireObject
  /** What the response is written in. */
  readonly protocol: ChatProtocol
  readonly conversation: Omit<Continued, "body">
  readonly decoded: DecodedRequest
  /** How the response is kept, if it is. */
  readonly keeping: Keeping | undefined
}

/** Calls the model; what comes is kept where that is wanted, and where its provider keeps it, it is known whose it is. */
const call = Effect.fnUntraced(function* (
  exchange: Exchange,
  { conversation, decoded, keeping, protocol, received }: Requested
): Effect.fn.Return<Answer, Failure, Models | ResponseServices | Scope.Scope> {
  const { atProvider, input, previous } = conversation
  const requestBody = keeping === undefined ? { ...received, store: false } : received
  const speaking = new Speaking(protocol, requestBody, exchange.received.id)
  const routing =
    atProvider === undefined
      ? { order: yield* ServedBy.firstFor(previous) }
      : { deployment: atProvider.details.deployment, fallbacks: false as const }
  const answer = yield* ChatCall.answer(exchange, speaking.protocol, decoded, routing)
  if (received.store === false) return answer
  const caller = exchange.caller.id
  const inTime = (id: string, saved: Effect.Effect<void, StoreError>) =>
    Effect.catch(Effect.timeout(saved, longestSave), (error) =>
      Effect.logWarning(`The response ${id} was not stored`, error)
    )
  if (keeping === undefined) {
    const objects = yield* ProviderObjects
    const { "x-effect-llm-deployment": deployment, "x-effect-llm-provider": account = "" } = answer.headers
    const details = { model: decoded.model, deployment }
    return yield* recorded(
      answer,
      ({ id, output, store }) => {
        if (typeof id !== "string" || store === false) return Effect.void
        const items = Array.isArray(output) ? (output as ReadonlyArray<WireObject>) : []
        const ids = items.flatMap((item) => (typeof item.id === "string" ? [item.id] : []))
        return inTime(
          id,
          objects.save(
            { caller, kind: "response", id, account, details },
            ...[...new Set(ids)].map((id) => ({ caller, kind: "item" as const, id, account, details }))
          )
        )
      },
      // What we write ourselves is from a provider that keeps nothing.
      () => !speaking.isOurs
    )
  }
  const store = yield* ResponseStore
  const noteServer = yield* ServedBy.noting
  return yield* recorded(answer, (document) => {
    const { id } = document
    if (typeof id !== "string") return Effect.void
    noteServer(id, answer)
    return inTime(id, store.save(kept({ caller, id, previous, input, document }, keeping), keeping.retention))
  })
})

const callInBackground = Effect.fnUntraced(function* (
  exchange: Exchange,
  requested: Requested,
  keeping: Keeping
): Effect.fn.Return<Answer, Failure, Models | ResponseServices> {
  const { caller, received } = exchange
  const { conversation, decoded, received: requestBody } = requested
  const { input, previous } = conversation
  const store = yield* ResponseStore
  const background = yield* Background
  const services = yield* Effect.context<Models | ResponseServices>()
  const id = `resp_${received.id}`
  const created = Math.floor(received.startedAtMillis / 1000)
  const document = Documents.unfinished("queued", { id, created, model: decoded.model, requestBody })
  const stored = { caller: caller.id, id, input, previous, document }
  yield* available(store.save(kept(stored, keeping), keeping.retention))
  const finish = (document: WireObject) =>
    Effect.catch(store.finish(kept({ ...stored, document }, keeping)), (error) =>
      Effect.logError(`The response ${id} was made and could not be stored`, error)
    )
  const speaking = new Speaking(requested.protocol, requestBody, received.id)
  const made = ChatCall.answer(exchange, speaking.protocol, { ...decoded, stream: false }).pipe(
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

/** The protocol with responses that repeat their request, and with ids that mark them as the gateway's. */
class Speaking {
  /** Whether anything was written here, and not by the provider. */
  isOurs = false
  readonly protocol: ChatProtocol

  constructor(protocol: ChatProtocol, requestBody: WireObject, requestId: string) {
    const ownId = `resp_${requestId}`
    const idOf = (id: string | undefined) => (id?.startsWith("resp_") === true ? id : ownId)
    this.protocol = {
      ...protocol,
      encodeResponse: (response, options) => {
        this.isOurs = true
        return protocol.encodeResponse(response.with({ id: idOf(response.id) }), { ...options, requestBody })
      },
      makeEncoder: (options) => {
        const encoder = protocol.makeEncoder({ ...options, id: ownId, requestBody })
        return {
          ...encoder,
          encode: (event: ChatEvent) => {
            this.isOurs = true
            return encoder.encode(event.type === "response-metadata" ? { ...event, id: idOf(event.id) } : event)
          },
          end: () => encoder.end(),
          fail: (error) => encoder.fail(error)
        }
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
