import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as ByteStream from "./ByteStream.ts"
import type { ChatCall } from "./ChatCall.ts"
import { StreamReading } from "./StreamReading.ts"

/**
 * Sends the call and reads the answer as it is written. The connection is closed with the scope: when the stream ends,
 * fails or is interrupted.
 */
export const open = Effect.fnUntraced(function* <Quirks extends object>(
  call: ChatCall<Quirks>
): Effect.fn.Return<Stream.Stream<ChatEvent, ProviderError>, ProviderError, Scope.Scope> {
  const { sender } = call.endpoint
  const clock = yield* Clock.Clock
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const bytes = yield* ByteStream.open(sender, call, call.http, clock, startedAtMillis)
  return ByteStream.events(bytes, new StreamReading(call, bytes.head, bytes.limits, clock, startedAtMillis))
})
