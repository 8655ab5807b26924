import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Capability } from "../../domain/Capability.ts"
import { tagOf, withAttempts } from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import type { Model } from "../../model/Model.ts"
import { AttemptLog, CurrentAttemptLog } from "../AttemptLog.ts"
import { CallBound, CurrentBound } from "../CallBound.ts"
import { record } from "../Decision.ts"
import type { Added } from "../watch/Entry.ts"
import type { After, Failure, Next, Plan } from "./Plan.ts"

/** One call, which is attempted with one model after another. */
export abstract class Attempting<C extends Capability, E, R, E1, R1, E2, A, E3 = never> {
  protected readonly plan: Plan<Model<C, E, R>, E, E1, R1, E2>
  protected readonly clock: Clock.Clock
  protected readonly log: AttemptLog
  readonly #after: After<Model<C, E, R>, E, E1, R1>
  readonly #own: CallBound | undefined
  readonly #bound: CallBound | undefined

  constructor(
    plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
    after: After<Model<C, E, R>, E, E1, R1>,
    fiber: Fiber.Fiber<unknown, unknown>
  ) {
    this.plan = plan
    this.clock = fiber.getRef(Clock.Clock)
    this.log = new AttemptLog(fiber.getRef(CurrentAttemptLog))
    this.#after = after
    const outer = fiber.getRef(CurrentBound)
    this.#own = plan.bound?.(outer, steadyMillis(this.clock))
    this.#bound = this.#own ?? outer
  }

  /** Calls a model, and goes on where that fails. */
  protected abstract attempt(next: Next<Model<C, E, R>>): Effect.Effect<A, E1 | E2 | E3, R | R1>

  /** Attempts the next model, or gives up without one. */
  go(
    next: Next<Model<C, E, R>> | undefined,
    failure?: Failure<Model<C, E, R>, E>
  ): Effect.Effect<A, E1 | E2 | E3, R | R1> {
    const { attempts } = this.log
    if (next === undefined) return Effect.fail(withAttempts(this.plan.giveUp(failure, attempts), attempts))
    const { wait } = next
    if (wait === undefined || Duration.isZero(wait)) return this.attempt(next)
    return Effect.flatMap(Effect.sleep(wait), () => this.attempt(next))
  }

  /** Attempts the model after a failure, if the bound of the chain permits one; recorded, if there is one. */
  protected goOn(failure: Failure<Model<C, E, R>, E>): Effect.Effect<A, E1 | E2 | E3, R | R1> {
    const bound = this.#bound
    if (bound?.permits(failure.error) === false) return this.go(undefined, failure)
    return Effect.flatMap(this.#after(failure), (next) => {
      if (next === undefined) return this.go(undefined, failure)
      const { isRetry = next.model === failure.model, model, wait = Duration.zero } = next
      const isPermitted = bound?.take(failure.error, Duration.toMillis(wait), steadyMillis(this.clock)) ?? true
      if (!isPermitted) return this.go(undefined, failure)
      const error = tagOf(failure.error)
      const recorded = isRetry
        ? record({ type: "retry", model: model.id, error, wait })
        : record({ type: "fallback", from: failure.model.id, model: model.id, error })
      return Effect.andThen(
        recorded,
        Effect.suspend(() => this.go(next, failure))
      )
    })
  }

  /** The attempt log and the bound of one attempt, added in the same step as what its policies add. */
  protected addedTo({ longestWaitMillis }: Next<unknown>, log: AttemptLog): Added {
    if (longestWaitMillis === undefined && this.#own === undefined) return { log }
    const bound = longestWaitMillis === undefined ? this.#bound : CallBound.patient(this.#bound, longestWaitMillis)
    return { log, services: Context.add(CurrentBound, bound) }
  }

  /** Interrupts an attempt at the deadline that the plan sets, if it sets one. */
  protected bounded<B, E4, R2>(attempt: Effect.Effect<B, E4, R2>, model: string): Effect.Effect<B, E4, R2> {
    return this.#own === undefined ? attempt : this.#own.interrupting(attempt, model)
  }
}
