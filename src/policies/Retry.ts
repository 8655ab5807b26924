import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { Capability } from "../domain/Capability.ts"
import { isRetryable, retryAfter } from "../domain/ProviderError.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { isModel, type Model } from "../model/Model.ts"
import { attempts, type Plan } from "./Attempts.ts"

/**
 * How often, how soon and for how long to retry.
 *
 * - `base`: the longest first delay, doubled for each further one (500 ms); `cap`: what no delay of ours exceeds (30 s).
 * - `jitter`: `full` draws each delay evenly between nothing and that; `none` takes it whole (`full`).
 * - `times`: the number of retries, so one less than the attempts (3).
 * - `total`: how long after the beginning of the call an attempt may still begin (2 min).
 * - `retryAfterLimit`: the longest `Retry-After` to honour (60 s).
 * - `while`: which errors to retry (`ProviderError.isRetryable`). `ChatModel.retry` judges them too: give it the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleOptions {
  readonly base?: Duration.Input | undefined
  readonly cap?: Duration.Input | undefined
  readonly jitter?: "full" | "none" | undefined
  readonly times?: number | undefined
  readonly total?: Duration.Input | undefined
  readonly retryAfterLimit?: Duration.Input | undefined
  readonly while?: ((error: unknown) => boolean) | undefined
}

/**
 * A capped exponential backoff with full jitter, for retryable errors.
 *
 * What a provider asks to wait (`retry-after` in its forms) is a lower bound of the delay. A provider that asks for more
 * than `retryAfterLimit`, or for more than is left of `total`, is not waited for at all: the call fails at once, so
 * that a fallback may take over.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: ScheduleOptions = {}): Schedule.Schedule<Duration.Duration, unknown> => {
  const cap = Duration.fromInputUnsafe(options.cap ?? "30 seconds")
  const limit = Duration.fromInputUnsafe(options.retryAfterLimit ?? "60 seconds")
  const shouldRetry = options.while ?? isRetryable
  const jittered = options.jitter === "none" ? Effect.succeed : fullJitter
  return Schedule.exponential(options.base ?? "500 millis").pipe(
    Schedule.upTo({ times: options.times ?? 3 }),
    Schedule.setInputType<unknown>(),
    Schedule.while(({ input }) => shouldRetry(input) && Duration.isLessThanOrEqualTo(waitOf(input), limit)),
    Schedule.modifyDelay(({ duration }) => jittered(Duration.min(duration, cap))),
    Schedule.modifyDelay(({ duration, input }) => Effect.succeed(Duration.max(duration, waitOf(input)))),
    within(options.total ?? "2 minutes"),
    Schedule.map(({ duration }) => duration)
  )
}

const waitOf = (error: unknown): Duration.Duration => retryAfter(error) ?? Duration.zero

const fullJitter = (delay: Duration.Duration): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (random) => Duration.millis(Math.floor(Duration.toMillis(delay) * random)))

/** When the call began whose failures a schedule is for: it is stepped from the first of them on. */
const CallStart: Context.Reference<number | undefined> = Context.Reference<number | undefined>(
  "effect-llm/policies/Retry/CallStart",
  { defaultValue: () => undefined }
)

const startOfCall: Effect.Effect<number> = Effect.withFiber((fiber) =>
  Effect.succeed(fiber.getRef(CallStart) ?? steadyMillis(fiber.getRef(Clock.Clock)))
)

/** Ends before a delay that leads past `total`, counted from the beginning of the call, before the first attempt. */
const within =
  (total: Duration.Input) =>
  <Output, Input>(self: Schedule.Schedule<Output, Input>): Schedule.Schedule<Output, Input> =>
    Schedule.fromStep(
      Effect.zipWith(
        Schedule.toStep(self),
        startOfCall,
        (step, start) => (now: number, input: Input) =>
          Effect.flatMap(step(now, input), ([output, delay]) =>
            now - start + Duration.toMillis(delay) <= Duration.toMillis(Duration.fromInputUnsafe(total))
              ? Effect.succeed<[Output, Duration.Duration]>([output, delay])
              : Cause.done(output)
          )
      )
    )

/**
 * The policy for most uses: `make` with its defaults, so at most four attempts within two minutes.
 *
 * @since 0.1.0
 * @category schedules
 */
export const standard: Schedule.Schedule<Duration.Duration, unknown> = make()

/**
 * `while` says which errors are retried, in place of `isRetryable`; the schedule may still end at some of them, as
 * `Retry.standard` does (`Retry.make` takes `while` too). `onInterrupted` is what becomes of a stream that breaks off after
 * its first content: it fails (the default), or a `restarted` event tells the reader to discard what it showed and the
 * model is called again, by the same schedule.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions<in E> {
  readonly while?: ((error: E) => boolean) | undefined
  readonly onInterrupted?: "fail" | "restart" | undefined
}

/**
 * Retries a call after retryable errors, on a schedule: its input is the error, and its delay is waited for. A stream is
 * retried until its first content; of a request that is sent in parts only the part that failed is. All attempts are in
 * `attempts` of the response; the last error holds them too (`ProviderError.attemptsOf`).
 *
 * @since 0.1.0
 * @category combinators
 */
export const retry: {
  <In, E1, R1>(
    policy: Schedule.Schedule<unknown, In, E1, R1>,
    options?: RetryOptions<In>
  ): <C extends Capability, E extends In, R>(self: Model<C, E, R>) => Model<C, E | E1, R | R1>
  <C extends Capability, E, R, E1, R1>(
    self: Model<C, E, R>,
    policy: Schedule.Schedule<unknown, NoInfer<E>, E1, R1>,
    options?: RetryOptions<NoInfer<E>>
  ): Model<C, E | E1, R | R1>
} = dual(
  (args) => isModel(args[0]),
  <C extends Capability, E, R, E1, R1>(
    self: Model<C, E, R>,
    policy: Schedule.Schedule<unknown, E, E1, R1>,
    options: RetryOptions<E> = {}
  ): Model<C, E | E1, R | R1> => attempts(self, planOf(self, policy, options), self.splitting)
)

type Step<E, E1, R1> = (now: number, input: E) => Pull.Pull<[unknown, Duration.Duration], E1, unknown, R1>

const planOf = <M, E, E1, R1>(
  model: M,
  policy: Schedule.Schedule<unknown, E, E1, R1>,
  options: RetryOptions<E>
): Plan<M, E, E1, R1, E> => {
  const shouldRetry = options.while ?? isRetryable
  const first = Effect.succeed({ model })
  return {
    start: (fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const startedAtMillis = steadyMillis(clock)
      let step: Step<E, E1, R1> | undefined
      // Most calls need no schedule.
      const stepping = Effect.suspend(() =>
        step === undefined
          ? Effect.map(
              Effect.provideService(Schedule.toStep(policy), CallStart, startedAtMillis),
              (made) => (step = made)
            )
          : Effect.succeed(step)
      )
      return Effect.succeed((failure) => {
        if (failure === undefined) return first
        if (!shouldRetry(failure.error)) return Effect.succeed(undefined)
        return Effect.flatMap(stepping, (step) => step(steadyMillis(clock), failure.error)).pipe(
          Effect.map(([, wait]) => ({ model, wait })),
          Pull.catchDone(() => Effect.succeed(undefined))
        )
      })
    },
    // A call without a failure always has a model to call first.
    giveUp: (failure) => failure?.error as E,
    onInterrupted: options.onInterrupted
  }
}
