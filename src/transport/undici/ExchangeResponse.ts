import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { standard } from "../../domain/Limits.ts"
import type { FastPathResponse } from "../FastPath.ts"
import { joinBytes } from "../Pieces.ts"
import type { Bytes } from "../WebBody.ts"
import type { Exchange } from "./Exchange.ts"

type Body<A> = Effect.Effect<A, HttpClientError.HttpClientError>

const utf8 = new TextDecoder()

const prototype: object | null = Object.getPrototypeOf(Headers.empty)

/** Closes responses that are garbage-collected unread. A response that is read is closed by its reader. */
const forgotten = new FinalizationRegistry<Exchange>((exchange) => exchange.abort())

/** A response that may be left without being read. */
export const closedWhenForgotten = (response: ExchangeResponse): ExchangeResponse => {
  response.closeWhenForgotten()
  return response
}

/**
 * The response of an exchange. Its body is read once, whole or as it arrives; rarely used methods are left to a Web `Response`.
 */
export class ExchangeResponse
  extends Inspectable.Class
  implements HttpClientResponse.HttpClientResponse, FastPathResponse
{
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly remoteAddress: Option.Option<string> = Option.none()
  readonly #exchange: Exchange
  #whole: Uint8Array | undefined
  #isForgettable = false
  /** Who waits for more bytes. */
  #waiter: ((bytes: Bytes) => void) | undefined

  constructor(request: HttpClientRequest.HttpClientRequest, url: string, exchange: Exchange) {
    super()
    this.request = request
    this.url = url
    this.#exchange = exchange
  }

  closeWhenForgotten(): void {
    this.#isForgettable = true
    forgotten.register(this, this.#exchange, this.#exchange)
  }

  /** It is being read. */
  #keep(): void {
    if (!this.#isForgettable) return
    this.#isForgettable = false
    forgotten.unregister(this.#exchange)
  }

  get status(): number {
    return this.#exchange.status
  }

  get headers(): Headers.Headers {
    const received = this.#exchange.headers
    // Undici writes names in lower case.
    const headers: Record<string, string> = Object.create(prototype)
    for (const name in received) {
      const value = received[name]
      if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ")
    }
    return Headers.fromRecordUnsafe(headers)
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.#exchange.headers["set-cookie"] ?? [])
  }

  get text(): Body<string> {
    return Effect.map(this.readWhole(), (bytes) => utf8.decode(bytes))
  }

  get arrayBuffer(): Body<ArrayBuffer> {
    return Effect.map(this.readWhole(), (bytes) => Uint8Array.from(bytes).buffer)
  }

  get json(): HttpClientResponse.HttpClientResponse["json"] {
    return Effect.flatMap(this.#web, ({ json }) => json)
  }

  get urlParamsBody(): HttpClientResponse.HttpClientResponse["urlParamsBody"] {
    return Effect.flatMap(this.#web, ({ urlParamsBody }) => urlParamsBody)
  }

  get formData(): HttpClientResponse.HttpClientResponse["formData"] {
    return Effect.flatMap(this.#web, ({ formData }) => formData)
  }

  get upgrade(): HttpClientResponse.HttpClientResponse["upgrade"] {
    return HttpClientResponse.fromWeb(this.request, new Response(null, { status: this.status })).upgrade
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    return Stream.fromChannel(Channel.fromTransform((_, scope) => this.pullIn(scope)))
  }

  pullIn(scope: Scope.Scope): Effect.Effect<Bytes> {
    this.#keep()
    const exchange = this.#exchange
    const close = Effect.sync(() => exchange.abort())
    const taken = Effect.suspend((): Bytes => {
      const chunks = exchange.take()
      if (chunks.length > 0) return Effect.succeed([joinBytes(chunks)])
      return exchange.ended instanceof Error ? Effect.fail(this.#broken(exchange.ended)) : Cause.done()
    })
    // Nothing is taken until the reader goes on, so that one who is interrupted loses nothing.
    const waiting: Bytes = Effect.callback((resume) => {
      this.#waiter = resume
      exchange.wait(() => {
        this.#waiter = undefined
        resume(taken)
      })
    })
    const pull: Bytes = Effect.suspend(() => (exchange.isReady ? taken : waiting))
    return Effect.as(Scope.addFinalizer(scope, close), pull)
  }

  leave(): boolean {
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.(Effect.interrupt)
    return waiter !== undefined
  }

  drain(milliseconds: number): void {
    this.#exchange.drain(milliseconds)
  }

  readWhole(most: number = standard.responseBytes, onExcess: "fail" | "cut" = "fail"): Body<Uint8Array> {
    return Effect.callback((resume) => {
      const exchange = this.#exchange
      this.#keep()
      const whole = () => {
        if (exchange.ended instanceof Error) return resume(Effect.fail(this.#broken(exchange.ended)))
        resume(Effect.succeed((this.#whole ??= joinBytes(exchange.take(), most))))
      }
      exchange.waitForWhole(whole, most, onExcess)
      return Effect.sync(() => exchange.abort())
    })
  }

  toJSON(): unknown {
    const { request, status } = this
    return HttpIncomingMessage.inspect(this, { _id: "HttpClientResponse", request: request.toJSON(), status })
  }

  pipe() {
    return pipeArguments(this, arguments)
  }

  get #web(): Body<HttpClientResponse.HttpClientResponse> {
    const { "content-type": type } = this.headers
    return Effect.map(this.arrayBuffer, (bytes) =>
      HttpClientResponse.fromWeb(
        this.request,
        new Response(bytes, type === undefined ? {} : { headers: { "content-type": type } })
      )
    )
  }

  #broken(cause: Error): HttpClientError.HttpClientError {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })
  }
}
