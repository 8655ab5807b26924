import * as BigDecimal from "effect/BigDecimal"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { BudgetExceededError, type ChatResponse } from "../../domain/ChatResponse.ts"
import type { PolicyStoreError } from "../../domain/PolicyErrors.ts"
import type { Budgets, BudgetStatus, Reservation } from "../Budgets.ts"
import type { AttemptLog } from "../AttemptLog.ts"
import { record } from "../Decision.ts"
import type { CallEnd } from "../OnEnd.ts"
import { zero } from "./Amounts.ts"
import type { CallEstimate } from "./CallEstimate.ts"
import type { Amounts, Budget } from "./Limit.ts"
import { amountsOf, costSoFar } from "./Settlement.ts"
import { StreamMeter } from "./StreamMeter.ts"

export interface CallOptions {
  readonly whenStoreFails?: "allow" | "fail" | undefined
  readonly step?: number | undefined
  readonly onWarning?: ((status: BudgetStatus) => Effect.Effect<unknown>) | undefined
}

/** A stream reserves so many output tokens at least, or it does not go on. */
const leastStep = 16

/** How many times more tokens may be counted in a text than its provider counts. */
const estimateError = 3

export const mostOutput = (request: CallRequest): number =>
  "maxOutputTokens" in request && typeof request.maxOutputTokens === "number" ? request.maxOutputTokens : Infinity

/** One call with its reservation and its usage. */
export class BudgetedCall {
  readonly meter: StreamMeter
  readonly #budgets: Budgets["Service"]
  readonly #estimate: CallEstimate
  readonly #options: CallOptions
  #reservation: Reservation
  #reserved: Amounts = { usd: zero, tokens: 0 }
  /** Up to how many output tokens are reserved. */
  #covered = Infinity
  /** The most output tokens that the request permits. */
  readonly #most: number
  /** The output tokens of the largest chunk so far: so many are reserved before they arrive. */
  #chunk = leastStep
  #step: number
  #isSettled = false
  readonly #isStream: boolean
  /** That of the policies around. */
  readonly #log: AttemptLog | undefined
  readonly #clock: Clock.Clock

  constructor(
    budgets: Budgets["Service"],
    own: ReadonlyArray<Budget>,
    estimate: CallEstimate,
    options: CallOptions,
    most: number,
    isStream: boolean,
    log: AttemptLog | undefined,
    clock: Clock.Clock
  ) {
    this.#log = log
    this.#clock = clock
    this.#most = most
    this.#isStream = isStream
    this.meter = new StreamMeter(estimate)
    this.#budgets = budgets
    this.#estimate = estimate
    this.#options = options
    this.#step = Math.max(leastStep, options.step ?? 500)
    this.#reservation = budgets.unreserved(own)
    log?.estimateBy((reported) => costSoFar(reported, estimate, isStream ? this.meter : undefined))
  }

  get #isLimited(): boolean {
    return this.#reservation.budgets.length > 0
  }

  /** Reserves what the call is expected to need; of a stream that is counted as it arrives, the first step. */
  begin(isCounted: boolean): Effect.Effect<void, BudgetExceededError | PolicyStoreError> {
    if (!this.#isLimited) return Effect.void
    if (this.#isStream && isCounted) return whenExceeded(this.#reserveStep(), refused)
    const { outputTokens } = this.#estimate
    return this.#allowed(this.#reserve(this.meter.amountsAt(outputTokens)), refused)
  }

  #reserve(amounts: Amounts) {
    return this.#budgets.reserveAt(this.#clock.currentTimeMillisUnsafe(), this.#reservation.budgets, amounts)
  }

  see(events: ReadonlyArray<CallEvent>): void {
    const before = this.meter.output
    for (const event of events) this.meter.see(event)
    this.#chunk = Math.max(this.#chunk, this.meter.output - before)
  }

  /**
   * Up to how many output tokens a reservation must reach: with the next chunk, if it is no larger than those before. Text is counted
   * by an estimate, which may exceed what the request permits while the response does not.
   */
  #next(step: number): number {
    const next = this.meter.output + step
    return this.meter.output > this.#most * estimateError ? next : Math.min(next, this.#most)
  }

  /** Whether what has arrived, and the next chunk, is reserved. */
  get isCovered(): boolean {
    return this.meter.finished || this.#next(this.#chunk) <= this.#covered
  }

  /** Reserves the next step, or stops the stream. */
  cover(partial: () => ChatResponse | undefined): Effect.Effect<void, BudgetExceededError | PolicyStoreError> {
    return whenExceeded(this.#reserveStep(), (error) => {
      const { budget, limit, requested, reserved, resetsAt, spent, unit } = error
      return Effect.andThen(
        record({ type: "budget-stopped", budget }),
        Effect.fail(
          new BudgetExceededError({
            budget,
            limit,
            requested,
            reserved,
            resetsAt,
            spent,
            unit,
            cost: this.meter.cost,
            partial: partial()
          })
        )
      )
    })
  }

  /** Reserves a step more, in smaller steps where a budget is nearly used up. */
  #reserveStep(): Effect.Effect<void, BudgetExceededError | PolicyStoreError> {
    const isFirst = this.#covered === Infinity
    const isLast = this.#step <= this.#chunk
    const next = this.#next(isLast ? this.#chunk : this.#step)
    const wanted = this.meter.amountsAt(next)
    const more = {
      usd: BigDecimal.max(zero, BigDecimal.subtract(wanted.usd, this.#reserved.usd)),
      tokens: Math.max(0, wanted.tokens - this.#reserved.tokens)
    }
    const reserved = isFirst ? this.#reserve(more) : this.#budgets.extend(this.#reservation, more)
    let isRefused = false
    const allowed = this.#allowed(reserved, (error) => {
      isRefused = true
      return isLast ? Effect.fail(error) : Effect.void
    })
    return Effect.flatMapEager(allowed, () => {
      if (isRefused) {
        this.#step = Math.floor(this.#step / 4)
        return this.#reserveStep()
      }
      this.#reserved = {
        usd: BigDecimal.sum(this.#reserved.usd, more.usd),
        tokens: this.#reserved.tokens + more.tokens
      }
      this.#covered = next
      return Effect.void
    })
  }

  /** Lets the call go on while the store fails, where that is wished; passes warnings on. */
  #allowed(
    reserved: Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>,
    whenExceeded: (error: BudgetExceededError) => Effect.Effect<void, BudgetExceededError>
  ): Effect.Effect<void, BudgetExceededError | PolicyStoreError> {
    return Effect.catchEager(
      Effect.flatMapEager(reserved, (reservation): Effect.Effect<void, never> => {
        this.#reservation = reservation
        return reservation.warnings.length === 0 ? Effect.void : this.#warn(reservation.warnings)
      }),
      (error): Effect.Effect<void, BudgetExceededError | PolicyStoreError> =>
        error._tag === "BudgetExceededError"
          ? whenExceeded(error)
          : Effect.andThen(
              record({ type: "store-failed", policy: "Budget" }),
              this.#options.whenStoreFails === "allow" ? Effect.void : Effect.fail(error)
            )
    )
  }

  #warn(warnings: ReadonlyArray<BudgetStatus>): Effect.Effect<void> {
    return Effect.forEach(
      warnings,
      (status) =>
        Effect.andThen(
          record({ type: "budget-warned", budget: status.budget.id }),
          Effect.ignoreCause(
            Effect.suspend(() => this.#options.onWarning?.(status) ?? Effect.void),
            { log: "Warn" }
          )
        ),
      { discard: true }
    )
  }

  /** Settles the call, once. */
  settle(end: CallEnd<CallRequest, unknown, unknown>): Effect.Effect<void> {
    if (this.#isSettled || !this.#isLimited) return Effect.void
    this.#isSettled = true
    const amounts = amountsOf(end, this.#estimate, this.#isStream ? this.meter : undefined, this.#log)
    return this.#budgets.settleAt(this.#clock.currentTimeMillisUnsafe(), this.#reservation, amounts)
  }
}

type Allowed = Effect.Effect<void, BudgetExceededError | PolicyStoreError>

const whenExceeded = (reserved: Allowed, exceeded: (error: BudgetExceededError) => Allowed): Allowed =>
  Effect.catchEager(reserved, (error) => (error._tag === "BudgetExceededError" ? exceeded(error) : Effect.fail(error)))

const refused = (error: BudgetExceededError): Effect.Effect<never, BudgetExceededError> =>
  Effect.andThen(record({ type: "budget-refused", budget: error.budget }), Effect.fail(error))
