import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/**
 * Limits on what a server may send and how long it may take. What is not given keeps its default; `Infinity` lifts a
 * limit.
 *
 * @since 0.1.0
 * @category models
 */
export interface LimitsInput {
  /** The largest whole response, in bytes after decompression. Default 64 MiB. */
  readonly responseBytes?: number | undefined
  /** How much of an error body is read, in bytes after decompression. Default 256 KiB. */
  readonly errorBytes?: number | undefined
  /** The largest single message of a stream, in bytes or UTF-16 code units. Default 16 MiB. */
  readonly frameBytes?: number | undefined
  /** From sending the request to the head of the response. Default 10 minutes. */
  readonly headTimeout?: Duration.Input | undefined
  /** Silence within a response, while its reader waits. Default 5 minutes. */
  readonly idleTimeout?: Duration.Input | undefined
  /** The whole call. Default none. */
  readonly totalTimeout?: Duration.Input | undefined
}

/**
 * The limits in force; times in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Limits = { readonly [name in keyof LimitsInput]-?: number }

const mebi = 1024 * 1024

/**
 * The defaults: 64 MiB a response, 256 KiB of an error body, 16 MiB a frame, 10 minutes to the head, 5 minutes of silence,
 * no total.
 *
 * @since 0.1.0
 * @category constants
 */
export const standard: Limits = {
  responseBytes: 64 * mebi,
  errorBytes: mebi / 4,
  frameBytes: 16 * mebi,
  headTimeout: 10 * 60_000,
  idleTimeout: 5 * 60_000,
  totalTimeout: Infinity
}

const none: LimitsInput = {}

/**
 * The limits of the calls of a fiber. They take precedence over those of a provider's layer.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Limits, OpenAi } from "effect-llm"
 *
 * const patient = OpenAi.model("gpt-6.1-sol")
 *   .generate("Prove it.")
 *   .pipe(Effect.provideService(Limits.Current, { headTimeout: "1 hour" }))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const Current: Context.Reference<LimitsInput> = Context.Reference<LimitsInput>(
  "effect-llm/domain/Limits/Current",
  { defaultValue: () => none }
)

/**
 * The limits with these in place of those before.
 *
 * @since 0.1.0
 * @category combinators
 */
export const override = (limits: Limits, input: LimitsInput | undefined): Limits =>
  input === undefined || input === none
    ? limits
    : {
        responseBytes: input.responseBytes ?? limits.responseBytes,
        errorBytes: input.errorBytes ?? limits.errorBytes,
        frameBytes: input.frameBytes ?? limits.frameBytes,
        headTimeout: millis(input.headTimeout, limits.headTimeout),
        idleTimeout: millis(input.idleTimeout, limits.idleTimeout),
        totalTimeout: millis(input.totalTimeout, limits.totalTimeout)
      }

const millis = (input: Duration.Input | undefined, otherwise: number): number =>
  input === undefined ? otherwise : Duration.toMillis(Duration.fromInputUnsafe(input))
