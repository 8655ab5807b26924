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
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { BudgetExceededError } from "../domain/ChatResponse.ts"
import type { PolicyStoreError } from "../domain/PolicyErrors.ts"
import { ask, type Asked, chargesOf, namesOf, strictest } from "./budget/Accounts.ts"
import { settled, zero } from "./budget/Amounts.ts"
import { type Amounts, type Budget, limitAt } from "./budget/Limit.ts"
import { Recent } from "./budget/Recent.ts"
import { Settling, type SettlingOptions } from "./budget/Settling.ts"
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
  /**
   * `reserve` and `settle` at a time that the caller has read. With a store in memory they are done on return, and return an
   * `Exit`.
   */
  readonly reserveAt: (
    nowMillis: number,
    budgets: ReadonlyArray<Budget>,
    amounts: Amounts
  ) => Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>
  readonly settleAt: (nowMillis: number, reservation: Reservation, amounts: Amounts) => Effect.Effect<void>
  readonly spent: (budget: Budget) => Effect.Effect<BudgetStatus, PolicyStoreError>
  /**
   * What of a budget was spent or reserved when this process last charged it, with what it has settled since: for headers and
   * hints, where the store is not to be asked. `undefined` where it did not charge it in the window of the time.
   */
  readonly known: (budget: Budget, nowMillis: number) => KnownBalance | undefined
  /** A reservation that is held by no store: for calls that are let through while the store is down. */
  readonly unreserved: (budgets: ReadonlyArray<Budget>) => Reservation
}

const endOf = ({ end }: Window.Period) => (end === undefined ? undefined : DateTime.makeUnsafe(end))

/** As many budgets are remembered: to have warned, and where they stand. */
const capacity = 10_000

const nowOf = (fiber: Fiber.Fiber<unknown, unknown>): number => fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()

type Added = Effect.Effect<Reservation, BudgetExceededError | PolicyStoreError>

const make = Effect.fnUntraced(function* (options: BudgetsOptions = {}) {
  const store = yield* BudgetStore.BudgetStore
  const ttl = Duration.toMillis(Duration.fromInputUnsafe(options.reservationTtl ?? "5 minutes"))
  const limited = within(Duration.fromInputUnsafe(options.timeout ?? "1 second"))
  const settling = yield* Settling.make(store, limited, options)
  const open = new Map<string, ReadonlyArray<BudgetStore.Demand>>()
  const warned = new Recent<number>(capacity)
  const balances = new Recent<{ readonly start: number; total: BigDecimal.BigDecimal }>(capacity)
  const service = crypto.randomUUID()
  let made = 0

  const scope = yield* Effect.scope
  const quietly = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.ignoreCause(effect, { log: "Warn", message: "the store of budgets failed" })

  /** Renews open reservations while there are any. */
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
  // Also after a clock was set back.
  const isSwept = (now: number) => Math.abs(now - sweptAt) < ttl / 3

  /** What a reservation needs now and then: that it is renewed, and that those of the dead are ended. */
  const upkeep = (now: number): Effect.Effect<void> => {
    if (isRenewing && isSwept(now)) return Effect.void
    return Effect.suspend(() => {
      const renewal = isRenewing ? Effect.void : Effect.forkIn(renew, scope)
      isRenewing = true
      return Effect.andThen(renewal, isSwept(now) ? Effect.void : Effect.asVoid(Effect.forkIn(sweep(now), scope)))
    })
  }

  const statusOf = (
    budget: Budget,
    period: Window.Period,
    now: number,
    { reserved, spent }: BudgetStore.Balance,
    unpriced = 0
  ): BudgetStatus => ({ budget, limit: limitAt(budget, now), spent, reserved, resetsAt: endOf(period), unpriced })

  /** Whether the budget has passed its soft limit, and did not in this window before. */
  const isWarning = ({ budget, demand }: Asked, now: number, total: BigDecimal.BigDecimal): boolean => {
    const { warnAt } = budget
    if (warnAt === undefined) return false
    const from = BigDecimal.multiply(demand.limit, BigDecimal.fromNumberUnsafe(warnAt))
    if (BigDecimal.isLessThan(total, from) || (warned.get(demand.account) ?? -1) >= demand.start) return false
    warned.set(demand.account, now)
    return true
  }

  const statusesOf = (warnings: ReadonlyArray<Asked>, now: number): Effect.Effect<ReadonlyArray<BudgetStatus>> =>
    Effect.forEach(warnings, ({ budget, demand, period }) =>
      Effect.map(limited(store.balance(demand.account, demand.start)), (balance) =>
        statusOf(budget, period, now, balance)
      )
    ).pipe(Effect.orElseSucceed((): ReadonlyArray<BudgetStatus> => []))

  const refuse = ({ budget, demand, period }: Asked, balance: BudgetStore.Balance): BudgetExceededError =>
    new BudgetExceededError({
      budget: budget.id,
      unit: budget.unit,
      limit: demand.limit,
      ...balance,
      requested: demand.amount,
      resetsAt: endOf(period)
    })

  const add = (
    id: string,
    budgets: ReadonlyArray<Budget>,
    amounts: Amounts,
    now: number,
    isNew: boolean,
    onFailure: Effect.Effect<void> = Effect.void
  ): Added => {
    const asked = budgets.map((budget) => ask(budget, amounts, now))
    const demands = asked.map(({ demand }) => demand)
    const added = (result: BudgetStore.ReserveResult): Added => {
      if (!result.granted) {
        const refused = asked[result.refused]
        return refused === undefined
          ? Effect.die("the store refused an account that was not requested")
          : Effect.fail(refuse(refused, result.balance))
      }
      const before = isNew ? undefined : open.get(id)
      open.set(id, before === undefined ? demands : [...before, ...demands])
      const warnings: Array<Asked> = []
      asked.forEach((one, index) => {
        const total = result.totals[index] ?? zero
        balances.set(one.demand.account, { start: one.demand.start, total })
        if (isWarning(one, now, total)) warnings.push(one)
      })
      const kept = upkeep(now)
      return warnings.length === 0
        ? Effect.mapEager(kept, () => ({ id, budgets, warnings: [] }))
        : Effect.andThen(
            kept,
            Effect.map(statusesOf(warnings, now), (warnings) => ({ id, budgets, warnings }))
          )
    }
    const request = { id, isNew, expiresAt: now + ttl, demands }
    const result = store.atOnce?.reserve(request)
    if (result !== undefined) return added(result)
    const access = Effect.tapError(limited(store.reserve(request)), () => onFailure)
    return Effect.uninterruptible(Effect.flatMap(access, added))
  }

  /** Replaces a call's reservation by its cost, as far as the balance is of the window that it was made in. */
  const correct = (parts: ReadonlyArray<BudgetStore.Demand>, charges: ReadonlyArray<BudgetStore.Charge>) => {
    for (const { account, amount } of charges) {
      const balance = balances.get(account)
      if (balance === undefined) continue
      const own = parts.filter((part) => part.account === account)
      const left = settled(
        own.map(({ amount }) => amount),
        amount
      )
      own.forEach((part, index) => {
        if (part.at < balance.start) return
        balance.total = BigDecimal.subtract(BigDecimal.sum(balance.total, left[index] ?? zero), part.amount)
      })
    }
  }

  const nextId = () => `${service}:${made++}`

  const reserveAt: Service["reserveAt"] = (now, budgets, amounts) => {
    const [id, own] = [nextId(), strictest(budgets, now)]
    if (own.length === 0) return Effect.succeed({ id, budgets: own, warnings: [] })
    // What was sent to the store and not confirmed may still be reserved.
    const release = Effect.suspend(() => settling.background(id, chargesOf(own, { usd: zero, tokens: 0 }, now)))
    return add(id, own, amounts, now, true, release)
  }

  const settleAt: Service["settleAt"] = (now, { budgets, id }, amounts) => {
    if (budgets.length === 0) return Effect.void
    const charges = chargesOf(budgets, amounts, now)
    const parts = open.get(id)
    if (parts !== undefined) {
      open.delete(id)
      correct(parts, charges)
    }
    return settling.settle(id, charges, now)
  }

  return Budgets.of({
    reserve: (budgets, amounts) => Effect.withFiber((fiber) => reserveAt(nowOf(fiber), budgets, amounts)),
    reserveAt,
    extend: ({ budgets, id }, amounts) =>
      budgets.length === 0
        ? Effect.succeed({ id, budgets, warnings: [] })
        : Effect.withFiber((fiber) => add(id, budgets, amounts, nowOf(fiber), false)),
    settle: (reservation, amounts) => Effect.withFiber((fiber) => settleAt(nowOf(fiber), reservation, amounts)),
    settleAt,
    spent: (budget) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const period = Window.at(budget.window, now)
        const { account, unpriced } = namesOf(budget)
        const status = Effect.zipWith(
          limited(store.balance(account, period.start)),
          limited(store.balance(unpriced, period.start)),
          (balance, unpriced) => statusOf(budget, period, now, balance, BigDecimal.toNumberUnsafe(unpriced.spent))
        )
        return isSwept(now) ? status : Effect.andThen(sweep(now), status)
      }),
    known: (budget, nowMillis) => {
      const balance = balances.get(namesOf(budget).account)
      if (balance === undefined) return undefined
      const period = Window.at(budget.window, nowMillis)
      // Of a rolling window, what has left it since is still counted.
      const isCurrent = typeof budget.window === "object" && "rolling" in budget.window
      return isCurrent || balance.start === period.start
        ? { limit: limitAt(budget, nowMillis), used: balance.total, resetsAt: endOf(period) }
        : undefined
    },
    // One account is charged once, whichever limit it has.
    unreserved: (budgets) => ({ id: nextId(), budgets: strictest(budgets, 0), warnings: [] })
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
