import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { type Attempt, trailOf } from "../../domain/Attempt.ts"
import type { CallAnswer } from "../../domain/CallAnswer.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import type { Cost } from "../../domain/Cost.ts"
import { partialOf } from "../../domain/errors/Partial.ts"
import type { Timings } from "../../domain/Timings.ts"
import { isKnown, type Usage } from "../../domain/Usage.ts"
import { CurrentWatch } from "../chat/CurrentWatch.ts"
import { CurrentTrail, type Named, Trail } from "./Trail.ts"

/**
 * How a call ended, whatever the end was.
 *
 * - `exit`: the answer, the error, or the interruption. A reader that leaves a stream before its `finish` interrupts it.
 * - `usage`: what the last attempt consumed, as far as the provider reported it; `undefined` where it reported nothing.
 * - `cost`: what that cost, where costs are computed (`withCost`, within or around); flagged `Estimated` unless the call
 *   succeeded, and `Unpriced` where a model was at work and reported nothing. Earlier attempts have a `cost` of their
 *   own; `costs` gathers them all.
 * - `attempts`: the attempts that failed, and the one that was answered, if one was. The one that an interruption cut is not
 *   among them.
 * - `timings`: until the first content of a stream, and until the end.
 */
export interface CallEnd<out Request, out Answer, out E> {
  /** The id of the model that the observer is on. */
  readonly model: string
  readonly request: Request
  readonly exit: Exit.Exit<Answer, E>
  readonly usage: Usage | undefined
  readonly cost: Cost | undefined
  readonly attempts: ReadonlyArray<Attempt>
  readonly timings: Timings
}

/** Sees what arrives, and what the policies within the call tell. */
class EndTrail extends Trail {
  usage: Usage | undefined
  said: Named = {}
  /** What the attempt that failed last had consumed. */
  failedUsage: Usage | undefined

  override see(event: CallEvent): void {
    super.see(event)
    switch (event.type) {
      case "response-start":
        this.usage = undefined
        this.said = event
        return
      case "response-metadata":
        this.said = { ...this.said, model: event.model ?? this.said.model }
        return
      case "usage":
        this.usage = event.usage
    }
  }

  override push(attempt: Attempt): void {
    const partial = partialOf(attempt.error)?.usage
    this.failedUsage = partial !== undefined && isKnown(partial) ? partial : this.usage
    this.usage = undefined
    this.said = {}
    super.push(attempt)
  }

  /** Whether a model is being asked, rather than waited for the next attempt. */
  get isAsking(): boolean {
    return this.asking !== undefined || this.attempts.length === 0
  }
}

const unknownCost: Cost = { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }

/** An answer, or the end of one. */
type Answered = Pick<CallAnswer, "usage" | "cost" | "model" | "provider"> & {
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}

type Observer<Request, Answer, E, X, R> = (end: CallEnd<Request, Answer, E>) => Effect.Effect<X, never, R>

const begin = Effect.fnUntraced(function* <Request, Answer, E, X, R>(
  model: string,
  request: Request,
  observer: Observer<Request, Answer, E, X, R>
) {
  const clock = yield* Clock.Clock
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const trail = new EndTrail(yield* CurrentTrail)
  let firstTokenMillis: number | undefined

  const spent = (exit: Exit.Exit<Answer, E>, answer: Answered | undefined, millis: number) => {
    const asked = trail.asking ?? model
    if (answer !== undefined) {
      const { attempts = [], usage } = answer
      const cost = answer.cost ?? trail.price(attempts.at(-1)?.model ?? asked, usage, answer)
      const known = attempts.length > 0 ? attempts : [...trail.attempts, trail.answered(asked, undefined, millis)]
      return { usage, cost, attempts: known }
    }
    const error = Exit.findErrorOption(exit)
    if (Option.isSome(error)) {
      trail.failed(model, error.value, millis)
      const recorded = trailOf(error.value)
      const attempts = withCosts(recorded.length > trail.attempts.length ? recorded : trail.attempts)
      const last = attempts.at(-1)
      return { usage: trail.failedUsage, cost: last?.cost ?? failedCost(last?.model ?? asked), attempts }
    }
    const usage = trail.usage
    return { usage, cost: trail.isAsking ? priced(asked, usage) : undefined, attempts: withCosts(trail.attempts) }
  }

  /** Costs that a policy around this one has computed. */
  const withCosts = (attempts: ReadonlyArray<Attempt>): ReadonlyArray<Attempt> =>
    attempts.map((attempt) => {
      const cost = attempt.cost ?? (attempt.error === undefined ? undefined : trail.costOf(attempt.error))
      return cost === undefined ? attempt : { ...attempt, cost }
    })

  const priced = (asked: string, usage: Usage | undefined): Cost | undefined => {
    const cost = trail.price(asked, usage ?? { inputTokens: {}, outputTokens: {} }, trail.said)
    if (cost === undefined || usage === undefined || !isKnown(usage)) return cost && unknownCost
    return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
  }

  const failedCost = (asked: string) => (trail.failedUsage === undefined ? undefined : priced(asked, trail.failedUsage))

  return {
    trail,
    sawContent: () => {
      firstTokenMillis ??= clock.currentTimeMillisUnsafe() - startedAtMillis
    },
    /** Tells the observer. What it does on the side is no attempt of the call; a defect of its is logged. */
    end: (exit: Exit.Exit<Answer, E>, answer: Answered | undefined): Effect.Effect<void, never, R> =>
      Effect.suspend(() => {
        const millis = clock.currentTimeMillisUnsafe() - startedAtMillis
        return observer({
          model,
          request,
          exit,
          ...spent(exit, answer, millis),
          timings: {
            firstToken: firstTokenMillis === undefined ? undefined : Duration.millis(firstTokenMillis),
            total: Duration.millis(millis)
          }
        })
      }).pipe(
        Effect.provideService(CurrentTrail, undefined),
        Effect.provideService(CurrentWatch, undefined),
        Effect.catchCause((cause) => Effect.logError("onEnd failed", cause)),
        Effect.asVoid
      )
  }
})

/** A call that is answered in one piece. */
export const observeWhole = Effect.fnUntraced(function* <Request, A extends CallAnswer, E, R, X, R1>(
  model: string,
  request: Request,
  ask: (request: Request) => Effect.Effect<A, E, R>,
  observer: Observer<Request, A, E, X, R1>
): Effect.fn.Return<A, E, R | R1> {
  const call = yield* begin(model, request, observer)
  return yield* Effect.onExit(
    Effect.provideService(
      Effect.suspend(() => ask(request)),
      CurrentTrail,
      call.trail
    ),
    (exit) => call.end(exit, Exit.isSuccess(exit) ? exit.value : undefined)
  )
})

/** A call that is streamed. `add` is shown every event; `answer` is what they made when the call has finished. */
export const observeStream = <Request, Event extends CallEvent, Answer, E, R, X, R1>(
  model: string,
  request: Request,
  ask: (request: Request) => Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  makeReader: () => { readonly add: (event: Event) => void; readonly answer: () => Answer },
  observer: Observer<Request, Answer, E, X, R1>
): Stream.Stream<Event, E, R | R1> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const call = yield* begin(model, request, observer)
      const reader = makeReader()
      let finish: Event | undefined
      let isOpen = false
      let failure: Cause.Cause<E> | undefined
      const see = (event: Event): void => {
        call.trail.see(event)
        reader.add(event)
        if (isContent(event)) call.sawContent()
        if (event.type === "finish") finish = event
      }
      const events = Stream.transformPull(
        Stream.provideService(
          Stream.suspend(() => ask(request)),
          CurrentTrail,
          call.trail
        ),
        (pull) => {
          isOpen = true
          const events = Effect.map(pull, (events) => {
            for (const event of events) see(event)
            return events
          })
          const note = (cause: Cause.Cause<E | Cause.Done>) =>
            Effect.sync(() => {
              if (!Pull.isDoneCause(cause)) failure = cause as Cause.Cause<E>
            })
          return Effect.succeed(Effect.tapCause(events, note))
        }
      )
      return Stream.onExit(events, (exit) => {
        // A stream that was open may end with an error of its reader, which is none of the call.
        const cause = failure ?? (Exit.isFailure(exit) && !isOpen ? exit.cause : undefined)
        if (cause !== undefined) return call.end(Exit.failCause(cause), undefined)
        if (finish === undefined) return call.end(Exit.interrupt(), undefined)
        const { attempts, cost, usage = { inputTokens: {}, outputTokens: {} } } = finish
        return call.end(Exit.succeed(reader.answer()), { ...call.trail.said, attempts, cost, usage })
      })
    })
  )
