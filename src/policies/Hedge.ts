/**
 * Makes a second call when the first is slow, and takes whichever opens first: it shortens the longest waits at the cost of a few
 * more calls.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as Hedge from "effect-llm/policies/Hedge"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   Hedge.make({ after: { percentile: 0.95, atLeast: "500 millis" }, share: 0.05 })
 * )
 * ```
 *
 * Both calls are paid for. The one that lost is in `attempts`, with a `LostRaceError` and with what it had cost, which
 * `Model.costs` adds up.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "../model/Model.ts"
import type { Policy } from "./Policy.ts"
import { LatencySketch } from "./race/LatencySketch.ts"
import { type Plan, streamed, whole } from "./race/Racing.ts"

/**
 * - `after`: how long the first call has to open before the second is made: a time, or a percentile of the times that calls took
 *   before (0.95), but no shorter than `atLeast`. Until so many `samples` are known (20), no second call is made.
 * - `share`: how many of the calls may have a second one, at most (0.1).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly after:
    | Duration.Input
    | { readonly percentile: number; readonly atLeast: Duration.Input; readonly samples?: number | undefined }
  readonly share?: number | undefined
}

/**
 * Makes a second call, of the same model or `with` another of its capability, when the first has not opened in time. The first
 * of them to open is the response; the other is stopped at once. A whole response opens when it is there.
 *
 * An error of the first call before that time is the call's: hedging is no retry. Once both run, one may fail and the other goes
 * on; when both fail, the call fails with the last error. A stream is never taken over after its first content.
 *
 * Times are learned, and shares counted, for each model that the policy is put on; whole responses and streams are timed apart.
 * One second call is allowed from the start, and after that never more than the share of all calls.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make<M extends Model.Any>(
  options: Options & { readonly with: M }
): <E, R>(
  self: Model.Model<Model.CapabilityOf<M>, E, R>
) => Model.Model<Model.CapabilityOf<M>, E | Model.Error<M>, R | Model.Services<M>>
export function make(options: Options): Policy
export function make<C extends Capability, E2, R2>(options: Options & { readonly with?: Model.Model<C, E2, R2> }) {
  return <E, R>(self: Model.Model<C, E, R>): Model.Model<C, E | E2, R | R2> =>
    hedged<C, E | E2, R | R2>(self, options.with ?? self, options)
}

const hedged = <C extends Capability, E, R>(
  self: Model.Model<C, E, R>,
  other: Model.Model<C, E, R>,
  options: Options
): Model.Model<C, E, R> => {
  const allowance = new Allowance(options.share ?? 0.1)
  const planner = () => {
    const delay = delayOf(options.after)
    return (): Plan<Model.Model<C, E, R>, E, E> => {
      allowance.earn()
      const afterMillis = delay.millis()
      const late =
        afterMillis === undefined ? undefined : { model: other, afterMillis, mayStart: () => allowance.spend() }
      return { models: [self], late, timed: delay.learn, giveUp: (error) => error }
    }
  }
  const [planWhole, planStream] = [planner(), planner()]
  return Model.wrap<C, E, R>(self, {
    splitting: self.splitting,
    generate: (request) => Effect.suspend(() => whole(planWhole(), request)),
    stream:
      Model.streamOf(self) && ((request, streaming) => Stream.suspend(() => streamed(planStream(), streaming, request)))
  })
}

interface Delay {
  /** When the second call is due; `undefined` while too little is known. */
  readonly millis: () => number | undefined
  readonly learn?: (millis: number) => void
}

const delayOf = (after: Options["after"]): Delay => {
  if (typeof after !== "object" || !("percentile" in after)) {
    const millis = Duration.toMillis(Duration.fromInputUnsafe(after))
    return { millis: () => millis }
  }
  const { percentile, samples = 20 } = after
  const atLeast = Duration.toMillis(Duration.fromInputUnsafe(after.atLeast))
  const sketch = new LatencySketch()
  return {
    millis: () => (sketch.samples < samples ? undefined : Math.max(atLeast, sketch.percentile(percentile))),
    learn: (millis) => sketch.add(millis)
  }
}

/** How many calls' worth of second calls may be saved up for a bad moment. */
const savedCalls = 200

/** Second calls that may be made: one from the start, then a share of the calls. */
class Allowance {
  readonly #share: number
  readonly #most: number
  #earned = 0
  #left = 1

  constructor(share: number) {
    this.#share = share
    this.#most = Math.max(1, share * savedCalls)
  }

  earn(): void {
    // The one that is there from the start is earned first.
    const before = Math.max(1, this.#earned)
    this.#earned += this.#share
    this.#left = Math.min(this.#most, this.#left + Math.max(0, this.#earned - before))
  }

  spend(): boolean {
    if (this.#share <= 0) return false
    if (this.#share >= 1) return true
    // Sums of shares are a little less than whole.
    if (this.#left < 1 - 1e-9) return false
    this.#left--
    return true
  }
}
