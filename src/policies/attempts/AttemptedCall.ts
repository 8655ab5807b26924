import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { Capability } from "../../domain/Capability.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import { withFields } from "../../domain/ResponseFields.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import type { Model } from "../../model/Model.ts"
import { AttemptLog } from "../AttemptLog.ts"
import { watchedCall } from "../watch/WatchedCall.ts"
import { Attempting } from "./Attempting.ts"
import type { After, Next, Plan } from "./Plan.ts"

/** The response of the first model that gives one. */
export const attemptedCall = <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  request: C["Request"],
  fiber: Fiber.Fiber<unknown, unknown>
): Effect.Effect<C["Response"], E1 | E2, R | R1> =>
  Effect.flatMapEager(plan.start(fiber), (after) => {
    const call = new AttemptedCall(plan, after, fiber, request)
    return Effect.flatMapEager(after(undefined), (first) => call.go(first))
  })

class AttemptedCall<C extends Capability, E, R, E1, R1, E2> extends Attempting<C, E, R, E1, R1, E2, C["Response"]> {
  readonly #request: C["Request"]

  constructor(
    plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
    after: After<Model<C, E, R>, E, E1, R1>,
    fiber: Fiber.Fiber<unknown, unknown>,
    request: C["Request"]
  ) {
    super(plan, after, fiber)
    this.#request = request
  }

  protected attempt(next: Next<Model<C, E, R>>): Effect.Effect<C["Response"], E1 | E2, R | R1> {
    const { deployment, model, wait } = next
    const log = new AttemptLog(this.log, wait, deployment)
    log.start(model.id)
    const startedAtMillis = steadyMillis(this.clock)
    const millis = () => steadyMillis(this.clock) - startedAtMillis
    const added = this.addedTo(next, log)
    const call = watchedCall<C["Response"], E, R, never, never, never>(() =>
      Effect.succeed({ ...added, run: model.generate(this.#request) })
    )
    return Effect.matchEffect(this.bounded(call, model.id), {
      onSuccess: (response) => {
        const succeeded = log.succeeded(model.id, response, millis())
        return Effect.succeed(withAttempt(response, this.log.attempts, succeeded))
      },
      onFailure: (error) => {
        log.failed(model.id, error, millis())
        return this.goOn({ model, error })
      }
    })
  }
}

/** The response after these failures and the attempt that succeeded, which may be all that it has already. */
const withAttempt = <A extends CallResponse>(response: A, failed: ReadonlyArray<Attempt>, succeeded: Attempt): A =>
  failed.length === 0 && response.attempts.length === 1 && response.attempts[0] === succeeded
    ? response
    : withFields(response, { attempts: [...failed, succeeded] })
