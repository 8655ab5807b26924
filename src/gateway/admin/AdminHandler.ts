import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import type { HttpBody } from "effect/http/HttpBody"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { api } from "../AdminApi.ts"
import type { Refused } from "../calls/Failure.ts"
import { keyInHeaders } from "../access/KeyCarriers.ts"
import { json, type Answer, type AnswerBody } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import { budgetsHandlers, keysHandlers, teamsHandlers, usersHandlers } from "./AccessHandlers.ts"
import { CurrentCaller } from "./CurrentCaller.ts"
import { ledgerHandlers } from "./LedgerHandlers.ts"
import { operationHandlers } from "./OperationHandlers.ts"
import { selfHandlers } from "./SelfHandlers.ts"

const routes = HttpApiBuilder.layer(api).pipe(
  Layer.provide([keysHandlers, usersHandlers, teamsHandlers, budgetsHandlers]),
  Layer.provide([ledgerHandlers, operationHandlers, selfHandlers]),
  Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true })),
  Layer.provide(HttpServer.layerServices)
)

/** What handlers need. */
export type AdminServices = Layer.Services<typeof routes> extends infer R ? Exclude<R, HttpRouter.HttpRouter> : never

/** Makes what responds to requests of the admin API. */
export const make = Effect.map(HttpRouter.toHttpEffect(routes), (handle) =>
  Effect.fnUntraced(function* (exchange: Exchange): Effect.fn.Return<Answer, Refused, Scope.Scope> {
    const { caller, received } = exchange
    const { path } = received
    const request = yield* requestOf(exchange)
    const context = Context.make(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request)).pipe(
      Context.add(CurrentCaller, caller)
    )
    return yield* handle.pipe(
      Effect.flatMap(answerOf),
      Effect.catchTag("HttpServerError", () => Effect.succeed(nothingHere(path))),
      Effect.provideContext(context)
    )
  })
)

const requestOf = Effect.fnUntraced(function* ({ caller, received }: Exchange) {
  const { body, headers, method, path } = received
  const query = new URLSearchParams(received.query)
  // Who came by the key in the query asks for no calls of it.
  const hasKey = keyInHeaders(received) !== undefined
  if (caller.via !== "session" && caller.via !== "nothing" && !hasKey) query.delete("key")
  const search = query.size === 0 ? "" : `?${query.toString()}`
  const own = new Headers()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) own.set(name, value)
  const at = `http://gateway${path}${search}`
  if (method === "GET" || method === "HEAD") return new Request(at, { method, headers: own })
  // All bodies are JSON, whatever curl calls them. What a browser may send without a key has to say so.
  if (hasKey) own.set("content-type", "application/json")
  const bytes = yield* body
  // What takes a body takes none too, where it need not say anything.
  if (bytes.length > 0) return new Request(at, { method, headers: own, body: new Uint8Array(bytes) })
  own.delete("content-length")
  own.set("content-type", "application/json")
  return new Request(at, { method, headers: own, body: "{}" })
})

const nothingHere = (path: string): Answer =>
  json(
    { type: "about:blank", status: 404, title: "Not Found", detail: `there is no ${path} here` },
    { status: 404, headers: { "content-type": "application/problem+json" } }
  )

const answerOf = Effect.fnUntraced(function* ({ body, headers, status }: HttpServerResponse) {
  return {
    status,
    headers: { ...headers },
    body: yield* bodyOf(body)
  }
})

const comment = new TextEncoder().encode(":\n\n")

/** Events with a comment at once, so that the response begins, and again where nothing happens, so that nobody hangs up. */
const keptAlive = (events: Stream.Stream<Uint8Array>): Stream.Stream<Uint8Array> =>
  Stream.merge(
    events,
    Stream.map(Stream.fromSchedule(Schedule.spaced("15 seconds")), () => comment).pipe(Stream.prepend([comment])),
    { haltStrategy: "left" }
  )

const bodyOf = (body: HttpBody): Effect.Effect<AnswerBody | undefined, never, Scope.Scope> => {
  if (body._tag === "Uint8Array") return Effect.succeed(body.body)
  if (body._tag === "Stream") {
    const pieces = Stream.orDie(body.stream)
    return Stream.toPull(body.contentType.startsWith("text/event-stream") ? keptAlive(pieces) : pieces)
  }
  return Effect.undefined
}
