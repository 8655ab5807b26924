import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { BudgetStore, Charge } from "../BudgetStore.ts"
import { record } from "../Decision.ts"
import { pruneMillis } from "./Amounts.ts"
import type { Within } from "./StoreLimit.ts"

export type { Charge } from "../BudgetStore.ts"

/** The cost of a call that no store has accepted. */
export interface LostSettlement {
  readonly id: string
  readonly charges: ReadonlyArray<Charge>
}

export interface SettlingOptions {
  readonly settleWithin?: Duration.Input | undefined
  readonly onLost?: ((lost: LostSettlement) => Effect.Effect<unknown>) | undefined
}

/** As many settlements as wait for a store. */
const capacity = 10_000

/** Writes settlements, in the background where the store fails, and says what it could not write. */
export class Settling {
  readonly #store: BudgetStore["Service"]
  readonly #within: Within
  readonly #options: SettlingOptions
  readonly #scope: Scope.Scope
  readonly #waiting = new Map<string, ReadonlyArray<Charge>>()

  constructor(store: BudgetStore["Service"], within: Within, options: SettlingOptions, scope: Scope.Scope) {
    this.#store = store
    this.#within = within
    this.#options = options
    this.#scope = scope
  }

  /** What still waits when the scope ends is tried once more. */
  static readonly make = Effect.fnUntraced(function* (
    store: BudgetStore["Service"],
    within: Within,
    options: SettlingOptions
  ) {
    const settling = new Settling(store, within, options, yield* Effect.scope)
    yield* Effect.addFinalizer(() => settling.#flush)
    return settling
  })

  settle(id: string, charges: ReadonlyArray<Charge>, now: number): Effect.Effect<void> {
    if (this.#store.atOnce?.settle(id, charges, now + pruneMillis) === "settled") return Effect.void
    const settled = Effect.catchCause(this.#write(id, charges), (cause) =>
      Effect.logWarning(`a settlement of budgets waits for its store`, cause).pipe(
        Effect.andThen(record({ type: "store-failed", policy: "Budget" })),
        Effect.andThen(this.background(id, charges))
      )
    )
    return Effect.uninterruptible(settled)
  }

  #write(id: string, charges: ReadonlyArray<Charge>) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      this.#within(this.#store.settle(id, charges, now + pruneMillis))
    )
  }

  /** Settles when the store is there again, and returns at once. */
  background(id: string, charges: ReadonlyArray<Charge>): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#waiting.size >= capacity) return this.#lost(id, charges)
      this.#waiting.set(id, charges)
      const patiently = Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("30 seconds")]).pipe(
        Schedule.jittered,
        Schedule.upTo({ duration: Duration.fromInputUnsafe(this.#options.settleWithin ?? "15 minutes") })
      )
      return Effect.delay(this.#write(id, charges), "250 millis").pipe(
        Effect.retry(patiently),
        Effect.matchCauseEffect({
          onFailure: () => this.#lost(id, charges),
          onSuccess: () => Effect.sync(() => this.#waiting.delete(id))
        }),
        Effect.forkIn(this.#scope),
        Effect.asVoid
      )
    })
  }

  #lost(id: string, charges: ReadonlyArray<Charge>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#waiting.delete(id)
      const amounts = charges.filter(({ amount }) => !BigDecimal.isZero(amount))
      if (amounts.length === 0) return Effect.void
      const text = amounts.map(({ account, amount }) => `${BigDecimal.format(amount)} of ${account}`).join(", ")
      const reported = Effect.suspend(() => this.#options.onLost?.({ id, charges: amounts }) ?? Effect.void)
      return Effect.andThen(Effect.logError(`a settlement of budgets was lost: ${text}`), Effect.ignoreCause(reported))
    })
  }

  get #flush(): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach(
        [...this.#waiting],
        ([id, charges]) => Effect.catchCause(this.#write(id, charges), () => this.#lost(id, charges)),
        { concurrency: 10, discard: true }
      )
    )
  }
}
