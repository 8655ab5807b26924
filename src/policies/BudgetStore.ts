/**
 * Where budgets keep what was reserved and spent: `BudgetStoreMemory`, or shared by processes `BudgetStoreRedis` and
 * `BudgetStoreSql`. Applications use `Budgets`, which is made of a store.
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Budgets } from "effect-llm/policies/Budgets"
 * import * as BudgetStoreMemory from "effect-llm/policies/BudgetStoreMemory"
 *
 * const budgets = Budgets.layerWith({ reservationTtl: "1 minute" }).pipe(Layer.provide(BudgetStoreMemory.layer))
 * ```
 *
 * A store keeps amounts by the time of spending, so that the window or the limit of a budget can change and nothing is lost:
 * what is spent is the sum since the window began.
 *
 * @since 0.1.0
 */
import type * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ErrorFields } from "../domain/ErrorFields.ts"

/**
 * What a call needs of one account. It is granted if the account has not more than `limit` since `start`, with `amount` on
 * top. `at` is the time that the amount is kept under. Times are in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Demand {
  readonly account: string
  readonly amount: BigDecimal.BigDecimal
  readonly limit: BigDecimal.BigDecimal
  readonly start: number
  readonly at: number
}

/**
 * The demands of a call, granted together or not at all. With the `id` of a reservation that exists, they are added to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReserveRequest {
  readonly id: string
  /** Whether the `id` was never used before, so that a store need not search for it. */
  readonly isNew?: boolean | undefined
  readonly expiresAt: number
  readonly demands: ReadonlyArray<Demand>
}

/**
 * What an account has since the beginning of a window: settled, and reserved by calls in progress.
 *
 * @since 0.1.0
 * @category models
 */
export interface Balance {
  readonly spent: BigDecimal.BigDecimal
  readonly reserved: BigDecimal.BigDecimal
}

/**
 * Either the totals of the accounts after the reservation, in the order of the demands, or the first demand that cannot be
 * granted.
 *
 * @since 0.1.0
 * @category models
 */
export type ReserveResult =
  | { readonly granted: true; readonly totals: ReadonlyArray<BigDecimal.BigDecimal> }
  | { readonly granted: false; readonly refused: number; readonly balance: Balance }

/**
 * What a call has cost one account. `at` is the time that it is kept under where nothing was reserved.
 *
 * @since 0.1.0
 * @category models
 */
export interface Charge {
  readonly account: string
  readonly amount: BigDecimal.BigDecimal
  readonly at: number
}

/**
 * An operation of the store failed.
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetStoreError extends Schema.TaggedError<BudgetStoreError>()("BudgetStoreError", {
  cause: ErrorFields.cause
}) {}

/**
 * What becomes of a reservation whose process died: it is charged in full, or released.
 *
 * @since 0.1.0
 * @category models
 */
export type WhenAbandoned = "charge" | "release"

/**
 * The operations that a store in memory completes without a fiber. Each returns `undefined`, without a change, if it would have
 * to wait or fails.
 *
 * @since 0.1.0
 * @category models
 */
export interface AtOnce {
  readonly reserve: (request: ReserveRequest) => ReserveResult | undefined
  readonly settle: (id: string, charges: ReadonlyArray<Charge>, expiresAt: number) => "settled" | undefined
}

/**
 * Each operation is atomic over all accounts and all processes that share the store.
 *
 * @since 0.1.0
 * @category services
 */
export class BudgetStore extends Context.Service<
  BudgetStore,
  {
    readonly reserve: (request: ReserveRequest) => Effect.Effect<ReserveResult, BudgetStoreError>
    /**
     * Replaces a reservation by charges, once: the same `id` settles nothing again. The charges also replace what an expired
     * reservation was charged, and count where there is no reservation.
     */
    readonly settle: (
      id: string,
      charges: ReadonlyArray<Charge>,
      expiresAt: number
    ) => Effect.Effect<void, BudgetStoreError>
    /** Makes reservations expire later. */
    readonly renew: (ids: ReadonlyArray<string>, expiresAt: number) => Effect.Effect<void, BudgetStoreError>
    /** Ends the reservations that have expired, and forgets what is settled and has; the number of those that it ended. */
    readonly expire: (now: number, whenAbandoned: WhenAbandoned) => Effect.Effect<number, BudgetStoreError>
    /** The total of an account since `start`. */
    readonly balance: (account: string, start: number) => Effect.Effect<Balance, BudgetStoreError>
    /** Of a store in memory: the same as `reserve` and `settle`, for callers who need not wait. */
    readonly atOnce?: AtOnce | undefined
  }
>()("effect-llm/policies/BudgetStore") {}
