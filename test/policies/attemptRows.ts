/** Views of calls and responses, for assertions. */
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Attempt } from "../../src/domain/ChatResponse.ts"
import type { ChatEvent, ChatEventOf } from "../../src/domain/ChatEvent.ts"
import type * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

/** Each attempt as `[model, tag of the error, duration, wait]`, in milliseconds. */
export const attemptRows = (attempts: ReadonlyArray<Attempt> | undefined) =>
  attempts?.map(({ duration, error, model, wait }) => [
    model,
    error?._tag,
    Duration.toMillis(duration),
    wait === undefined ? undefined : Duration.toMillis(wait)
  ])

export const eventsOf = <T extends ChatEvent["type"]>(
  events: ReadonlyArray<ChatEvent>,
  type: T
): ReadonlyArray<ChatEventOf<T>> => events.filter((event): event is ChatEventOf<T> => event.type === type)

export const outcomes = (model: ScriptedModel.ScriptedModel<unknown>) => model.calls.map(({ outcome }) => outcome)

/** What a reader of the stream sees: the events until its end, and the error that ended it, if one did. */
export const watch = <E, R>(stream: Stream.Stream<ChatEvent, E, R>) =>
  Effect.gen(function* () {
    const events: Array<ChatEvent> = []
    const error = yield* stream.pipe(
      Stream.runForEach((event) => Effect.sync(() => void events.push(event))),
      Effect.match({ onFailure: (error): E | undefined => error, onSuccess: () => undefined })
    )
    return { events, error }
  })

/** Runs the effect while a day of virtual time passes. */
export const letTimePass = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 day")
    return yield* Fiber.join(fiber)
  })
