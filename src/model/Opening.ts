import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type ChatEvent, isContent } from "../domain/ChatEvent.ts"

/**
 * Asks, and waits until the call is open: until the first event that shows something of the answer has arrived.
 * The stream that it returns begins with what arrived so far and goes on from there; it lives in the given scope.
 *
 * A failure before that point is a failure of this effect, so retries, timeouts, breakers and fallbacks are ordinary
 * combinators on it; the connection of a failed opening is closed at once, not with the scope.
 *
 * @since 0.1.0
 * @category combinators
 */
export const open = Effect.fnUntraced(function* <E, R>(
  stream: Stream.Stream<ChatEvent, E, R>
): Effect.fn.Return<Stream.Stream<ChatEvent, E, R>, E, R | Scope.Scope> {
  const scope = yield* Effect.flatMap(Effect.scope, (parent) => Scope.fork(parent))
  return yield* Effect.onExit(opening(stream, scope), (exit) =>
    exit._tag === "Success" ? Effect.void : Scope.close(scope, exit)
  )
})

const opening = Effect.fnUntraced(function* <E, R>(
  stream: Stream.Stream<ChatEvent, E, R>,
  scope: Scope.Closeable
): Effect.fn.Return<Stream.Stream<ChatEvent, E, R>, E, R> {
  const pull = yield* Scope.provide(Stream.toPull(stream), scope)
  const seen: Array<ChatEvent> = []
  while (true) {
    const events = yield* Pull.catchDone(pull, () => Effect.succeed(undefined))
    if (events === undefined) return Stream.fromArray(seen)
    for (const event of events) seen.push(event)
    if (events.some(isContent)) return Stream.concat(Stream.fromArray(seen), Stream.fromPull(Effect.succeed(pull)))
  }
})
