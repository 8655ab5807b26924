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
 * these on the fast path, within these limits on time. Others scope, trace or abandon their requests as `HttpClient` allows.
 */
export const FastPath: Context.Reference<Limits | undefined> = Context.Reference<Limits | undefined>(
  "~effect-llm/transport/FastPath",
  { defaultValue: () => undefined }
)

/**
 * Sends a request on the fast path, within limits on time that the client holds itself; `undefined` for one that cannot take it.
 * Whoever sends it reads or closes the response. With `isWhole`, a response of success is there when all of it is.
 */
export type FastSend = (
  request: HttpClientRequest.HttpClientRequest,
  limits: Limits,
  isWhole: boolean
) =>
  | Effect.Effect<HttpClientResponse.HttpClientResponse & FastPathResponse, HttpClientError.HttpClientError>
  | undefined

/** The clients that have a fast path for the calls of models. */
export const fastPathClients = new WeakMap<HttpClient.HttpClient, FastSend>()

/** What a response of the fast path can also do. */
export interface FastPathResponse {
  /**
   * Lets the connection wait, when it is closed, for the server to end a response of which nothing more is wanted: it can
   * then serve the next call.
   */
  readonly drain: (milliseconds: number) => void
  /** Its bytes as they arrive; it is closed with the scope. */
  readonly pullIn: (scope: Scope.Scope) => Effect.Effect<Bytes>
  /** Ends a pull of its bytes that waits, as interrupting its fiber would; true if one waited. */
  readonly leave: () => boolean
  /** The whole body. What is larger than `most` bytes fails, or is cut there; the connection is closed either way. */
  readonly readWhole: (
    most: number,
    onExcess: "fail" | "cut"
  ) => Effect.Effect<Uint8Array, HttpClientError.HttpClientError>
}
