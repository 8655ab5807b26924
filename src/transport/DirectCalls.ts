import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Scope from "effect/Scope"
import type { Limits } from "../domain/Limits.ts"
import type { Bytes } from "./WebBody.ts"

/**
 * Given where a fiber reads every response to its end, or closes it, as the calls of models do: `UndiciClient` may send
 * these the short way, within these limits on time. Others scope, trace or abandon their requests as `HttpClient` allows.
 */
export const DirectCalls: Context.Reference<Limits | undefined> = Context.Reference<Limits | undefined>(
  "~effect-llm/transport/DirectCalls",
  { defaultValue: () => undefined }
)

/**
 * Sends a request the short way, within limits on time that the client holds itself; `undefined` for one that cannot go that way.
 * Whoever sends it reads or closes the response. With `isWhole`, a response of success is there when all of it is.
 */
export type SendDirect = (
  request: HttpClientRequest.HttpClientRequest,
  limits: Limits,
  isWhole: boolean
) => Effect.Effect<HttpClientResponse.HttpClientResponse & DirectResponse, HttpClientError.HttpClientError> | undefined

/** The clients that send the calls of models the short way. */
export const directClients = new WeakMap<HttpClient.HttpClient, SendDirect>()

/** What a response that came the short way can do besides. */
export interface DirectResponse {
  /**
   * Lets the connection wait, when it is closed, for the server to end a response of which nothing more is wanted: it can
   * then serve the next call.
   */
  readonly linger: (milliseconds: number) => void
  /** Its bytes as they arrive; it is closed with the scope. */
  readonly pullIn: (scope: Scope.Scope) => Effect.Effect<Bytes>
  /** The whole body. What is larger than `most` bytes fails, or is cut there; the connection is closed either way. */
  readonly readWhole: (
    most: number,
    onExcess: "fail" | "cut"
  ) => Effect.Effect<Uint8Array, HttpClientError.HttpClientError>
}
