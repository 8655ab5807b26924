import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Limits } from "../domain/Limits.ts"
import * as Decompression from "./Decompression.ts"
import type { FastPathResponse } from "./FastPath.ts"
import { joinBytes, Pieces } from "./Pieces.ts"
import { SizeLimit, TimeLimit } from "./TransportFailure.ts"
import * as WebBody from "./WebBody.ts"
import type { Bytes } from "./WebBody.ts"

type Response = HttpClientResponse.HttpClientResponse & Partial<FastPathResponse>

/**
 * Opens the body of a response: decompressed, and with a limit on silence where the client has none of its own. It is
 * closed with the scope.
 */
export const open = (
  response: Response,
  headers: Headers.Headers,
  { idleTimeout }: Pick<Limits, "idleTimeout">
): Effect.Effect<Bytes, never, Scope.Scope> => {
  const codings = Decompression.codingsOf(response, headers)
  if (codings !== undefined) return decompressed(response, codings, idleTimeout)
  const { pullIn } = response
  if (pullIn !== undefined) return Effect.flatMap(Effect.scope, (scope) => pullIn.call(response, scope))
  const pull = Effect.flatMap(Effect.scope, (scope) => Channel.toPullScoped(Stream.toChannel(response.stream), scope))
  const body = Option.getOrUndefined(HttpClientResponse.toWeb(response))?.body ?? undefined
  if (body !== undefined) return web(response, body, idleTimeout)
  if (idleTimeout === Infinity) return pull
  const orElse = () => Effect.fail(silent(response, idleTimeout))
  return Effect.map(pull, (pull) => Effect.timeoutOrElse(pull, { duration: idleTimeout, orElse }))
}

const web = (response: Response, body: ReadableStream<Uint8Array>, idleTimeout: number) =>
  WebBody.open(body, {
    idleTimeout,
    expired: () => silent(response, idleTimeout),
    broken: (cause) => broken(response, cause)
  })

const decompressed = Effect.fnUntraced(function* (
  response: Response,
  codings: ReadonlyArray<string>,
  idleTimeout: number
): Effect.fn.Return<Bytes, never, Scope.Scope> {
  const plain = Decompression.decode(yield* Stream.toReadableStreamEffect(response.stream), codings)
  if (typeof plain !== "string") return yield* web(response, plain, idleTimeout)
  return Effect.fail(broken(response, new Error(plain)))
})

/**
 * How a whole response is read. What is larger than `most` fails, or is cut there; the connection is closed either way.
 */
export interface ReadOptions {
  readonly most: number
  readonly onExcess: "fail" | "cut"
  /** Called before each wait for more bytes, so that the reader can limit the silence. */
  readonly onWait?: (() => void) | undefined
}

/** Reads a whole response. */
export const readBytes = (
  response: Response,
  headers: Headers.Headers,
  options: ReadOptions
): Effect.Effect<Uint8Array, HttpClientError.HttpClientError> =>
  response.readWhole !== undefined && headers["content-encoding"] === undefined
    ? response.readWhole(options.most, options.onExcess)
    : Effect.scoped(collect(response, headers, options))

const collect = Effect.fnUntraced(function* (
  response: Response,
  headers: Headers.Headers,
  { most, onExcess, onWait }: ReadOptions
): Effect.fn.Return<Uint8Array, HttpClientError.HttpClientError, Scope.Scope> {
  const next = Pull.catchDone(yield* open(response, headers, { idleTimeout: Infinity }), () => Effect.undefined)
  const all = new Pieces<Uint8Array>(joinBytes)
  let size = 0
  while (size <= most) {
    onWait?.()
    const chunks = yield* Effect.catch(next, (error) =>
      error.reason._tag === "EmptyBodyError" ? Effect.undefined : Effect.fail(error)
    )
    if (chunks === undefined) return joinBytes(all.take())
    for (const chunk of chunks) {
      all.add(chunk)
      size += chunk.length
    }
  }
  return onExcess === "cut" ? joinBytes(all.take(), most) : yield* Effect.fail(broken(response, new SizeLimit(most)))
})

const broken = (response: Response, cause: unknown): HttpClientError.HttpClientError =>
  HttpClientError.isHttpClientError(cause)
    ? cause
    : new HttpClientError.HttpClientError({
        reason: new HttpClientError.DecodeError({ request: response.request, response, cause })
      })

/** The error of a response that said nothing for so many milliseconds. */
export const silent = (response: Response, idleTimeout: number): HttpClientError.HttpClientError =>
  broken(response, new TimeLimit("idle", idleTimeout))
