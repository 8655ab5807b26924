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
import { FastPath, fastPathClients, type FastSend } from "../FastPath.ts"
import { Exchange } from "./Exchange.ts"
import { closedWhenForgotten, ExchangeResponse } from "./ExchangeResponse.ts"

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
        const limits = fiber.getRef(FastPath)
        if (limits === undefined) return platform.execute(request)
        const sent = sendFast(request, limits, false)
        if (sent !== undefined) return Effect.map(sent, closedWhenForgotten)
        const merged = { ...options, ...fiber.getRef(NodeHttpClient.UndiciOptions), ...timeoutsOf(limits) }
        return Effect.provideService(platform.execute(request), NodeHttpClient.UndiciOptions, merged)
      })
    ),
    Effect.succeed
  )
  const sendFast: SendFast = (request, limits, isWhole) => {
    const body = bodyOf(request)
    if (body === undefined) return undefined
    return Effect.withFiber((fiber) =>
      send(dispatcher, request, body, { ...options, ...fiber.getRef(NodeHttpClient.UndiciOptions) }, limits, isWhole)
    )
  }
  fastPathClients.set(client, sendFast)
  return client
})

type SendFast = (
  ...given: Parameters<FastSend>
) => Effect.Effect<ExchangeResponse, HttpClientError.HttpClientError> | undefined

/** A body sent in one piece; other bodies do not take the fast path. */
const bodyOf = ({ body, headers }: HttpClientRequest.HttpClientRequest): Uint8Array | null | undefined => {
  if (headers.upgrade !== undefined) return undefined
  return body._tag === "Uint8Array" ? body.body : body._tag === "Empty" ? null : undefined
}

/** A URL in the parts that undici takes, without its fragment. */
interface Target {
  readonly origin: string
  readonly path: string
  readonly href: string
}

/** How many URLs are remembered; some contain the name of a model. */
const mostTargets = 1000

const targets = new Map<string, Target>()

/** A provider is called at few URLs. */
const targetOf = (request: HttpClientRequest.HttpClientRequest): Target | undefined => {
  const { hash, url, urlParams } = request
  const isPlain = urlParams.params.length === 0 && Option.isNone(hash)
  const known = isPlain ? targets.get(url) : undefined
  if (known !== undefined) return known
  const parsed = Option.getOrUndefined(HttpClientRequest.toUrl(request))
  if (parsed === undefined) return undefined
  const target = {
    origin: parsed.origin,
    path: parsed.pathname + parsed.search,
    href: parsed.href.slice(0, parsed.href.length - parsed.hash.length)
  }
  if (isPlain) {
    if (targets.size >= mostTargets) targets.clear()
    targets.set(url, target)
  }
  return target
}

const send = (
  dispatcher: Undici.Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  body: Uint8Array | null,
  options: Partial<Undici.Dispatcher.RequestOptions>,
  limits: Limits,
  isWhole: boolean
): Effect.Effect<ExchangeResponse, HttpClientError.HttpClientError> => {
  const target = targetOf(request)
  if (target === undefined) {
    return Effect.fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.InvalidUrlError({ request }) })
    )
  }
  const { href, origin, path } = target
  const { headers, method } = request
  const sent = { ...options, ...timeoutsOf(limits), method, headers, origin, path, body }
  return Effect.callback((resume) => {
    const fail = (cause: unknown) =>
      resume(
        Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
        )
      )
    const exchange = new Exchange(
      () => {
        if (exchange.status === 0 && exchange.ended instanceof Error) fail(exchange.ended)
        else resume(Effect.succeed(new ExchangeResponse(request, href, exchange)))
      },
      limits.headTimeout,
      isWhole ? limits.responseBytes : undefined
    )
    const dispatched = Result.try(() => dispatcher.dispatch(sent, exchange))
    if (Result.isFailure(dispatched)) fail(dispatched.failure)
    return Effect.sync(() => exchange.abort())
  })
}
