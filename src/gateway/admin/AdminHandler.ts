import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
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
import { invalid, type Refused } from "../calls/Failure.ts"
import { keyInHeaders } from "../access/KeyCarriers.ts"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"
import type { Exchange } from "../http/Routes.ts"
import { budgetsHandlers, keysHandlers, teamsHandlers, usersHandlers } from "./AccessHandlers.ts"
import { CurrentCaller } from "./CurrentCaller.ts"
import { ledgerHandlers } from "./LedgerHandlers.ts"
import * as Problems from "./Problems.ts"
import { operationHandlers } from "./OperationHandlers.ts"
import { selfHandlers } from "./SelfHandlers.ts"

const routes = HttpApiBuilder.layer(api).pipe(
  Layer.provide([keysHandlers, usersHandlers, teamsHandlers, budgetsHandlers]),
  Layer.provide([ledgerHandlers, operationHandlers, selfHandlers]),
  Layer.provide(Problems.layer),
  Layer.provide(HttpServer.layerServices)
)

/** The services that the handlers need. */
export type AdminServices = Layer.Services<typeof routes> extends infer R ? Exclude<R, HttpRouter.HttpRouter> : never

/** Builds the function that responds to requests of the admin API. */
export const make = Effect.map(HttpRouter.toHttpEffect(routes), (handle) =>
  Effect.fnUntraced(function* (exchange: Exchange): Effect.fn.Return<Answer, Refused, Scope.Scope> {
    const { caller, received } = exchange
    const request = yield* requestOf(exchange)
    const context = Context.make(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(request)).pipe(
      Context.add(CurrentCaller, caller)
    )
    return yield* handle.pipe(
      Effect.flatMap(answerOf),
      Effect.catchTag("HttpServerError", () => notFound(received)),
      Effect.provideContext(context)
    )
  })
)

const requestOf = Effect.fnUntraced(function* ({ caller, received }: Exchange) {
  const { body, headers, method, path } = received
  const query = new URLSearchParams(received.query)
  // A `key` in the query that authenticated the caller is not a filter of calls.
  const hasKey = keyInHeaders(received) !== undefined
  if (caller.via !== "session" && caller.via !== "nothing" && !hasKey) query.delete("key")
  const search = query.size === 0 ? "" : `?${query.toString()}`
  const requestHeaders = new Headers()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) requestHeaders.set(name, value)
  const url = `http://gateway${path}${search}`
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers: requestHeaders })
  // Every body is JSON, whatever content type curl gives it; but a browser's request without a key has to declare it.
  if (hasKey) requestHeaders.set("content-type", "application/json")
  const bytes = yield* body
  // No body stands for an empty object.
  if (bytes.length > 0) return new Request(url, { method, headers: requestHeaders, body: new Uint8Array(bytes) })
  requestHeaders.delete("content-length")
  requestHeaders.set("content-type", "application/json")
  return new Request(url, { method, headers: requestHeaders, body: "{}" })
})

/** The methods of each path, and what matches the path. */
const paths = new Map<string, { readonly matches: RegExp; readonly methods: Array<string> }>()
HttpApi.reflect(api, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint: { method, path } }) => {
    const known = paths.get(path) ?? { matches: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`), methods: [] }
    known.methods.push(method)
    paths.set(path, known)
  }
})

const notFound = ({ method, path }: Received): Effect.Effect<never, Refused> => {
  const allow = [...paths.values()].flatMap(({ matches, methods }) => (matches.test(path) ? methods : [])).join(", ")
  return Effect.fail(
    allow === ""
      ? invalid(`there is no ${path}`, { status: 404 })
      : invalid(`${path} takes ${allow}, not ${method}`, { status: 405, headers: { allow } })
  )
}

const answerOf = Effect.fnUntraced(function* ({ body, headers, status }: HttpServerResponse) {
  return {
    status,
    headers: { ...headers },
    body: yield* bodyOf(body)
  }
})

const comment = new TextEncoder().encode(":\n\n")

/** Adds comments to events: one at once, so that the response begins, then regularly, so that idle connections stay open. */
const withKeepAlive = (events: Stream.Stream<Uint8Array>): Stream.Stream<Uint8Array> =>
  Stream.merge(
    events,
    Stream.map(Stream.fromSchedule(Schedule.spaced("15 seconds")), () => comment).pipe(Stream.prepend([comment])),
    { haltStrategy: "left" }
  )

const bodyOf = (body: HttpBody): Effect.Effect<AnswerBody | undefined, never, Scope.Scope> => {
  if (body._tag === "Uint8Array") return Effect.succeed(body.body)
  if (body._tag === "Stream") {
    const pieces = Stream.orDie(body.stream)
    return Stream.toPull(body.contentType.startsWith("text/event-stream") ? withKeepAlive(pieces) : pieces)
  }
  return Effect.undefined
}
