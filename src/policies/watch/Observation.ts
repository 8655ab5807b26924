import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { Capability, Streaming } from "../../domain/Capability.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import { attemptsOf, partialOf } from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { isKnown, type Usage } from "../../domain/Usage.ts"
import { aside } from "../Attempts.ts"
import { AttemptLog, textIn } from "../AttemptLog.ts"
import { completed, type CutShort, estimatedUsage, isComplete } from "../journal/CutShort.ts"
import { type Summary, summaryOf } from "../telemetry/Summary.ts"
import type { CallEnd } from "./CallEnd.ts"
import { type Entry, isDone } from "./Entry.ts"
import { durationOf } from "./Instant.ts"
import type { WatchedCall } from "./WatchedCall.ts"
import type { Watched } from "./WatchedStream.ts"

/** Sees what arrives, and what the policies within the call log. */
class EndLog extends AttemptLog {
  usage: Usage | undefined
  reported: Summary = {}
  /** What the attempt that failed last had consumed. */
  failedUsage: Usage | undefined
  /** How much text of the current attempt has arrived. */
  arrivedCharacters = 0

  override note(event: CallEvent & Summary): void {
    switch (event.type) {
      case "response-start":
        this.usage = undefined
        this.reported = event
        this.arrivedCharacters = 0
        return
      case "response-metadata":
        this.reported = {
          ...this.reported,
          id: event.id ?? this.reported.id,
          model: event.model ?? this.reported.model
        }
        return
      case "usage":
        this.usage = event.usage
        return
    }
    this.arrivedCharacters += textIn(event).length
  }

  override push(attempt: Attempt): void {
    const partial = partialOf(attempt.error)?.usage
    this.failedUsage = partial !== undefined && isKnown(partial) ? partial : this.usage
    this.usage = undefined
    this.reported = {}
    this.arrivedCharacters = 0
    super.push(attempt)
  }

  /** Whether a model is being called, rather than the next attempt being waited for. */
  get isCalling(): boolean {
    return !this.isHeld && (this.currentModel !== undefined || this.attempts.length === 0)
  }
}

const unknownCost: Cost = { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }

/** A response, or the end of one. */
type Ended = Pick<CallResponse, "usage" | "cost" | "model" | "provider"> & {
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}

/** The part of an `Entry` that an observer needs. */
type Around = Pick<Entry, "clock" | "startedAtMillis" | "log">

/** Sees how a call ended. One that has done so when it returns gives `Effect.void`. */
export type Observer<Request, Response, E, X, R> = (end: CallEnd<Request, Response, E>) => Effect.Effect<X, never, R>

/** An observed call, with what is known of it so far. */
class Observation<Request, Response, E, X, R> extends EndLog {
  readonly #model: string
  readonly #request: Request
  readonly #observer: Observer<Request, Response, E, X, R>
  readonly #clock: Clock.Clock
  readonly #isStream: boolean
  readonly #startedAtMillis: number
  #firstTokenMillis: number | undefined

  constructor(
    entry: Around,
    model: string,
    request: Request,
    observer: Observer<Request, Response, E, X, R>,
    isStream: boolean
  ) {
    super(entry.log)
    this.#isStream = isStream
    this.#model = model
    this.#request = request
    this.#observer = observer
    this.#clock = entry.clock
    this.#startedAtMillis = entry.startedAtMillis
  }

  sawContent(): void {
    this.#firstTokenMillis ??= steadyMillis(this.#clock) - this.#startedAtMillis
  }

  /** Runs the observer. Calls that it makes are not attempts of this one; its defects are logged. */
  end(exit: Exit.Exit<Response, E>, ended: Ended | undefined): Effect.Effect<void, never, R> {
    const observed = Result.try(() => {
      const millis = steadyMillis(this.#clock) - this.#startedAtMillis
      const firstToken = this.#firstTokenMillis
      const { attempts, cost, cutShort, usage } = this.#spent(exit, ended, millis)
      return this.#observer({
        model: this.#model,
        request: this.#request,
        exit,
        usage,
        cost,
        attempts,
        cutShort,
        timings: {
          firstToken: firstToken === undefined ? undefined : durationOf(firstToken),
          total: durationOf(millis)
        }
      })
    })
    if (Result.isFailure(observed)) return logged(Cause.die(observed.failure))
    const running = observed.success
    return isDone(running)
      ? Exit.isSuccess(running)
        ? Effect.void
        : logged(running.cause)
      : Effect.asVoid(Effect.catchCause(aside(running), logged))
  }

  #spent(
    exit: Exit.Exit<Response, E>,
    ended: Ended | undefined,
    millis: number
  ): Pick<CallEnd<Request, Response, E>, "usage" | "cost" | "attempts" | "cutShort"> {
    const currentModel = this.currentModel ?? this.#model
    if (ended !== undefined) {
      const { attempts = [], usage } = ended
      const cost = ended.cost ?? this.price(attempts.at(-1)?.model ?? currentModel, usage, ended)
      const all = attempts.length > 0 ? attempts : [...this.attempts, this.succeeded(currentModel, {}, millis)]
      return { usage, cost, attempts: all }
    }
    const error = Exit.findErrorOption(exit)
    if (Option.isSome(error)) {
      this.failed(this.#model, error.value, millis)
      const recorded = attemptsOf(error.value)
      const attempts = this.#withCosts(recorded.length > this.attempts.length ? recorded : this.attempts)
      const last = attempts.at(-1)
      return { usage: this.failedUsage, cost: last?.cost ?? this.#failedCost(last?.model ?? currentModel), attempts }
    }
    const { usage } = this
    const attempts = this.#withCosts(this.attempts)
    if (!this.isCalling) return { usage, cost: undefined, attempts }
    const cost = this.#estimate(currentModel, usage)
    return { usage, cost, attempts, cutShort: () => this.#cutShort(currentModel, cost) }
  }

  #cutShort(model: string, cost: Cost | undefined): CutShort {
    const { arrivedCharacters, reported, usage } = this
    if (usage !== undefined && isComplete(usage)) return { model, reported, usage, isEstimated: false, cost }
    const estimate = estimatedUsage(this.#request as CallRequest, this.#isStream ? arrivedCharacters : undefined)
    const all = usage === undefined ? estimate : completed(usage, estimate)
    const known = cost?._tag === "Priced" ? cost : this.#estimate(model, all)
    return { model, reported, usage: all, isEstimated: true, cost: known }
  }

  /** Costs that a policy around this one has computed. */
  #withCosts(attempts: ReadonlyArray<Attempt>): ReadonlyArray<Attempt> {
    return attempts.map((attempt) => {
      const cost = attempt.cost ?? (attempt.error === undefined ? undefined : this.costOf(attempt.error))
      return cost === undefined ? attempt : { ...attempt, cost }
    })
  }

  #estimate(requestedModel: string, usage: Usage | undefined): Cost | undefined {
    const override = this.overridingCost
    if (override !== undefined) return override
    const cost = this.price(requestedModel, usage ?? { inputTokens: {}, outputTokens: {} }, this.reported)
    if (cost === undefined || usage === undefined || !isKnown(usage)) return cost && unknownCost
    return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
  }

  #failedCost(requestedModel: string): Cost | undefined {
    const { failedUsage } = this
    return failedUsage === undefined ? undefined : this.#estimate(requestedModel, failedUsage)
  }
}

const logged = (cause: Cause.Cause<unknown>): Effect.Effect<void> => Effect.logError("onEnd failed", cause)

interface Observed<A, E, R, R1> extends WatchedCall<A, E, R, R1> {
  readonly end: (exit: Exit.Exit<A, E>) => Effect.Effect<void, never, R1>
}

interface ObservedStream<Event, E, R, R1> extends Watched<Event, E, R, R1> {
  readonly failed: (cause: Cause.Cause<E>) => Cause.Cause<E>
  readonly end: () => Effect.Effect<void, never, R1>
}

/** Observes a call for a whole response, from where a policy enters it. */
export const observing = <Request, A extends CallResponse, E, R, X, R1>(
  entry: Around,
  model: string,
  request: Request,
  run: Effect.Effect<A, E, R>,
  observer: Observer<Request, A, E, X, R1>
): Observed<A, E, R, R1> => {
  const call = new Observation(entry, model, request, observer, false)
  return { run, log: call, end: (exit) => call.end(exit, Exit.isSuccess(exit) ? exit.value : undefined) }
}

/** The same of a stream, whose events are folded into a response. */
export const observingStream = <C extends Capability, E, R, X, R1>(
  entry: Around,
  model: string,
  request: C["Request"],
  stream: Stream.Stream<C["Event"], E, R>,
  { isContent, makeFold }: Streaming<C>,
  observer: Observer<C["Request"], C["Response"], E, X, R1>
): ObservedStream<C["Event"], E, R, R1> => {
  const fold = makeFold()
  const call = new Observation(entry, model, request, observer, true)
  return observed(stream, call, isContent, fold, () => fold.response())
}

/** The same, for an observer that needs no content. */
export const observingSummary = <C extends Capability, E, R, X, R1>(
  entry: Around,
  model: string,
  request: C["Request"],
  stream: Stream.Stream<C["Event"], E, R>,
  { isContent }: Pick<Streaming<C>, "isContent">,
  observer: Observer<C["Request"], Summary, E, X, R1>
): ObservedStream<C["Event"], E, R, R1> => {
  const call = new Observation(entry, model, request, observer, true)
  return observed(stream, call, isContent, undefined, (finish) => summaryOf(call.reported, finish))
}

const observed = <Event extends CallEvent, Request, Response, E, R, X, R1>(
  stream: Stream.Stream<Event, E, R>,
  call: Observation<Request, Response, E, X, R1>,
  isContent: (event: Event) => boolean,
  fold: { readonly add: (event: Event) => void } | undefined,
  responseOf: (finish: Event) => Response | undefined
): ObservedStream<Event, E, R, R1> => {
  let hasContent = false
  let finish: Event | undefined
  let failure: Cause.Cause<E> | undefined
  return {
    stream: () => stream,
    log: call,
    pass: (events) => {
      // Here an iterator for each chunk and policy would cost as much as what they do.
      for (let index = 0; index < events.length; index++) {
        const event = events[index] as Event
        call.note(event)
        fold?.add(event)
        if (!hasContent && isContent(event)) {
          hasContent = true
          call.sawContent()
        }
        if (event.type === "finish") finish = event
      }
      return undefined
    },
    failed: (cause) => (failure = cause),
    end: () => {
      if (failure !== undefined) return call.end(Exit.failCause(failure), undefined)
      // A stream may end with an error of its reader, which is not an error of the call.
      const response = finish && responseOf(finish)
      if (finish === undefined || response === undefined) return call.end(Exit.interrupt(), undefined)
      const { attempts, cost, usage = { inputTokens: {}, outputTokens: {} } } = finish
      return call.end(Exit.succeed(response), { ...call.reported, attempts, cost, usage })
    }
  }
}
