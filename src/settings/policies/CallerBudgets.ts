import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Pricing } from "effect-llm/catalog/Pricing"
import type { Capability } from "effect-llm/domain/Capability"
import { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import * as Budget from "effect-llm/policies/Budget"
import { Budgets, type Reservation } from "effect-llm/policies/Budgets"
import { record } from "effect-llm/policies/Decision"
import type * as Model from "effect-llm/policies/Model"
import * as Policy from "effect-llm/policies/Policy"

/** The budgets of a caller, by what becomes of calls without a price. */
export interface Charging {
  readonly refuse: ReadonlyArray<Budget.Budget>
  readonly allow: ReadonlyArray<Budget.Budget>
}

/** The budgets that calls of this fiber are charged to, whatever model they come to. */
export const CallerBudgets = Context.Reference<Charging>("effect-llm-gateway/CallerBudgets", {
  defaultValue: () => none
})

/** The budgets of calls that no one is charged for: none. */
export const none: Charging = { refuse: [], allow: [] }

/**
 * Charges calls to the budgets of their caller. It is next to the model of a deployment, whose price is known, so that each
 * attempt reserves and settles for itself.
 */
export const callerBudgets = (whenStoreFails: "allow" | "fail" | undefined): Charged => {
  const known = new WeakMap<Charging, Charged>()
  return Policy.choose((context) => {
    const charging = Context.get(context, CallerBudgets)
    const before = known.get(charging)
    if (before !== undefined) return before
    const charged = chargedTo(charging, whenStoreFails)
    known.set(charging, charged)
    return charged
  })
}

type Charged = Policy.Policy<BudgetExceededError | PolicyStoreError, Budgets | Pricing>

const chargedTo =
  (charging: Charging, whenStoreFails: "allow" | "fail" | undefined): Charged =>
  <C extends Capability, E, R>(self: Model.Model<C, E, R>) =>
    (["refuse", "allow"] as const).reduce<
      Model.Model<C, E | BudgetExceededError | PolicyStoreError, R | Budgets | Pricing>
    >(
      (model, unpriced) =>
        charging[unpriced].length === 0
          ? model
          : Budget.enforce(charging[unpriced], { unpriced, whenStoreFails })(model),
      self
    )

/** Lets calls that cost nothing through, as long as no budget of their caller is used up. */
export const whileUnspent = (
  whenStoreFails: "allow" | "fail" | undefined
): Policy.Policy<BudgetExceededError | PolicyStoreError, Budgets> => {
  const checked = Effect.catchTag(checkUnspent, "PolicyStoreError", (error) =>
    Effect.andThen(
      record({ type: "store-failed", policy: "Budget" }),
      whenStoreFails === "allow" ? Effect.void : Effect.fail(error)
    )
  )
  return Policy.make<BudgetExceededError | PolicyStoreError, Budgets>({
    generate: ({ run }) => Effect.andThen(checked, run),
    stream: ({ run }) => Stream.unwrap(Effect.as(checked, run))
  })
}

/** The least that a budget has to have left. */
const least = { usd: BigDecimal.make(1n, 9), tokens: 1 }
const nothing = { usd: BigDecimal.make(0n, 0), tokens: 0 }

const checkUnspent = Effect.gen(function* () {
  const { allow, refuse } = yield* CallerBudgets
  const all = [...refuse, ...allow]
  if (all.length === 0) return
  const budgets = yield* Budgets
  yield* Effect.acquireUseRelease(
    budgets.reserve(all, least),
    () => Effect.void,
    (reservation) => budgets.settle(reservation, nothing)
  ).pipe(Effect.tapErrorTag("BudgetExceededError", ({ budget }) => record({ type: "budget-refused", budget })))
})

/** What is to be reserved for a call; `unpriced` says why its cost is not known. */
export interface Reserving {
  readonly usd: BigDecimal.BigDecimal
  readonly tokens: number
  readonly unpriced: string | undefined
}

/**
 * Reserves amounts in the budgets of the caller of this fiber, until somebody settles them; `undefined` where it has none. What has no
 * known cost is refused as `Budget.enforce` refuses it.
 */
export const hold = Effect.fnUntraced(function* ({
  tokens,
  unpriced,
  usd
}: Reserving): Effect.fn.Return<Reservation | undefined, BudgetExceededError | PolicyStoreError, Budgets> {
  const { allow, refuse } = yield* CallerBudgets
  const all = [...refuse, ...allow]
  if (all.length === 0) return undefined
  const inDollars = refuse.find(({ unit }) => unit === "usd")
  if (unpriced !== undefined && inDollars !== undefined) {
    yield* record({ type: "budget-refused", budget: inDollars.id })
    const { id: budget, limit } = inDollars
    const zero = nothing.usd
    return yield* new BudgetExceededError({ budget, unit: "usd", limit, spent: zero, reserved: zero, unpriced })
  }
  const budgets = yield* Budgets
  const amounts = { usd: BigDecimal.max(usd, least.usd), tokens: Math.max(tokens, least.tokens) }
  return yield* budgets
    .reserve(all, amounts)
    .pipe(Effect.tapErrorTag("BudgetExceededError", ({ budget }) => record({ type: "budget-refused", budget })))
})
