import * as BigDecimal from "effect/BigDecimal"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { BudgetExceededError, type ChatResponse } from "../../domain/ChatResponse.ts"
import type { AttemptLog } from "../AttemptLog.ts"
import type { Budgets } from "../Budgets.ts"
import { record } from "../Decision.ts"
import { zero } from "./Amounts.ts"
import { type Allowed, BudgetedCall, type CallOptions, refused } from "./BudgetedCall.ts"
import type { CallEstimate } from "./CallEstimate.ts"
import type { Amounts, Budget } from "./Limit.ts"
import { StreamMeter } from "./StreamMeter.ts"

/** A stream reserves so many output tokens at least, or it does not go on. */
const leastStep = 16

/** How many times more tokens may be counted in a text than its provider counts. */
const estimateError = 3

const mostOutput = (request: CallRequest): number =>
  "maxOutputTokens" in request && typeof request.maxOutputTokens === "number" ? request.maxOutputTokens : Infinity

/** One stream: what is reserved for it as it arrives. */
export class BudgetedStream extends BudgetedCall {
  override readonly meter: StreamMeter
  #reserved: Amounts = { usd: zero, tokens: 0 }
  /** Up to how many output tokens are reserved. */
  #covered = Infinity
  /** The most output tokens that the request permits. */
  readonly #most: number
  /** The output tokens of the largest chunk so far: so many are reserved before they arrive. */
  #chunk = leastStep
  #step: number

  constructor(
    budgets: Budgets["Service"],
    own: ReadonlyArray<Budget>,
    estimate: CallEstimate,
    options: CallOptions,
    log: AttemptLog | undefined,
    clock: Clock.Clock,
    request: CallRequest
  ) {
    const meter = new StreamMeter(estimate)
    super(budgets, own, estimate, options, log, clock, meter)
    this.meter = meter
    this.#most = mostOutput(request)
    this.#step = Math.max(leastStep, options.step ?? 500)
  }

  /** Reserves the first step of what is counted as it arrives. */
  beginCounted(): Allowed {
    return this.isLimited ? whenExceeded(this.#reserveStep(), refused) : Effect.void
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
  cover(partial: () => ChatResponse | undefined): Allowed {
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
  #reserveStep(): Allowed {
    const isFirst = this.#covered === Infinity
    const isLast = this.#step <= this.#chunk
    const next = this.#next(isLast ? this.#chunk : this.#step)
    const wanted = this.meter.amountsAt(next)
    const more = {
      usd: BigDecimal.max(zero, BigDecimal.subtract(wanted.usd, this.#reserved.usd)),
      tokens: Math.max(0, wanted.tokens - this.#reserved.tokens)
    }
    const reserved =
      isFirst || this.reservation === undefined ? this.reserve(more) : this.budgets.extend(this.reservation, more)
    const before = this.reservation
    let isRefused = false
    const allowed = this.allowed(reserved, (error) => {
      isRefused = true
      return isLast ? Effect.fail(error) : Effect.void
    })
    return Effect.flatMapEager(allowed, () => {
      if (isRefused) {
        this.#step = Math.floor(this.#step / 4)
        return this.#reserveStep()
      }
      this.#covered = next
      // A store that failed holds nothing of it: the next step asks for this one too.
      if (this.reservation !== before)
        this.#reserved = {
          usd: BigDecimal.sum(this.#reserved.usd, more.usd),
          tokens: this.#reserved.tokens + more.tokens
        }
      return Effect.void
    })
  }
}

const whenExceeded = (reserved: Allowed, exceeded: (error: BudgetExceededError) => Allowed): Allowed =>
  Effect.catchEager(reserved, (error) => (error._tag === "BudgetExceededError" ? exceeded(error) : Effect.fail(error)))
