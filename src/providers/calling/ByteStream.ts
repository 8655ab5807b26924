import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { Lingering } from "../../transport/DirectCalls.ts"
import { type Call, type Head, headOf, isSuccess, refused, unreached } from "./Call.ts"

/**
 * An answer that is read as it comes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByteStream {
  readonly head: Head
  readonly pull: Pull.Pull<readonly [Uint8Array, ...Array<Uint8Array>], HttpClientError.HttpClientError>
  /** Lets the server end an answer that is complete, and ends. */
  readonly linger: Pull.Pull<never>
  /** The error of a call whose answer broke off. */
  readonly unreached: (error: HttpClientError.HttpClientError) => ProviderError
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
      const lost = unreached(call, clock, began, head)
      if (isSuccess(head)) {
        return Effect.flatMap(Effect.scope, (scope) =>
          Effect.map(Channel.toPullScoped(Stream.toChannel(response.stream), scope), (pull) => ({
            head,
            pull,
            linger: lingerOf(response, pull),
            unreached: lost
          }))
        )
      }
      return Effect.flatMap(restore(Effect.mapError(response.text, lost)), (text) =>
        Effect.fail(refused(call, head, text, clock.currentTimeMillisUnsafe()))
      )
    })
  )

/**
 * The reading of one answer: bytes in, events out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading<Event> {
  /** Whether the answer is at its end, and how it ended. */
  readonly ended: "no" | "complete" | ProviderError
  /** What the head says. */
  readonly start: () => Event
  /** What these bytes say. */
  readonly read: (chunks: ReadonlyArray<Uint8Array>) => ReadonlyArray<Event>
  /** What the end of the bytes says. */
  readonly close: () => ReadonlyArray<Event>
  /** The error of an answer that broke off, with what had arrived. */
  readonly interrupted: (cause: ProviderError) => ProviderError
}

/**
 * The events of an answer, as its bytes come.
 *
 * @since 0.1.0
 * @category running
 */
export const events = <Event>(bytes: ByteStream, reading: Reading<Event>): Stream.Stream<Event, ProviderError> => {
  type Events = Pull.Pull<readonly [Event, ...Array<Event>], ProviderError>
  let started = false
  const emit = (events: ReadonlyArray<Event>): Events =>
    events.length === 0 ? pull : Effect.succeed(events as readonly [Event, ...Array<Event>])
  const next = Pull.matchEffect(bytes.pull, {
    onSuccess: (chunks) => emit(reading.read(chunks)),
    onFailure: (cause): Events => {
      const error = Cause.findError(cause)
      return Result.isSuccess(error)
        ? Effect.fail(reading.interrupted(bytes.unreached(error.success)))
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
    return reading.ended === "complete" ? bytes.linger : Effect.fail(reading.ended)
  })
  return Stream.fromPull(Effect.succeed(pull))
}

/** For how many milliseconds after the last event the server may close its answer. Not every server closes. */
const lingering = 100

const lingerOf = (
  response: HttpClientResponse.HttpClientResponse & Partial<Lingering>,
  pull: ByteStream["pull"]
): Pull.Pull<never> => {
  if (response.linger !== undefined) {
    return Effect.suspend(() => {
      response.linger?.(lingering)
      return Cause.done()
    })
  }
  const drained: Pull.Pull<never, unknown> = Effect.suspend(() => Effect.flatMap(pull, () => drained))
  return Effect.flatMap(Effect.timeoutOption(Effect.exit(drained), lingering), () => Cause.done())
}
