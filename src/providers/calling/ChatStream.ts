import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import * as ByteStream from "./ByteStream.ts"
import { unreached } from "./Call.ts"
import { type ChatCall, sign } from "./ChatCall.ts"
import { StreamReading } from "./StreamReading.ts"

/**
 * How long the connection is kept after the last event for the server to close its answer, so that it can serve the
 * next call. Not every server closes.
 */
const lingering = Duration.millis(100)

/**
 * Sends the call and reads the answer as it is written. The connection is closed with the scope: when the stream ends,
 * fails or is interrupted.
 *
 * @since 0.1.0
 * @category running
 */
export const open = Effect.fnUntraced(function* <Quirks extends object>(
  unsigned: ChatCall<Quirks>
): Effect.fn.Return<Stream.Stream<ChatEvent, ProviderError>, ProviderError, Scope.Scope> {
  const { authorize } = unsigned.endpoint
  const call = authorize === undefined ? unsigned : yield* sign(unsigned, authorize)
  const clock = yield* Clock.Clock
  const began = clock.currentTimeMillisUnsafe()
  const { head, pull } = yield* ByteStream.open(call.endpoint.client, call, call.http, clock, began)
  const reading = new StreamReading(call, head, clock, began)
  return Stream.fromPull(Effect.succeed(pullOf(reading, pull, unreached(call, clock, began, head))))
})

type Events = Pull.Pull<readonly [ChatEvent, ...Array<ChatEvent>], ProviderError>

const pullOf = <Quirks extends object>(
  reading: StreamReading<Quirks>,
  bytes: ByteStream.ByteStream["pull"],
  unreached: (error: HttpClientError.HttpClientError) => ProviderError
): Events => {
  let started = false
  const emit = (events: ReadonlyArray<ChatEvent>): Events =>
    events.length === 0 ? pull : Effect.succeed(events as readonly [ChatEvent, ...Array<ChatEvent>])
  const next = Pull.matchEffect(bytes, {
    onSuccess: (chunks) => emit(reading.read(chunks)),
    onFailure: (cause): Events => {
      const error = Cause.findError(cause)
      return Result.isSuccess(error)
        ? Effect.fail(reading.interrupted(unreached(error.success)))
        : Effect.failCause(error.failure)
    },
    onDone: () => emit(reading.close())
  })
  const pull: Events = Effect.suspend(() => {
    if (!started) {
      started = true
      return Effect.succeed([reading.start()] as const)
    }
    if (reading.ended === "no") return next
    return reading.ended === "complete" ? linger(bytes) : Effect.fail(reading.ended)
  })
  return pull
}

const linger = (bytes: ByteStream.ByteStream["pull"]): Pull.Pull<never> => {
  const drained: Pull.Pull<never, unknown> = Effect.suspend(() => Effect.flatMap(bytes, () => drained))
  return Effect.flatMap(Effect.timeoutOption(Effect.exit(drained), lingering), () => Cause.done())
}
