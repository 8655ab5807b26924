import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { BudgetExceededError } from "../../domain/ChatResponse.ts"
import type { PolicyStoreError } from "../../domain/PolicyErrors.ts"
import type { AttemptLog } from "../AttemptLog.ts"
import type { Budgets, BudgetStatus, Reservation } from "../Budgets.ts"
import { record } from "../Decision.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import type { CallEstimate } from "./CallEstimate.ts"
import type { Amounts, Budget } from "./Limit.ts"
import { amountsOf, costSoFar } from "./Settlement.ts"
import type { StreamMeter } from "./StreamMeter.ts"

export interface CallOptions {
  readonly whenStoreFails?: "allow" | "fail" | undefined
  readonly step?: number | undefined
  readonly onWarning?: ((status: BudgetStatus) => Effect.Effect<unknown>) | undefined
}

/** What is done to amounts in a store. */
export type Allowed = Effect.Effect<void, BudgetExceededError | PolicyStoreError>

/** One call: what is reserved for it, and what it has used. */
export class BudgetedCall {
  /** Of a stream. */
  readonly meter: StreamMeter | undefined
  protected readonly budgets: Budgets["Service"]
  protected readonly estimate: CallEstimate
  protected readonly options: CallOptions
  /** `undefined` as long as no store holds anything of the call. */
  protected reservation: Reservation | undefined
  readonly #own: ReadonlyArray<Budget>
  #isSettled = false
  /** That of the policies around. */
  readonly #log: AttemptLog | undefined
  readonly #clock: Clock.Clock

  constructor(
    budgets: Budgets["Service"],
    own: ReadonlyArray<Budget>,
    estimate: CallEstimate,
    options: CallOptions,
    log: AttemptLog | undefined,
    clock: Clock.Clock,
    meter?: StreamMeter
  ) {
    this.budgets = budgets
    this.estimate = estimate
    this.options = options
    this.meter = meter
    this.#own = own
    this.#log = log
    this.#clock = clock
    log?.estimateBy((reported) => costSoFar(reported, estimate, meter))
  }

  protected get isLimited(): boolean {
    return this.#own.length > 0
  }

  /** Reserves what the call is expected to need. */
  begin(): Allowed {
    if (!this.isLimited) return Effect.void
    return this.allowed(this.reserve(this.estimate.amounts), refused)
  }

  protected reserve(amounts: Amounts): Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError> {
    return this.budgets.reserveAt(this.#clock.currentTimeMillisUnsafe(), this.#own, amounts)
  }

  /** Lets the call go on while the store fails, where that is wished; passes warnings on. */
  protected allowed(
    reserved: Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>,
    whenExceeded: (error: BudgetExceededError) => Effect.Effect<void, BudgetExceededError>
  ): Allowed {
    return Effect.catchEager(
      Effect.flatMapEager(reserved, (reservation): Effect.Effect<void, never> => {
        this.reservation = reservation
        return reservation.warnings.length === 0 ? Effect.void : this.#warn(reservation.warnings)
      }),
      (error): Allowed =>
        error._tag === "BudgetExceededError"
          ? whenExceeded(error)
          : Effect.andThen(
              record({ type: "store-failed", policy: "Budget" }),
              this.options.whenStoreFails === "allow" ? Effect.void : Effect.fail(error)
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
            Effect.suspend(() => this.options.onWarning?.(status) ?? Effect.void),
            { log: "Warn" }
          )
        ),
      { discard: true }
    )
  }

  /** Settles the call, once. */
  settle(end: CallEnd<CallRequest, unknown, unknown>): Effect.Effect<void> {
    if (this.#isSettled || !this.isLimited) return Effect.void
    this.#isSettled = true
    const amounts = amountsOf(end, this.estimate, this.meter, this.#log)
    const reservation = this.reservation ?? this.budgets.unreserved(this.#own)
    return this.budgets.settleAt(this.#clock.currentTimeMillisUnsafe(), reservation, amounts)
  }
}

export const refused = (error: BudgetExceededError): Effect.Effect<never, BudgetExceededError> =>
  Effect.andThen(record({ type: "budget-refused", budget: error.budget }), Effect.fail(error))
