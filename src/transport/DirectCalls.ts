import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type { Limits } from "../domain/Limits.ts"

/**
 * Given where a fiber reads every response to its end, or closes it, as the calls of models do: `UndiciClient` may send
 * these the short way, within these limits on time. Others scope, trace or abandon their requests as `HttpClient` allows.
 */
export const DirectCalls: Context.Reference<Limits | undefined> = Context.Reference<Limits | undefined>(
  "~effect-llm/transport/DirectCalls",
  { defaultValue: () => undefined }
)

/**
 * The clients that send the calls of models the short way, and limit the time that their responses take themselves.
 */
export const directClients = new WeakSet<HttpClient.HttpClient>()

/** What a response of such a client can do besides. */
export interface DirectResponse {
  /**
   * Lets the connection wait, when it is closed, for the server to end a response of which nothing more is wanted: it can
   * then serve the next call.
   */
  readonly linger: (milliseconds: number) => void
  /** The whole body. What is larger than `most` bytes fails, or is cut there; the connection is closed either way. */
  readonly readWhole: (
    most: number,
    onExcess: "fail" | "cut"
  ) => Effect.Effect<Uint8Array, HttpClientError.HttpClientError>
}
