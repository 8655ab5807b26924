import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import { withAttempts } from "../domain/ProviderError.ts"
import type { Arrived, Capability, Streaming } from "../domain/Capability.ts"
import { type ChatResponse, TimeoutError } from "../domain/ChatResponse.ts"
import { standard as standardLimits } from "../domain/Limits.ts"
import * as ModelId from "../domain/ModelId.ts"
import { type Any, CurrentObserver, type Model } from "../model/Model.ts"
import { AttemptLog, CurrentAttemptLog } from "./Attempts.ts"
import { make as makePolicy, type Policy } from "./Policy.ts"
import { type Deadlines, timedPull } from "./TimedPull.ts"
import { type Watched, watched } from "./WatchedStream.ts"

/**
 * How long each phase of a call may last; a phase that is left out is not limited and costs nothing.
 *
 * - `connect`: until the provider accepts the request, which is until the first event (`response-start`).
 * - `firstToken`: until the first content, counted from the beginning of the call.
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
 * With `connect`, `firstToken` or `idle`, `generate` of a chat opens a stream and folds it, since a unary call cannot tell a
 * slow response from a silent provider; such a response has no `raw`. Where responses only come whole, and with `total`
 * alone, the call stays unary, bound by `total`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const timeout: {
  (limits: TimeoutLimits): Policy<TimeoutError>
  <C extends Capability, E, R>(self: Model<C, E, R>, limits: TimeoutLimits): Model<C, E | TimeoutError, R>
} = dual(2, <C extends Capability, E, R>(self: Model<C, E, R>, limits: TimeoutLimits) => make(limits)(self))

/**
 * A policy that limits the given phases, as `timeout` does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (limits: TimeoutLimits): Policy<TimeoutError> => {
  const millis = limitsOf(limits)
  const limited = Object.values(millis).filter((limit) => limit !== undefined)
  if (limited.length === 0) return (self) => self
  const needsStream = limited.length > 1 || millis.total === undefined
  return makePolicy<TimeoutError>({
    generate: ({ model, run }) => {
      const { streaming } = model.kind
      if (needsStream && streaming?.isObservable === true) return generateWithin(model, millis, run, streaming)
      return millis.total === undefined ? run : wholeWithin(model, millis, run)
    },
    stream: ({ model, run, streaming }) => streamWithin(model, millis, run, streaming)
  })
}

type Phase = TimeoutError["phase"]

/** The limits in milliseconds. */
type Limits = { readonly [P in Phase]: number | undefined }

const limitsOf = (limits: TimeoutLimits): Limits => ({
  connect: millisOf(limits.connect),
  "first-token": millisOf(limits.firstToken),
  idle: millisOf(limits.idle),
  total: millisOf(limits.total)
})

const millisOf = (limit: Duration.Input | undefined): number | undefined =>
  limit === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(limit))

/** Where a call stands, and which limit it will reach first. All times are in milliseconds. */
class Progress<C extends Capability> {
  readonly #limits: Limits
  readonly #isContent: (event: C["Event"]) => boolean
  readonly #startedAtMillis: number
  #last: number
  #connected = false
  #open = false
  #over = false
  readonly #arrived: Arrived<C> | undefined

  constructor(limits: Limits, startedAtMillis: number, { isContent, makePartial }: Streaming<C>) {
    this.#arrived = makePartial?.(standardLimits.responseBytes)
    this.#limits = limits
    this.#isContent = isContent
    this.#startedAtMillis = this.#last = startedAtMillis
  }

  see(events: ReadonlyArray<C["Event"]>, now: number): void {
    this.#last = now
    this.#connected = true
    for (const event of events) {
      this.#open ||= this.#isContent(event)
      this.#over ||= event.type === "finish"
    }
    this.#arrived?.add(events, 0)
  }

  /** What had arrived of the response, where content had. */
  get partial(): ChatResponse | undefined {
    return this.#open ? this.#arrived?.partial() : undefined
  }

  /** The reader waits for more. */
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

  /** The limit that is reached first; none once the response is whole. */
  next(): { readonly phase: Phase; readonly at: number } | undefined {
    if (this.#over) return undefined
    const { connect, idle, total } = this.#limits
    const open = this.#open
    const times: ReadonlyArray<readonly [Phase, number | undefined, number]> = [
      ["connect", this.#connected ? undefined : connect, this.#startedAtMillis],
      ["first-token", open ? undefined : this.#limits["first-token"], this.#startedAtMillis],
      ["idle", open ? idle : undefined, this.#last],
      ["total", total, this.#startedAtMillis]
    ]
    let first: { readonly phase: Phase; readonly at: number } | undefined
    for (const [phase, limit, from] of times) {
      if (limit !== undefined && (first === undefined || from + limit < first.at)) first = { phase, at: from + limit }
    }
    return first
  }
}

/** Fails because the limit of a phase was reached. */
const failWith = (
  model: { readonly id: string },
  limits: Limits,
  phase: Phase,
  log: AttemptLog,
  startedAtMillis: number,
  partial?: ChatResponse
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const currentModel = log.currentModel ?? model.id
    const id = currentModel.includes(",") ? undefined : ModelId.parse(currentModel)
    const error = new TimeoutError({
      phase,
      duration: Duration.millis(limits[phase] ?? 0),
      provider: id?.provider,
      model: id?.model ?? currentModel,
      partial
    })
    log.failed(currentModel, error, now - startedAtMillis)
    return Effect.fail(withAttempts(error, log.attempts))
  })

const wholeWithin = Effect.fnUntraced(function* <A, E, R>(
  model: Any,
  limits: Limits,
  response: Effect.Effect<A, E, R>
): Effect.fn.Return<A, E | TimeoutError, R> {
  const log = new AttemptLog(yield* CurrentAttemptLog)
  const startedAtMillis = yield* Clock.currentTimeMillis
  return yield* Effect.timeoutOrElse(Effect.provideService(response, CurrentAttemptLog, log), {
    duration: limits.total ?? 0,
    orElse: () => failWith(model, limits, "total", log, startedAtMillis)
  })
})

const generateWithin = Effect.fnUntraced(function* <C extends Capability, A, E, R>(
  model: Any,
  limits: Limits,
  response: Effect.Effect<A, E, R>,
  streaming: Streaming<C>
): Effect.fn.Return<A, E | TimeoutError, R> {
  const clock = yield* Clock.Clock
  const outer = yield* CurrentObserver
  const log = new AttemptLog(yield* CurrentAttemptLog)
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const progress = new Progress(limits, startedAtMillis, streaming)
  const observed = response.pipe(
    Effect.provideService(CurrentAttemptLog, log),
    Effect.provideService(CurrentObserver, (event) => {
      progress.see([event], clock.currentTimeMillisUnsafe())
      log.see(event)
      outer?.(event)
    })
  )
  const watchdog = Effect.gen(function* () {
    while (true) {
      const now = clock.currentTimeMillisUnsafe()
      const next = progress.next()
      if (next !== undefined && next.at <= now)
        return yield* failWith(model, limits, next.phase, log, startedAtMillis, progress.partial)
      // An event may start the idle phase at any moment, so no limit that is yet unknown is reached before `now + idle`.
      yield* Effect.sleep(Math.min((next?.at ?? Infinity) - now, limits.idle ?? Infinity))
    }
  })
  return yield* Effect.raceFirst(observed, watchdog)
})

const streamWithin = <C extends Capability, E, R>(
  model: Any,
  limits: Limits,
  stream: Stream.Stream<C["Event"], E, R>,
  streaming: Streaming<C>
): Stream.Stream<C["Event"], E | TimeoutError, R> =>
  watched((entry) => {
    const clock = Context.get(entry.context, Clock.Clock)
    const log = new AttemptLog(entry.log)
    const startedAtMillis = clock.currentTimeMillisUnsafe()
    const progress = new Progress(limits, startedAtMillis, streaming)
    const deadlines: Deadlines<TimeoutError> = {
      leastMillis: limits.idle ?? Infinity,
      wait: (now) => progress.wait(now),
      next: () => {
        const next = progress.next()
        return (
          next && {
            atMillis: next.at,
            expired: Effect.suspend(() => failWith(model, limits, next.phase, log, startedAtMillis, progress.partial))
          }
        )
      }
    }
    const timed = Stream.transformPull(stream, (pull, scope) => {
      const inTime = timedPull(pull, deadlines, clock, scope)
      return Effect.succeed(Effect.suspend(() => (progress.unlimited ? pull : inTime)))
    })
    return Effect.succeed<Watched<C["Event"], E | TimeoutError, R>>({
      stream: () => timed,
      log,
      pass: (events) => {
        progress.see(events, clock.currentTimeMillisUnsafe())
        return undefined
      }
    })
  })

/**
 * For most uses: 10 s to connect, 60 s to the first token, 30 s of silence, 10 minutes in all.
 *
 * @since 0.1.0
 * @category presets
 */
export const standard: Policy<TimeoutError> = make({
  connect: "10 seconds",
  firstToken: "60 seconds",
  idle: "30 seconds",
  total: "10 minutes"
})

/**
 * While a person waits: 5 s to connect, 15 s to the first token, 10 s of silence, 2 minutes in all.
 *
 * @since 0.1.0
 * @category presets
 */
export const interactive: Policy<TimeoutError> = make({
  connect: "5 seconds",
  firstToken: "15 seconds",
  idle: "10 seconds",
  total: "2 minutes"
})

/**
 * For reasoning models, which may be silent for long: 10 minutes to the first token, 5 minutes of silence, an hour in
 * all. It does not limit the time to connect, since some providers send nothing until the reasoning is done.
 *
 * @since 0.1.0
 * @category presets
 */
export const reasoning: Policy<TimeoutError> = make({ firstToken: "10 minutes", idle: "5 minutes", total: "1 hour" })
