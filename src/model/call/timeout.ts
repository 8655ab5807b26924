import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { withTrail } from "../../domain/Attempt.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import { TimeoutError } from "../../domain/errors/TimeoutError.ts"
import * as ModelId from "../../domain/ModelId.ts"
import { CurrentTrail, Trail } from "./Trail.ts"

/**
 * How long each phase of a call may last; a phase that is not given is not limited and costs nothing.
 *
 * - `connect`: until the provider takes the request, which is until the first event (`response-start`).
 * - `firstToken`: until the first event that shows something of the answer, counted from the beginning of the call.
 * - `idle`: silence after that. Of a stream, only the time in which its reader waits counts.
 * - `total`: the whole call.
 */
export interface TimeoutLimits {
  readonly connect?: Duration.Input | undefined
  readonly firstToken?: Duration.Input | undefined
  readonly idle?: Duration.Input | undefined
  readonly total?: Duration.Input | undefined
}

type Phase = TimeoutError["phase"]

/** The limits in milliseconds. */
export type Limits = { readonly [P in Phase]: number | undefined }

/** The limits as they were given, in milliseconds. */
export const limitsOf = (given: TimeoutLimits): Limits => ({
  connect: decoded(given.connect),
  "first-token": decoded(given.firstToken),
  idle: decoded(given.idle),
  total: decoded(given.total)
})

const decoded = (limit: Duration.Input | undefined): number | undefined =>
  limit === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(limit))

/** What has arrived of a response. */
export interface Arrived<Event> {
  readonly add: (events: ReadonlyArray<Event>, bytes: number) => void
  readonly partial: () => ChatResponse
}

/** Where a call stands, and which limit it will reach first. All times are in milliseconds. */
export class Progress<Event extends CallEvent> {
  readonly #limits: Limits
  readonly #isContent: (event: Event) => boolean
  readonly #began: number
  #last: number
  #connected = false
  #open = false
  #over = false
  readonly #arrived: Arrived<Event> | undefined

  constructor(limits: Limits, startedAtMillis: number, isContent: (event: Event) => boolean, arrived?: Arrived<Event>) {
    this.#arrived = arrived
    this.#limits = limits
    this.#isContent = isContent
    this.#began = this.#last = startedAtMillis
  }

  see(event: Event, now: number): void {
    this.#last = now
    this.#connected = true
    this.#open ||= this.#isContent(event)
    this.#over ||= event.type === "finish"
    this.#arrived?.add([event], 0)
  }

  /** What had arrived of the response, where content had. */
  get partial(): ChatResponse | undefined {
    return this.#open ? this.#arrived?.partial() : undefined
  }

  /** The reader asks for more. */
  wait(now: number): void {
    this.#last = now
  }

  /** Whether no limit is left that could be reached. */
  get unlimited(): boolean {
    const { connect, idle, total } = this.#limits
    const firstToken = this.#limits["first-token"]
    const before = (this.#connected || connect === undefined) && (this.#open || firstToken === undefined)
    return this.#over || (before && idle === undefined && total === undefined)
  }

  /** The limit that is reached first; none once the answer is whole. */
  next(): { readonly phase: Phase; readonly at: number } | undefined {
    if (this.#over) return undefined
    const { connect, idle, total } = this.#limits
    const open = this.#open
    const times: ReadonlyArray<readonly [Phase, number | undefined, number]> = [
      ["connect", this.#connected ? undefined : connect, this.#began],
      ["first-token", open ? undefined : this.#limits["first-token"], this.#began],
      ["idle", open ? idle : undefined, this.#last],
      ["total", total, this.#began]
    ]
    let first: { readonly phase: Phase; readonly at: number } | undefined
    for (const [phase, limit, from] of times) {
      if (limit !== undefined && (first === undefined || from + limit < first.at)) first = { phase, at: from + limit }
    }
    return first
  }
}

/** Fails as the limit of a phase is reached. */
export const failWith = (
  model: { readonly id: string },
  limits: Limits,
  phase: Phase,
  trail: Trail,
  startedAtMillis: number,
  partial?: ChatResponse
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const asked = trail.asking ?? model.id
    const id = asked.includes(",") ? undefined : ModelId.parse(asked)
    const error = new TimeoutError({
      phase,
      duration: Duration.millis(limits[phase] ?? 0),
      provider: id?.provider,
      model: id?.model ?? asked,
      partial
    })
    trail.failed(asked, error, now - startedAtMillis)
    return Effect.fail(withTrail(error, trail.attempts))
  })

/** The answer in one piece, within the total. */
export const wholeWithin = Effect.fnUntraced(function* <A, E, R>(
  model: { readonly id: string },
  limits: Limits,
  answer: Effect.Effect<A, E, R>
): Effect.fn.Return<A, E | TimeoutError, R> {
  const trail = new Trail(yield* CurrentTrail)
  const startedAtMillis = yield* Clock.currentTimeMillis
  return yield* Effect.timeoutOrElse(Effect.provideService(answer, CurrentTrail, trail), {
    duration: limits.total ?? 0,
    orElse: () => failWith(model, limits, "total", trail, startedAtMillis)
  })
})

/** The stream, each of its phases within its limit. */
export const streamWithin = <Event extends CallEvent, E, R>(
  model: { readonly id: string },
  limits: Limits,
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  makeArrived?: () => Arrived<Event>
): Stream.Stream<Event, E | TimeoutError, R> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const trail = new Trail(yield* CurrentTrail)
      const startedAtMillis = clock.currentTimeMillisUnsafe()
      const progress = new Progress(limits, startedAtMillis, isContent, makeArrived?.())
      const told = Stream.provideService(stream, CurrentTrail, trail)
      const see = (events: ReadonlyArray<Event>) => {
        for (const event of events) progress.see(event, clock.currentTimeMillisUnsafe())
      }
      return Stream.transformPull(told, (pull) =>
        Effect.succeed(
          Effect.suspend(() => {
            if (progress.unlimited) return pull
            const now = clock.currentTimeMillisUnsafe()
            progress.wait(now)
            const next = progress.next()
            const expired = () =>
              failWith(model, limits, next?.phase ?? "total", trail, startedAtMillis, progress.partial)
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
