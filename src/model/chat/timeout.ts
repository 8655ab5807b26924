import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { ArrivedEvents } from "../../domain/ArrivedEvents.ts"
import { isContent } from "../../domain/ChatEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { TimeoutError } from "../../domain/errors/TimeoutError.ts"
import { standard } from "../../domain/Limits.ts"
import {
  failWith,
  type Limits,
  limitsOf,
  Progress,
  streamWithin,
  type TimeoutLimits,
  wholeWithin
} from "../call/timeout.ts"
import { CurrentTrail, Trail } from "../call/Trail.ts"
import { CurrentWatch } from "./CurrentWatch.ts"
import { type ChatModel, wrap } from "./make.ts"

export type { TimeoutLimits } from "../call/timeout.ts"

/**
 * Fails with `TimeoutError` when a phase of a call takes too long; the call is interrupted, which closes its connection.
 *
 * With `connect`, `firstToken` or `idle`, `generate` asks the provider for a stream and folds it, since a unary call cannot
 * tell a slow answer from a silent provider; such an answer has no `raw`. With `total` alone the call stays unary.
 */
export const timeout: {
  (limits: TimeoutLimits): <E, R>(self: ChatModel<E, R>) => ChatModel<E | TimeoutError, R>
  <E, R>(self: ChatModel<E, R>, limits: TimeoutLimits): ChatModel<E | TimeoutError, R>
} = dual(2, <E, R>(self: ChatModel<E, R>, input: TimeoutLimits): ChatModel<E | TimeoutError, R> => {
  const limits = limitsOf(input)
  const given = Object.values(limits).filter((limit) => limit !== undefined)
  if (given.length === 0) return self
  const unary = given.length === 1 && limits.total !== undefined
  return wrap(self, {
    generate: (request) =>
      unary ? wholeWithin(self, limits, self.generate(request)) : generateWatched(self, limits, request),
    stream: (request) => streamWithin(self, limits, self.stream(request), isContent, makeArrived)
  })
})

const makeArrived = () => new ArrivedEvents(standard.responseBytes)

const generateWatched = Effect.fnUntraced(function* <E, R>(
  self: ChatModel<E, R>,
  limits: Limits,
  request: ChatRequest
): Effect.fn.Return<ChatResponse, E | TimeoutError, R> {
  const clock = yield* Clock.Clock
  const outer = yield* CurrentWatch
  const trail = new Trail(yield* CurrentTrail)
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const progress = new Progress(limits, startedAtMillis, isContent, makeArrived())
  const watched = self.generate(request).pipe(
    Effect.provideService(CurrentTrail, trail),
    Effect.provideService(CurrentWatch, (event) => {
      progress.see(event, clock.currentTimeMillisUnsafe())
      trail.see(event)
      outer?.(event)
    })
  )
  const watchdog = Effect.gen(function* () {
    while (true) {
      const now = clock.currentTimeMillisUnsafe()
      const next = progress.next()
      if (next !== undefined && next.at <= now)
        return yield* failWith(self, limits, next.phase, trail, startedAtMillis, progress.partial)
      // An event may start the idle phase at any moment, so no limit that is yet unknown is reached before `now + idle`.
      yield* Effect.sleep(Math.min((next?.at ?? Infinity) - now, limits.idle ?? Infinity))
    }
  })
  return yield* Effect.raceFirst(watched, watchdog)
})
