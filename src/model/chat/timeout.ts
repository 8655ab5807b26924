import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import { withTrail } from "../../domain/Attempt.ts"
import { type ChatEvent, isContent } from "../../domain/ChatEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import { TimeoutError } from "../../domain/errors/TimeoutError.ts"
import * as ModelId from "../../domain/ModelId.ts"
import { CurrentWatch } from "./CurrentWatch.ts"
import { type ChatModel, wrap } from "./make.ts"
import { CurrentTrail, Trail } from "./Trail.ts"

/**
 * How long each phase of a call may last; a phase that is not given is not limited and costs nothing.
 *
 * - `connect`: until the provider takes the request, which is until the first event (`response-start`).
 * - `firstToken`: until the first event that shows something of the answer, counted from the beginning of the call.
 * - `idle`: silence after that. Of a stream, only the time in which its reader waits counts.
 * - `total`: the whole call.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeoutLimits {
  readonly connect?: Duration.Input | undefined
  readonly firstToken?: Duration.Input | undefined
  readonly idle?: Duration.Input | undefined
  readonly total?: Duration.Input | undefined
}

/**
 * Fails with `TimeoutError` when a phase of a call takes too long; the call is interrupted, which closes its connection.
 *
 * With `connect`, `firstToken` or `idle`, `generate` asks the provider for a stream and folds it, since a unary call cannot
 * tell a slow answer from a silent provider; such an answer has no `raw`. With `total` alone the call stays unary.
 *
 * @since 0.1.0
 * @category combinators
 */
export const timeout: {
  (limits: TimeoutLimits): <E, R>(self: ChatModel<E, R>) => ChatModel<E | TimeoutError, R>
  <E, R>(self: ChatModel<E, R>, limits: TimeoutLimits): ChatModel<E | TimeoutError, R>
} = dual(2, <E, R>(self: ChatModel<E, R>, input: TimeoutLimits): ChatModel<E | TimeoutError, R> => {
  const limits: Limits = {
    connect: decoded(input.connect),
    "first-token": decoded(input.firstToken),
    idle: decoded(input.idle),
    total: decoded(input.total)
  }
  const given = Object.values(limits).filter((limit) => limit !== undefined)
  if (given.length === 0) return self
  const unary = given.length === 1 && limits.total !== undefined
  return wrap(self, {
    generate: (request) => (unary ? generateWithin(self, limits, request) : generateWatched(self, limits, request)),
    stream: (request) => streamWithin(self, limits, request)
  })
})

type Phase = TimeoutError["phase"]
type Limits = { readonly [P in Phase]: number | undefined }

const decoded = (limit: Duration.Input | undefined): number | undefined =>
  limit === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(limit))

/** Where a call stands, and which limit it will reach first. All times are in milliseconds. */
class Progress {
  private readonly limits: Limits
  private readonly began: number
  private last: number
  private connected = false
  private open = false
  private over = false

  constructor(limits: Limits, began: number) {
    this.limits = limits
    this.began = this.last = began
  }

  see(event: ChatEvent, now: number): void {
    this.last = now
    this.connected = true
    this.open ||= isContent(event)
    this.over ||= event.type === "finish"
  }

  /** The reader asks for more. */
  wait(now: number): void {
    this.last = now
  }

  /** Whether no limit is left that could be reached. */
  get unlimited(): boolean {
    const { connect, idle, total } = this.limits
    const firstToken = this.limits["first-token"]
    const before = (this.connected || connect === undefined) && (this.open || firstToken === undefined)
    return this.over || (before && idle === undefined && total === undefined)
  }

  /** The limit that is reached first; none once the answer is whole. */
  next(): { readonly phase: Phase; readonly at: number } | undefined {
    if (this.over) return undefined
    const { connect, idle, total } = this.limits
    const open = this.open
    const times: ReadonlyArray<readonly [Phase, number | undefined, number]> = [
      ["connect", this.connected ? undefined : connect, this.began],
      ["first-token", open ? undefined : this.limits["first-token"], this.began],
      ["idle", open ? idle : undefined, this.last],
      ["total", total, this.began]
    ]
    let first: { readonly phase: Phase; readonly at: number } | undefined
    for (const [phase, limit, from] of times) {
      if (limit !== undefined && (first === undefined || from + limit < first.at)) first = { phase, at: from + limit }
    }
    return first
  }
}

const failWith = (model: ChatModel<unknown, unknown>, limits: Limits, phase: Phase, trail: Trail, began: number) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const asked = trail.asking ?? model.id
    const id = asked.includes(",") ? undefined : ModelId.parse(asked)
    const error = new TimeoutError({
      phase,
      duration: Duration.millis(limits[phase] ?? 0),
      provider: id?.provider,
      model: id?.model ?? asked
    })
    trail.failed(asked, error, now - began)
    return Effect.fail(withTrail(error, trail.attempts))
  })

const generateWithin = Effect.fnUntraced(function* <E, R>(
  self: ChatModel<E, R>,
  limits: Limits,
  request: ChatRequest
): Effect.fn.Return<ChatResponse, E | TimeoutError, R> {
  const trail = new Trail(yield* CurrentTrail)
  const began = yield* Clock.currentTimeMillis
  return yield* Effect.timeoutOrElse(Effect.provideService(self.generate(request), CurrentTrail, trail), {
    duration: limits.total ?? 0,
    orElse: () => failWith(self, limits, "total", trail, began)
  })
})

const generateWatched = Effect.fnUntraced(function* <E, R>(
  self: ChatModel<E, R>,
  limits: Limits,
  request: ChatRequest
): Effect.fn.Return<ChatResponse, E | TimeoutError, R> {
  const clock = yield* Clock.Clock
  const outer = yield* CurrentWatch
  const trail = new Trail(yield* CurrentTrail)
  const began = clock.currentTimeMillisUnsafe()
  const progress = new Progress(limits, began)
  const watched = self.generate(request).pipe(
    Effect.provideService(CurrentTrail, trail),
    Effect.provideService(CurrentWatch, (event) => {
      progress.see(event, clock.currentTimeMillisUnsafe())
      outer?.(event)
    })
  )
  const watchdog = Effect.gen(function* () {
    while (true) {
      const now = clock.currentTimeMillisUnsafe()
      const next = progress.next()
      if (next !== undefined && next.at <= now) return yield* failWith(self, limits, next.phase, trail, began)
      // An event may start the idle phase at any moment, so no limit that is yet unknown is reached before `now + idle`.
      yield* Effect.sleep(Math.min((next?.at ?? Infinity) - now, limits.idle ?? Infinity))
    }
  })
  return yield* Effect.raceFirst(watched, watchdog)
})

const streamWithin = <E, R>(
  self: ChatModel<E, R>,
  limits: Limits,
  request: ChatRequest
): Stream.Stream<ChatEvent, E | TimeoutError, R> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const trail = new Trail(yield* CurrentTrail)
      const began = clock.currentTimeMillisUnsafe()
      const progress = new Progress(limits, began)
      const told = Stream.provideService(self.stream(request), CurrentTrail, trail)
      const see = (events: ReadonlyArray<ChatEvent>) => {
        for (const event of events) progress.see(event, clock.currentTimeMillisUnsafe())
      }
      return Stream.transformPull(told, (pull) =>
        Effect.succeed(
          Effect.suspend(() => {
            if (progress.unlimited) return pull
            const now = clock.currentTimeMillisUnsafe()
            progress.wait(now)
            const next = progress.next()
            const expired = () => failWith(self, limits, next?.phase ?? "total", trail, began)
            if (next !== undefined && next.at <= now) return expired()
            const timed =
              next === undefined ? pull : Effect.timeoutOrElse(pull, { duration: next.at - now, orElse: expired })
            return Effect.map(timed, (events) => {
              see(events)
              return events
            })
          })
        )
      )
    })
  )
