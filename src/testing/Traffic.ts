import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { isContent } from "../domain/ChatEvent.ts"
import type { ChatRequestInput } from "../domain/ChatRequest.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import * as Draws from "./traffic/Draws.ts"
import { CurrentCall, Log } from "./traffic/Log.ts"
import { type PlotOptions, toSvg as plot } from "./traffic/Plot.ts"
import * as Reports from "./traffic/Report.ts"
import * as SimulatedProvider from "./traffic/SimulatedProvider.ts"

/**
 * A day of traffic in seconds: calls to simulated providers with outages, slow tails and rate limits, through the policies
 * under test, in virtual time. The same seed gives the same day, whatever the policies do with it, so policies can be compared.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Retry, ChatModel } from "effect-llm"
 * import * as Traffic from "effect-llm/testing/Traffic"
 *
 * const day = Traffic.run({
 *   seed: "a day in spring",
 *   duration: "1 day",
 *   callsPerSecond: 0.2,
 *   model: Traffic.provider({
 *     id: "openai/gpt-5.4-mini",
 *     firstToken: { median: "600 millis", p99: "4 seconds" },
 *     outages: [{ from: "9 hours", lasts: "40 minutes", share: 0.5 }]
 *   }).pipe(ChatModel.retry(Retry.standard))
 * })
 *
 * Effect.runPromise(day).then((report) => console.log(Traffic.format(report)))
 * ```
 *
 * Time is virtual for everything within: a model that waits for a socket would stop the clock.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out E, out R> {
  /** The model with its policies; an effect that makes it is run in virtual time. */
  readonly model: ChatModel<E, R> | Effect.Effect<ChatModel<E, R>, never, R | Scope.Scope>
  readonly seed?: string | undefined
  readonly duration: Duration.Input
  /** Calls arrive at random, at this rate on average; a function has the rate at a time since the start. */
  readonly callsPerSecond: number | ((elapsed: Duration.Duration) => number)
  /** The request of the call with this number. */
  readonly request?: ((index: number) => ChatRequestInput) | undefined
  /** Whether calls are streamed (they are). */
  readonly stream?: boolean | undefined
  /** Into how many stretches the report divides the run (96). */
  readonly buckets?: number | undefined
}

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Behavior,
  /**
   * @since 0.1.0
   * @category models
   */
  Latency,
  /**
   * @since 0.1.0
   * @category models
   */
  Outage
} from "./traffic/SimulatedProvider.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  PlotOptions
} from "./traffic/Plot.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Bucket,
  /**
   * @since 0.1.0
   * @category models
   */
  Percentiles,
  /**
   * @since 0.1.0
   * @category models
   */
  ProviderFigures,
  /**
   * @since 0.1.0
   * @category models
   */
  Report
} from "./traffic/Report.ts"

/**
 * A model of a simulated provider: its latency, length, outages, rate limit and price are drawn from what `behavior` says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const provider: (behavior: SimulatedProvider.Behavior) => ChatModel<ProviderError> = SimulatedProvider.make

/**
 * A report as a few lines of text.
 *
 * @since 0.1.0
 * @category formatting
 */
export const format: (report: Reports.Report) => string = Reports.format

/**
 * A plot of one report or several, by name: failed calls, latency and requests by provider over time, as an SVG.
 *
 * @since 0.1.0
 * @category formatting
 */
export const toSvg: (reports: Readonly<Record<string, Reports.Report>>, options?: PlotOptions) => string = plot

const millisOf = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

/** How long a rate of 0 is waited out before it is read again. */
const pauseMillis = 60_000

const arrivalsOf = ({
  callsPerSecond,
  duration,
  seed = "traffic"
}: Options<unknown, unknown>): ReadonlyArray<number> => {
  const draws = Draws.make(`${seed}/arrivals`)
  const end = millisOf(duration)
  const rateAt = typeof callsPerSecond === "function" ? callsPerSecond : () => callsPerSecond
  const arrivals: Array<number> = []
  let now = 0
  while (true) {
    const rate = rateAt(Duration.millis(now))
    const wait = rate > 0 ? (-Math.log(1 - draws.next()) / rate) * 1000 : Infinity
    // A rate may rise from next to nothing, so no wait is longer than this.
    now += Math.min(wait, pauseMillis)
    if (now >= end) return arrivals
    if (wait <= pauseMillis) arrivals.push(now)
  }
}

/** The tag of an error; `Interrupted` where a call was still running when the run ended. */
const errorOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  if (Cause.hasInterruptsOnly(exit.cause)) return "Interrupted"
  const error: unknown = Cause.squash(exit.cause)
  return Predicate.hasProperty(error, "_tag") ? String(error._tag) : String(error)
}

const callModel = Effect.fnUntraced(function* <E, R>(
  model: ChatModel<E, R>,
  request: ChatRequestInput,
  stream: boolean,
  log: Log
): Effect.fn.Return<void, never, R> {
  const clock = yield* Clock.Clock
  const atMillis = clock.currentTimeMillisUnsafe()
  let firstTokenMillis: number | undefined
  const see = Stream.runForEach(model.stream?.(request) ?? Stream.empty, (event) =>
    Effect.sync(() => {
      if (isContent(event)) firstTokenMillis ??= clock.currentTimeMillisUnsafe() - atMillis
    })
  )
  const call: Effect.Effect<unknown, E, R> = stream ? see : model.generate(request)
  yield* call.pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => {
        const totalMillis = clock.currentTimeMillisUnsafe() - atMillis
        log.calls.push({ atMillis, totalMillis, firstTokenMillis, error: errorOf(exit) })
      })
    ),
    Effect.exit
  )
})

const simulate = Effect.fnUntraced(function* <E, R>(options: Options<E, R>) {
  const { buckets = 96, request = () => "Hello", seed = "traffic", stream = true } = options
  const model = Effect.isEffect(options.model) ? yield* options.model : options.model
  const log = new Log()
  const calls = yield* Effect.forkScoped(
    Effect.forEach(
      arrivalsOf(options),
      (atMillis, index) =>
        Effect.gen(function* () {
          yield* Effect.sleep(atMillis - (yield* Clock.currentTimeMillis))
          const call = callModel(model, request(index), stream, log)
          return yield* Effect.forkScoped(
            Effect.provideService(call, CurrentCall, { seed, index, log, seen: new Map() })
          )
        }),
      { concurrency: 1 }
    )
  )
  yield* TestClock.adjust(options.duration)
  // Calls that are still running have another hour, which is more than any of them needs but one that hangs.
  yield* TestClock.adjust("1 hour")
  const started = yield* Fiber.join(calls)
  yield* Fiber.interruptAll(started)
  return Reports.of(log, millisOf(options.duration), buckets)
}, Effect.scoped)

/**
 * Runs the traffic and returns the report. A call that hangs for an hour after the end is interrupted.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <E, R>(options: Options<E, R>): Effect.Effect<Reports.Report, never, Exclude<R, Scope.Scope>> =>
  simulate(options).pipe(
    Random.withSeed(options.seed ?? "traffic"),
    Effect.provide(TestClock.layer())
  ) as Effect.Effect<Reports.Report, never, Exclude<R, Scope.Scope>>
