import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Limits } from "../../domain/Limits.ts"
import { DirectCalls, directClients } from "../DirectCalls.ts"
import { Exchange } from "./Exchange.ts"
import { ExchangeResponse } from "./ExchangeResponse.ts"

type ResponseEffect = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** Undici counts the time itself, which costs a call nothing; to undici 0 is no limit. */
const timeoutsOf = ({ headTimeout, idleTimeout }: Limits) => ({
  headersTimeout: headTimeout === Infinity ? 0 : headTimeout,
  bodyTimeout: idleTimeout === Infinity ? 0 : idleTimeout
})

/**
 * The client over a dispatcher. This module and `@effect/platform-node`, an optional package, are loaded by
 * `UndiciClient`.
 */
export const make: Effect.Effect<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> = Effect.gen(function* () {
  const dispatcher = yield* NodeHttpClient.Dispatcher
  const made = yield* NodeHttpClient.makeUndici
  // What there is where the client is made holds for its requests, as with the client of the platform.
  const context = yield* Effect.context<never>()
  const options = Context.get(context, NodeHttpClient.UndiciOptions)
  const platform = HttpClient.transformResponse(
    made,
    Effect.updateContext((given: Context.Context<never>) => Context.merge(context, given))
  )
  const client = HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) =>
      Effect.withFiber((fiber): ResponseEffect => {
        const body = bodyOf(request)
        const limits = fiber.getRef(DirectCalls)
        if (limits === undefined) return platform.execute(request)
        const merged = { ...options, ...fiber.getRef(NodeHttpClient.UndiciOptions), ...timeoutsOf(limits) }
        return body === undefined
          ? Effect.provideService(platform.execute(request), NodeHttpClient.UndiciOptions, merged)
          : send(dispatcher, request, body, merged, limits.headTimeout)
      })
    ),
    Effect.succeed
  )
  directClients.add(client)
  return client
})

/** What is sent in one piece; nothing else goes the short way. */
const bodyOf = ({ body, headers }: HttpClientRequest.HttpClientRequest): Uint8Array | null | undefined => {
  if (headers.upgrade !== undefined) return undefined
  return body._tag === "Uint8Array" ? body.body : body._tag === "Empty" ? null : undefined
}

const send = (
  dispatcher: Undici.Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  body: Uint8Array | null,
  options: Partial<Undici.Dispatcher.RequestOptions>,
  headTimeout: number
): ResponseEffect => {
  const url = HttpClientRequest.toUrl(request)
  if (Option.isNone(url)) {
    return Effect.fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.InvalidUrlError({ request }) })
    )
  }
  const { hash, href, origin, pathname, search } = url.value
  const { headers, method } = request
  const sent = { ...options, method, headers, origin, path: pathname + search, body }
  return Effect.callback((resume) => {
    const fail = (cause: unknown) =>
      resume(
        Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
        )
      )
    const exchange = new Exchange(() => {
      if (exchange.ended instanceof Error) fail(exchange.ended)
      else resume(Effect.succeed(new ExchangeResponse(request, href.slice(0, href.length - hash.length), exchange)))
    }, headTimeout)
    const dispatched = Result.try(() => dispatcher.dispatch(sent, exchange))
    if (Result.isFailure(dispatched)) fail(dispatched.failure)
    return Effect.sync(() => exchange.abort())
  })
}
