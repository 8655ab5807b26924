import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { isRetryable, retryAfter } from "../domain/ProviderError.ts"

/**
 * How often, how soon and for how long to ask again.
 *
 * - `base`: the longest first delay, doubled for each further one (500 ms); `cap`: what no delay of ours exceeds (30 s).
 * - `jitter`: `full` draws each delay evenly between nothing and that; `none` takes it whole (`full`).
 * - `times`: how often to ask again, so one less than the tries (3).
 * - `total`: how long after the beginning of the call a try may still begin (2 min).
 * - `retryAfterLimit`: the longest wait asked for by a provider that is heeded (60 s).
 * - `while`: which errors to ask again about (`ProviderError.isRetryable`). `ChatModel.retry` judges them too: give it the
 *   same.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions {
  readonly base?: Duration.Input | undefined
  readonly cap?: Duration.Input | undefined
  readonly jitter?: "full" | "none" | undefined
  readonly times?: number | undefined
  readonly total?: Duration.Input | undefined
  readonly retryAfterLimit?: Duration.Input | undefined
  readonly while?: ((error: unknown) => boolean) | undefined
}

/**
 * A capped exponential backoff with full jitter, for errors that asking again may mend.
 *
 * What a provider asks to wait (`retry-after` in its forms) is a lower bound of the delay. A provider that asks for more
 * than `retryAfterLimit`, or for more than is left of `total`, is not waited for at all: the call fails at once, so
 * that a fallback may take over.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: RetryOptions = {}): Schedule.Schedule<Duration.Duration, unknown> => {
  const cap = Duration.fromInputUnsafe(options.cap ?? "30 seconds")
  const limit = Duration.fromInputUnsafe(options.retryAfterLimit ?? "60 seconds")
  const again = options.while ?? isRetryable
  const jittered = options.jitter === "none" ? Effect.succeed : fullJitter
  return Schedule.exponential(options.base ?? "500 millis").pipe(
    Schedule.upTo({ times: options.times ?? 3 }),
    Schedule.setInputType<unknown>(),
    Schedule.while(({ input }) => again(input) && Duration.isLessThanOrEqualTo(asked(input), limit)),
    Schedule.modifyDelay(({ duration }) => jittered(Duration.min(duration, cap))),
    Schedule.modifyDelay(({ duration, input }) => Effect.succeed(Duration.max(duration, asked(input)))),
    within(options.total ?? "2 minutes"),
    Schedule.map(({ duration }) => duration)
  )
}

const asked = (error: unknown): Duration.Duration => retryAfter(error) ?? Duration.zero

const fullJitter = (delay: Duration.Duration): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (random) => Duration.millis(Math.floor(Duration.toMillis(delay) * random)))

/** Ends before a delay that leads past `total`, counted from where the schedule starts, before the first try. */
const within =
  (total: Duration.Input) =>
  <Output, Input>(self: Schedule.Schedule<Output, Input>): Schedule.Schedule<Output, Input> =>
    Schedule.fromStep(
      Effect.zipWith(
        Schedule.toStep(self),
        Clock.currentTimeMillis,
        (step, start) => (now: number, input: Input) =>
          Effect.flatMap(step(now, input), ([output, delay]) =>
            now - start + Duration.toMillis(delay) <= Duration.toMillis(Duration.fromInputUnsafe(total))
              ? Effect.succeed<[Output, Duration.Duration]>([output, delay])
              : Cause.done(output)
          )
      )
    )

/**
 * The policy for most uses: `make` with its defaults, so at most four tries within two minutes.
 *
 * @since 0.1.0
 * @category schedules
 */
export const standard: Schedule.Schedule<Duration.Duration, unknown> = make()
