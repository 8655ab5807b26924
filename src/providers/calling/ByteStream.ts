import * as Channel from "effect/Channel"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { type Call, type Head, headOf, refused, unreached } from "./Call.ts"

/**
 * An answer that is read as it comes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByteStream {
  readonly head: Head
  readonly pull: Pull.Pull<readonly [Uint8Array, ...Array<Uint8Array>], HttpClientError.HttpClientError>
}

/**
 * Sends a request, and fails if it is refused. The connection is closed with the scope.
 *
 * @since 0.1.0
 * @category running
 */
export const open = (
  client: HttpClient.HttpClient,
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  clock: Clock.Clock,
  began: number
): Effect.Effect<ByteStream, ProviderError, Scope.Scope> =>
  // Between the head and the body, nobody but the scope can close the connection.
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(Effect.mapError(client.execute(http), unreached(call, clock, began))), (response) => {
      const head = headOf(response)
      if (head.status >= 200 && head.status < 300) {
        return Effect.flatMap(Effect.scope, (scope) =>
          Effect.map(Channel.toPullScoped(Stream.toChannel(response.stream), scope), (pull) => ({ head, pull }))
        )
      }
      return Effect.flatMap(restore(Effect.mapError(response.text, unreached(call, clock, began, head))), (text) =>
        Effect.fail(refused(call, head, text, clock.currentTimeMillisUnsafe()))
      )
    })
  )
