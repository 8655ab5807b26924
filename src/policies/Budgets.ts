/**
 * The service that keeps budgets: what is reserved for calls in progress, and what was spent. The policy `Budget.enforce` uses
 * it; pages and reports read it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Budget from "effect-llm/policies/Budget"
 * import { Budgets } from "effect-llm/policies/Budgets"
 *
 * const team = Budget.usd("team-a", { limit: "50", per: "month" })
 *
 * const status = Effect.provide(Budgets.use((budgets) => budgets.spent(team)), Budgets.layerMemory)
 * ```
 *
 * `layerMemory` forgets with the process. Processes that share limits share a store: `BudgetStoreRedis`, `BudgetStoreSql`.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BudgetExceededError } from "../domain/ChatResponse.ts"
import type { PolicyStoreError } from "../domain/PolicyErrors.ts"
import { zero } from "./budget/Amounts.ts"
import { type Amounts, type Budget, limitAt } from "./budget/Limit.ts"
import { type Charge, Settling, type SettlingOptions } from "./budget/Settling.ts"
import { within } from "./budget/StoreLimit.ts"
import * as Window from "./budget/Window.ts"
import * as BudgetStore from "./BudgetStore.ts"
import * as BudgetStoreMemory from "./BudgetStoreMemory.ts"

export type { Amounts } from "./budget/Limit.ts"

/**
 * - `timeout`: how long one access to the store may take (default: 1 second).
 * - `reservationTtl`: how long after the death of its process a reservation ends (default: 5 minutes). Living processes renew
 *   theirs; clocks that differ by more than this end reservations of others.
 * - `whenAbandoned`: whether such a reservation is charged in full, since nobody knows what its call has cost (`charge`, the
 *   default), or released.
 * - `settleWithin`: how long a settlement that could not be written is retried in the background (default: 15 minutes). After
 *   that it is logged as an error, with its amounts, and given to `onLost`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetsOptions extends SettlingOptions {
  readonly timeout?: Duration.Input | undefined
  readonly reservationTtl?: Duration.Input | undefined
  readonly whenAbandoned?: BudgetStore.WhenAbandoned | undefined
}

/**
 * Amounts that are reserved for one call in several budgets.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reservation {
  readonly id: string
  readonly budgets: ReadonlyArray<Budget>
  /** Budgets that have passed their `warnAt` with this reservation, for the first time in their window. */
  readonly warnings: ReadonlyArray<BudgetStatus>
}

/**
 * Where a budget stands. `reserved` is held by calls in progress. `resetsAt` is when its window ends; of a rolling window,
 * when all that is spent now has left it. `unpriced` counts calls whose cost is not known, and not in `spent`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetStatus {
  readonly budget: Budget
  readonly limit: BigDecimal.BigDecimal
  readonly spent: BigDecimal.BigDecimal
  readonly reserved: BigDecimal.BigDecimal
  readonly resetsAt: DateTime.Utc | undefined
  readonly unpriced: number
}

/**
 * What is known of a budget without a look into the store. `used` is spent, or reserved by calls in progress.
 *
 * @since 0.1.0
 * @category models
 */
export interface KnownBalance {
  readonly limit: BigDecimal.BigDecimal
  readonly used: BigDecimal.BigDecimal
  readonly resetsAt: DateTime.Utc | undefined
}

interface Service {
  /**
   * Reserves amounts in all budgets, or in none. A reservation lasts until it is settled: settle it in a finalizer.
   */
  readonly reserve: (
    budgets: ReadonlyArray<Budget>,
    amounts: Amounts
  ) => Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>
  /** Adds amounts to a reservation, in all its budgets or in none. */
  readonly extend: (
    reservation: Reservation,
    amounts: Amounts
  ) => Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>
  /**
   * Ends a reservation with what was spent; only the first time counts. Never fails: what the store does not take is retried in
   * the background. Of a call with an unknown cost (`isUnpriced`), budgets of dollars count that there was one.
   */
  readonly settle: (reservation: Reservation, amounts: Amounts) => Effect.Effect<void>
  readonly spent: (budget: Budget) => Effect.Effect<BudgetStatus, PolicyStoreError>
  /**
   * What of a budget was spent or reserved when this process last charged it, with what it has settled since: for headers and
   * hints, where the store is not to be asked. `undefined` where it did not charge it in the window of the time.
   */
  readonly known: (budget: Budget, nowMillis: number) => KnownBalance | undefined
  /** A reservation that is held by no store: for calls that are let through while the store is down. */
  readonly unreserved: (budgets: ReadonlyArray<Budget>) => Reservation
}

const accountOf = ({ id, unit }: Budget): string => `${unit}:${id}`
const unpricedOf = ({ id }: Budget): string => `unpriced:${id}`

const amountOf = ({ unit }: Budget, { tokens, usd }: Amounts): BigDecimal.BigDecimal =>
  unit === "usd" ? usd : BigDecimal.fromNumberUnsafe(tokens)

/** Of budgets with one account, the one with the least limit. */
const strictest = (budgets: ReadonlyArray<Budget>, now: number): ReadonlyArray<Budget> => {
  const byAccount = new Map<string, Budget>()
  for (const budget of budgets) {
    const other = byAccount.get(accountOf(budget))
    if (other === undefined || BigDecimal.isLessThan(limitAt(budget, now), limitAt(other, now))) {
      byAccount.set(accountOf(budget), budget)
    }
  }
  return [...byAccount.values()]
}

const endOf = ({ end }: Window.Period) => (end === undefined ? undefined : DateTime.makeUnsafe(end))

/** As many budgets as are remembered: to have warned, and where they stand. */
const capacity = 10_000

/** Remembers the newest. */
const remember = <A>(map: Map<string, A>, key: string, value: A): void => {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.size > capacity ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}

/** What a call has reserved of an account. */
interface Part {
  readonly account: string
  readonly amount: BigDecimal.BigDecimal
}

const make = Effect.fnUntraced(function* (options: BudgetsOptions = {}) {
  const store = yield* BudgetStore.BudgetStore
  const ttl = Duration.toMillis(Duration.fromInputUnsafe(options.reservationTtl ?? "5 minutes"))
  const limited = within(Duration.fromInputUnsafe(options.timeout ?? "1 second"))
  const settling = yield* Settling.make(store, limited, options)
  const open = new Map<string, ReadonlyArray<Part>>()
  const warned = new Map<string, number>()
  const balances = new Map<string, { readonly start: number; readonly total: BigDecimal.BigDecimal }>()
  const service = crypto.randomUUID()
  let made = 0

  const scope = yield* Effect.scope
  const quietly = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.ignoreCause(effect, { log: "Warn", message: "the store of budgets failed" })

  /** Renews what is open, until nothing is. */
  let isRenewing = false
  const renew = Effect.gen(function* () {
    while (open.size > 0) {
      yield* Effect.sleep(ttl / 3)
      const now = yield* Clock.currentTimeMillis
      if (open.size > 0) yield* quietly(limited(store.renew([...open.keys()], now + ttl)))
    }
    isRenewing = false
  })

  /** Ends what dead processes have left, at most three times in the life of a reservation. */
  let sweptAt = -Infinity
  const sweep = (now: number) => {
    sweptAt = now
    return quietly(limited(store.expire(now, options.whenAbandoned ?? "charge")))
  }
  const isSwept = (now: number) => now - sweptAt < ttl / 3

  const opened = (id: string, parts: ReadonlyArray<Part>) =>
    Effect.suspend(() => {
      open.set(id, [...(open.get(id) ?? []), ...parts])
      if (isRenewing) return Effect.void
      isRenewing = true
      return Effect.asVoid(Effect.forkIn(renew, scope))
    })

  const statusOf = (
    budget: Budget,
    period: Window.Period,
    now: number,
    { reserved, spent }: BudgetStore.Balance,
    unpriced = 0
  ): BudgetStatus => ({ budget, limit: limitAt(budget, now), spent, reserved, resetsAt: endOf(period), unpriced })

  /** Whether the budget has passed its soft limit, and did not in this window before. */
  const isWarning = (budget: Budget, start: number, now: number, total: BigDecimal.BigDecimal): boolean => {
    const { warnAt } = budget
    if (warnAt === undefined) return false
    const from = BigDecimal.multiply(limitAt(budget, now), BigDecimal.fromNumberUnsafe(warnAt))
    const account = accountOf(budget)
    if (BigDecimal.isLessThan(total, from) || (warned.get(account) ?? -1) >= start) return false
    remember(warned, account, now)
    return true
  }

  const add = Effect.fnUntraced(function* (id: string, budgets: ReadonlyArray<Budget>, amounts: Amounts) {
    const now = yield* Clock.currentTimeMillis
    const periods = budgets.map((budget) => Window.at(budget.window, now))
    const demands = budgets.map((budget, index): BudgetStore.Demand => {
      const { start = 0, step = 1 } = periods[index] ?? {}
      const at = Math.floor(now / step) * step
      return { account: accountOf(budget), amount: amountOf(budget, amounts), limit: limitAt(budget, now), start, at }
    })
    const result = yield* limited(store.reserve({ id, expiresAt: now + ttl, demands }))
    if (!result.granted) {
      const budget = budgets[result.refused]
      const period = periods[result.refused]
      if (budget === undefined || period === undefined)
        return yield* Effect.die("the store refused an account that was not requested")
      return yield* new BudgetExceededError({
        budget: budget.id,
        unit: budget.unit,
        limit: limitAt(budget, now),
        ...result.balance,
        requested: amountOf(budget, amounts),
        resetsAt: endOf(period)
      })
    }
    yield* opened(id, demands)
    demands.forEach(({ account, start }, index) => {
      remember(balances, account, { start, total: result.totals[index] ?? zero })
    })
    if (!isSwept(now)) yield* Effect.forkIn(sweep(now), scope)
    const warnings = budgets.flatMap((budget, index) => {
      const period = periods[index]
      const total = result.totals[index] ?? zero
      return period !== undefined && isWarning(budget, period.start, now, total) ? [{ budget, period, now }] : []
    })
    const statuses = yield* Effect.forEach(warnings, ({ budget, now, period }) =>
      Effect.map(limited(store.balance(accountOf(budget), period.start)), (balance) =>
        statusOf(budget, period, now, balance)
      )
    ).pipe(Effect.orElseSucceed((): ReadonlyArray<BudgetStatus> => []))
    return { id, budgets, warnings: statuses } satisfies Reservation
  })

  const chargesOf = (budgets: ReadonlyArray<Budget>, amounts: Amounts, now: number): ReadonlyArray<Charge> =>
    budgets.flatMap((budget): ReadonlyArray<Charge> => {
      const { step } = Window.at(budget.window, now)
      const at = Math.floor(now / step) * step
      const charge = { account: accountOf(budget), amount: amountOf(budget, amounts), at }
      const isUnpriced = budget.unit === "usd" && amounts.isUnpriced === true
      return isUnpriced ? [charge, { account: unpricedOf(budget), amount: BigDecimal.make(1n, 0), at }] : [charge]
    })

  /** Puts what a call has cost in the place of what it had reserved. */
  const correct = (id: string, budgets: ReadonlyArray<Budget>, amounts: Amounts) => {
    const parts = open.get(id)
    if (parts === undefined) return
    for (const budget of budgets) {
      const account = accountOf(budget)
      const balance = balances.get(account)
      if (balance === undefined) continue
      const reserved = parts.reduce(
        (sum, part) => (part.account === account ? BigDecimal.sum(sum, part.amount) : sum),
        zero
      )
      const total = BigDecimal.subtract(BigDecimal.sum(balance.total, amountOf(budget, amounts)), reserved)
      balances.set(account, { ...balance, total })
    }
  }

  const settle = (id: string, budgets: ReadonlyArray<Budget>, amounts: Amounts) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      correct(id, budgets, amounts)
      open.delete(id)
      return settling.settle(id, chargesOf(budgets, amounts, now))
    })

  const nextId = () => `${service}:${made++}`

  return Budgets.of({
    reserve: (budgets, amounts) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const [id, own] = [nextId(), strictest(budgets, now)]
        if (own.length === 0) return Effect.succeed({ id, budgets: own, warnings: [] })
        // What was sent to the store and not confirmed may still be reserved.
        const release = settling.background(id, chargesOf(own, { usd: zero, tokens: 0 }, now))
        return Effect.tapError(add(id, own, amounts), ({ _tag }) =>
          _tag === "PolicyStoreError" ? release : Effect.void
        )
      }).pipe(Effect.uninterruptible),
    extend: ({ budgets, id }, amounts) =>
      budgets.length === 0
        ? Effect.succeed({ id, budgets, warnings: [] })
        : Effect.uninterruptible(add(id, budgets, amounts)),
    settle: ({ budgets, id }, amounts) =>
      budgets.length === 0 ? Effect.void : Effect.uninterruptible(settle(id, budgets, amounts)),
    spent: (budget) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const period = Window.at(budget.window, now)
        const status = Effect.zipWith(
          limited(store.balance(accountOf(budget), period.start)),
          limited(store.balance(unpricedOf(budget), period.start)),
          (balance, unpriced) => statusOf(budget, period, now, balance, BigDecimal.toNumberUnsafe(unpriced.spent))
        )
        return isSwept(now) ? status : Effect.andThen(sweep(now), status)
      }),
    known: (budget, nowMillis) => {
      const period = Window.at(budget.window, nowMillis)
      const balance = balances.get(accountOf(budget))
      // Of a rolling window, what has left it since is still counted.
      const isCurrent = typeof budget.window === "object" && "rolling" in budget.window
      return balance === undefined || !(isCurrent || balance.start === period.start)
        ? undefined
        : { limit: limitAt(budget, nowMillis), used: balance.total, resetsAt: endOf(period) }
    },
    unreserved: (budgets) => ({ id: nextId(), budgets, warnings: [] })
  })
})

/**
 * @since 0.1.0
 * @category services
 */
export class Budgets extends Context.Service<Budgets, Service>()("effect-llm/policies/Budgets") {
  /** With the default options, over any store. */
  static readonly layer: Layer.Layer<Budgets, never, BudgetStore.BudgetStore> = Layer.effect(
    this,
    Effect.suspend(() => make())
  )

  /** Over any store. */
  static readonly layerWith = (options: BudgetsOptions): Layer.Layer<Budgets, never, BudgetStore.BudgetStore> =>
    Layer.effect(this, make(options))

  /** In the memory of this process. */
  static readonly layerMemory: Layer.Layer<Budgets> = Budgets.layer.pipe(Layer.provide(BudgetStoreMemory.layer))
}
