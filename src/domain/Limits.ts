/**
 * Limits on the size and the duration of responses.
 *
 * ```ts
 * const layer = OpenAi.layer({ apiKey, limits: { totalTimeout: "30 seconds" } })
 * ```
 *
 * They bound one attempt; the policy `Timeout` bounds a call with all of its attempts.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/**
 * Limits on the size and the duration of responses. An absent limit keeps its default; `Infinity` lifts it.
 *
 * @since 0.1.0
 * @category models
 */
export interface LimitsInput {
  /** The largest non-streaming response, in bytes after decompression. Default 64 MiB. */
  readonly responseBytes?: number | undefined
  /** How much of an error body is read, in bytes after decompression. Default 256 KiB. */
  readonly errorBytes?: number | undefined
  /** The largest single message of a stream, in bytes or UTF-16 code units. Default 16 MiB. */
  readonly frameBytes?: number | undefined
  /** From sending the request to the response headers. Default 10 minutes. */
  readonly headTimeout?: Duration.Input | undefined
  /** The longest silence within a response while it is being read. Default 5 minutes. */
  readonly idleTimeout?: Duration.Input | undefined
  /** The whole call. No limit by default. */
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
 * The defaults: 64 MiB per response, 256 KiB of an error body, 16 MiB per stream message, 10 minutes to the headers, 5
 * minutes of silence, no limit on the whole call.
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
 * The limits of the calls of a fiber. They override those of a provider's layer.
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
 * Overrides some limits.
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
