import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Stream from "effect/Stream"
import { withAttempts } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { Arrived, Capability, Streaming } from "../domain/Capability.ts"
import { TimeoutError } from "../domain/ChatResponse.ts"
import { standard as standardLimits } from "../domain/Limits.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import * as ModelId from "../domain/ModelId.ts"
import { type Any, CurrentObserver, type Model } from "../model/Model.ts"
import { pulledIn, pullIn } from "../model/PullStream.ts"
import { AttemptLog } from "./AttemptLog.ts"
import type { Entry } from "./watch/Entry.ts"
import { make as makePolicy, type Policy } from "./Policy.ts"
import { type Deadline, type Deadlines, TimedPull } from "./watch/TimedPull.ts"
import { watchedCall, type WatchedCall } from "./watch/WatchedCall.ts"
import { type Watched, watched } from "./watch/WatchedStream.ts"

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
  const whole: Limits = { connect: undefined, "first-token": undefined, idle: undefined, total: millis.total }
  return makePolicy<TimeoutError>({
    generate: ({ model, run }) => {
      const { streaming } = model.kind
      if (needsStream && streaming?.isObservable === true) return callWithin(model, millis, run, streaming)
      return millis.total === undefined ? run : callWithin(model, whole, run, undefined)
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

/** A limit, and when it is reached. */
interface Reached {
  readonly phase: Phase
  readonly at: number
}

const earlier = (
  first: Reached | undefined,
  phase: Phase,
  limit: number | undefined,
  fromMillis: number
): Reached | undefined =>
  limit === undefined || (first !== undefined && first.at <= fromMillis + limit)
    ? first
    : { phase, at: fromMillis + limit }

/** A call within its limits: where it stands, and which of them it will reach first. All times are in milliseconds. */
class Timing<C extends Capability> implements Deadlines<TimeoutError> {
  readonly log: AttemptLog
  readonly leastMillis: number
  readonly #model: Any
  readonly #limits: Limits
  readonly #clock: Clock.Clock
  readonly #startedAtMillis: number
  readonly #isContent: (event: C["Event"]) => boolean
  readonly #arrived: Arrived<C> | undefined
  #waitsSinceMillis: number
  #isConnected = false
  #isOpen = false
  #isWhole = false

  /** Without `streaming`, nothing is seen before the end. */
  constructor({ clock, log, startedAtMillis }: Entry, model: Any, limits: Limits, streaming: Streaming<C> | undefined) {
    this.log = new AttemptLog(log)
    this.leastMillis = limits.idle ?? Infinity
    this.#model = model
    this.#limits = limits
    this.#clock = clock
    this.#startedAtMillis = this.#waitsSinceMillis = startedAtMillis
    this.#isContent = streaming?.isContent ?? (() => false)
    this.#arrived = streaming?.makePartial?.(standardLimits.responseBytes)
  }

  timed<A, E, R>(pull: Effect.Effect<A, E, R>): TimedPull<A, E, R, TimeoutError> {
    return new TimedPull(pull, this, this.#clock)
  }

  see(events: ReadonlyArray<C["Event"]>): void {
    this.#isConnected = true
    this.#isOpen ||= events.some(this.#isContent)
    this.#isWhole ||= events.at(-1)?.type === "finish"
    this.#arrived?.add(events, 0)
  }

  wait(nowMillis: number): void {
    this.#waitsSinceMillis = nowMillis
  }

  isOver(): boolean {
    const { connect, "first-token": firstToken, idle, total } = this.#limits
    const isLimited =
      (connect !== undefined && !this.#isConnected) ||
      (firstToken !== undefined && !this.#isOpen) ||
      idle !== undefined ||
      total !== undefined
    return this.#isWhole || !isLimited
  }

  next(): Deadline<TimeoutError> | undefined {
    if (this.#isWhole) return undefined
    const started = this.#startedAtMillis
    const { connect, "first-token": firstToken, idle, total } = this.#limits
    let first = earlier(undefined, "connect", this.#isConnected ? undefined : connect, started)
    first = earlier(first, "first-token", this.#isOpen ? undefined : firstToken, started)
    first = earlier(first, "idle", this.#isOpen ? idle : undefined, this.#waitsSinceMillis)
    first = earlier(first, "total", total, started)
    return first && { atMillis: first.at, expired: this.#failWith(first.phase) }
  }

  /** Fails because the limit of a phase was reached. */
  #failWith(phase: Phase): Effect.Effect<never, TimeoutError> {
    return Effect.suspend(() => {
      const { log } = this
      const currentModel = log.currentModel ?? this.#model.id
      const id = currentModel.includes(",") ? undefined : ModelId.parse(currentModel)
      const error = new TimeoutError({
        phase,
        duration: Duration.millis(this.#limits[phase] ?? 0),
        provider: id?.provider,
        model: id?.model ?? currentModel,
        partial: this.#isOpen ? this.#arrived?.partial() : undefined
      })
      log.failed(currentModel, error, steadyMillis(this.#clock) - this.#startedAtMillis)
      return Effect.fail(withAttempts(error, log.attempts))
    })
  }
}

/** A whole response, made as a stream whose events are observed, where there is one. */
const callWithin = <C extends Capability, A, E, R>(
  model: Any,
  limits: Limits,
  response: Effect.Effect<A, E, R>,
  streaming: Streaming<C> | undefined
): Effect.Effect<A, E | TimeoutError, R> =>
  watchedCall((entry) => {
    const timing = new Timing(entry, model, limits, streaming)
    const { log } = timing
    const timed = timing.timed(response)
    const outer = Context.get(entry.context, CurrentObserver)
    const see = (event: CallEvent): void => {
      timing.see([event])
      timing.wait(steadyMillis(entry.clock))
      log.see(event)
      outer?.(event)
    }
    return Effect.succeed<WatchedCall<A, E | TimeoutError, R>>({
      run: timed.pull,
      log,
      services: streaming && Context.add(CurrentObserver, see),
      end: () => stopped(timed)
    })
  })

const streamWithin = <C extends Capability, E, R>(
  model: Any,
  limits: Limits,
  stream: Stream.Stream<C["Event"], E, R>,
  streaming: Streaming<C>
): Stream.Stream<C["Event"], E | TimeoutError, R> =>
  watched((entry) => {
    const timing = new Timing(entry, model, limits, streaming)
    let timed: { readonly stop: () => void } | undefined
    const inTime = pulledIn<C["Event"], E | TimeoutError, R>((scope) =>
      Effect.map(pullIn(stream, scope), (pull) => (timed = timing.timed(pull)).pull)
    )
    return Effect.succeed<Watched<C["Event"], E | TimeoutError, R>>({
      stream: () => inTime,
      log: timing.log,
      pass: (events) => {
        timing.see(events)
        return undefined
      },
      end: () => stopped(timed)
    })
  })

const stopped = (timed: { readonly stop: () => void } | undefined): Effect.Effect<void> => {
  timed?.stop()
  return Effect.void
}

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
